"""Who plays an actor of one case: the subject's operator, or a player of the lab's own."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid5

import httpx

from reference_server.population.personas import Population
from scenarios.model import Actor, Operation, Step
from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.engine.environment import Environment
from test_suites.engine.logbook import Logbook
from test_suites.engine.players import Credentials, Known, Player, Surroundings, make_player
from test_suites.engine.players.paper import read_code
from test_suites.engine.wishes import NothingToBeginWith, Wishes
from test_suites.subjects.operator import (
    ActOutcome,
    Desk,
    Log,
    Operator,
    OperatorError,
    Printed,
)

PDF = "application/pdf"
OF_THIS_RUN = "{run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step ended, and what prescription was learned of."""

    outcome: ActOutcome
    learned: BoundPrescription | None = None


@dataclass(slots=True, kw_only=True)
class Seats:
    """Owns the desks of one case, taken when an actor first acts."""

    environment: Environment
    population: Population
    personas: Mapping[str, Persona]
    subject_actor: str | None
    operator: Operator | None
    chance: random.Random
    secrets: Callable[[tuple[tuple[str, bytes], ...]], None]
    admit: Callable[[str, str], None]
    """Is told client id and actor of each desk that is taken."""
    session: str = ""
    """The case's own short name, which no other run has."""
    logbook: Logbook = field(default_factory=Logbook)
    _players: dict[str, Player] = field(default_factory=dict)
    _clients: list[httpx.AsyncClient] = field(default_factory=list)
    _desk: Desk | None = None

    def is_subject(self, actor: str) -> bool:
        """Tell whether an actor is played by a product under test through its operator."""
        return self.operator is not None and actor == self.subject_actor

    async def act(
        self,
        step: Step,
        bindings: Mapping[str, BoundPrescription],
        papers: Callable[[str], bytes],
    ) -> Done:
        """Have the step's actor do it; raises LabError for the lab's own fault only."""
        step = self._of_this_run(step)
        if self.operator is not None and step.from_ == self.subject_actor:
            return await self._by_subject(self.operator, step, bindings, papers)
        player = self._players.get(step.from_) or self._seat_player(step)
        self._renewed(step)
        known = Known(bindings=bindings, papers=papers)
        with self.logbook.writing(step.from_):
            result = await player.act(step.operation, step.parameters, known=known)
        outcome = ActOutcome(
            state=result.state,
            shown=result.shown,
            printed=result.printed,
            detail=result.detail,
        )
        return Done(outcome=outcome, learned=result.learned)

    def _of_this_run(self, step: Step) -> Step:
        """Return a step whose identifiers no earlier run has used: a server's data outlives runs.

        `{run}` in a number stands for what is this run's alone.
        """
        own: dict[str, JsonValue] = {
            key: of_this_run(value, self.session) for key, value in step.parameters.items()
        }
        given = step.parameters.get("bundle_identifier")
        if isinstance(given, str):
            session = self.environment.desk(step.from_, step.as_).session
            own["bundle_identifier"] = uuid5(UUID(given), session).urn
        return step.model_copy(update={"parameters": own})

    async def _by_subject(
        self,
        operator: Operator,
        step: Step,
        bindings: Mapping[str, BoundPrescription],
        papers: Callable[[str], bytes],
    ) -> Done:
        wishes = Wishes(population=self.population, bindings=bindings, papers=papers)
        try:
            parameters = wishes.of(step) | self._renewed(step)
        except NothingToBeginWith as nothing:
            return Done(outcome=ActOutcome(state=StepState.NOT_REACHED, detail=nothing.detail))
        try:
            if self._desk is None:
                self._desk = self.settings(step.from_, step.as_)
                await operator.seat(self._desk)
            outcome = await operator.act(self._desk, step.operation, parameters)
        except OperatorError as error:
            return Done(outcome=ActOutcome(state=StepState.FAILED, detail=error.detail))
        return Done(outcome=outcome, learned=_learned(step, outcome))

    def _renewed(self, step: Step) -> dict[str, JsonValue]:
        """Return the next certificate where the step has one installed; its key is known."""
        if step.operation is not Operation.RENEW_CERTIFICATE:
            return {}
        card = self.environment.renewed_card(step.as_)
        self.secrets((("certificate_key", card.key.encode("ascii")),))
        return {"certificate_pem": card.chain, "certificate_key_pem": card.key}

    async def logs(self) -> tuple[tuple[str, Log], ...]:
        """Return actor and log of the product under test; of every player where there is none."""
        if self.subject_actor is None:
            own = sorted(self._players)
            return tuple((actor, Log(content=self.logbook.log(actor))) for actor in own)
        if self.operator is None or self._desk is None:
            return ()
        try:
            log = await self.operator.log(self._desk.session)
        except OperatorError:
            return ()
        return () if log is None else ((self.subject_actor, log),)

    async def leave(self) -> None:
        """Leave every desk."""
        for client in self._clients:
            await client.aclose()
        if self.operator is not None and self._desk is not None:
            try:
                await self.operator.leave(self._desk.session)
            except OperatorError:
                return  # a product that is gone has left its desk

    def _certificate_ends(self, persona: str) -> datetime | None:
        card = self.environment.card(persona)
        return None if card is None else card.ends

    def settings(self, actor: str, persona: str, *, acting: str | None = None) -> Desk:
        """Return the settings of a desk; its secrets and its client are known from now on.

        What is said with it is said by `acting`, where that is not the actor it is made for.
        """
        desk = self.environment.desk(actor, persona)
        self.secrets(desk.secrets())
        self.admit(desk.client_id, acting or actor)
        return desk

    def _seat_player(self, step: Step) -> Player:
        desk = self.settings(step.from_, step.as_)
        client = httpx.AsyncClient(transport=self.environment.transport(step.as_))
        self._clients.append(client)
        player = make_player(
            step.from_,
            address=self.environment.address,
            credentials=Credentials(
                client_id=desk.client_id,
                persona=self.personas[step.as_],
                private_jwk=desk.private_jwk,
                username=desk.username,
                password=desk.password,
            ),
            client=client,
            personas=self.personas,
            surroundings=Surroundings(
                business_now=self.environment.business_now,
                wire_now=lambda: datetime.now(UTC),
                random_bytes=self.chance.randbytes,
            ),
            expire_tokens=self.environment.expire_tokens,
            certificate_ends=partial(self._certificate_ends, step.as_),
        )
        self._players[step.from_] = player
        self.environment.listens(player.hear)
        if step.from_ is Actor.FHIR_IDENTITY_CONSUMER:
            self.environment.follows(player.take)
        return player


def of_this_run(value: JsonValue, session: str) -> JsonValue:
    """Return a parameter with `{run}` replaced, in texts and in lists of them."""
    if isinstance(value, list):
        return [of_this_run(each, session) for each in value]
    return value.replace(OF_THIS_RUN, session) if isinstance(value, str) else value


def _learned(step: Step, outcome: ActOutcome) -> BoundPrescription | None:
    """Return what a product told of a prescription, and what its page holds."""
    page = first_page(outcome.printed)
    told = {key: _text(outcome, key) for key in ("number", "task_id", "bundle_identifier")}
    if page is None and not any(told.values()):
        return None
    patient = step.parameters.get("patient")
    return BoundPrescription(
        number=told["number"],
        task_id=told["task_id"],
        bundle_identifier=told["bundle_identifier"],
        code=None if page is None else read_code(page.content),
        patient=patient if isinstance(patient, str) else None,
    )


def first_page(printed: tuple[Printed, ...]) -> Printed | None:
    """Return the first PDF that left the printer."""
    return next((each for each in printed if each.media_type == PDF), None)


def with_paper(learned: BoundPrescription | None, paper: str | None) -> BoundPrescription | None:
    """Return what was learned, with the exhibit of the page it was printed on."""
    return None if learned is None else replace(learned, paper=paper or learned.paper)


def _text(outcome: ActOutcome, key: str) -> str | None:
    value = outcome.result.get(key)
    return value if isinstance(value, str) and value else None
