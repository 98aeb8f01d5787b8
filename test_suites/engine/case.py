"""One case from its opening to its close: session, world, desks, records; judges nothing."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from reference_server.population.personas import Population
from scenarios.model import Operation, Scenario, Step
from test_suites.capture.journal import Kind
from test_suites.capture.recorder import Recorder, RecordingError
from test_suites.capture.redaction import cannot_tell
from test_suites.core.persona import Persona
from test_suites.core.transcript import StepState
from test_suites.engine.activity import Activity
from test_suites.engine.environment import Environment, Now, Nowhere
from test_suites.engine.facts import OUR_FHIR, Attended, Describer
from test_suites.engine.foreign import ForeignCase
from test_suites.engine.ladder import OpenCase
from test_suites.engine.people import personas
from test_suites.engine.plan import Case
from test_suites.engine.players import OURSELVES, LabError
from test_suites.engine.redactors import Redactors
from test_suites.engine.reference import Reference
from test_suites.engine.runner import Conversation
from test_suites.engine.seats import Seats
from test_suites.subjects.model import Server
from test_suites.subjects.operator import Operator, PersonLeftError

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What all cases of a run share.

    `reference` or `server` is there, neither of them where no case needs a service. `logout_uri`
    is where the product under test is told that a person signed out.
    """

    population: Population
    describer: Describer
    redactors: Redactors
    recorder: Recorder
    reference: Reference | None
    server: Server | None
    folder: Path
    operator: Operator | None
    activities: Mapping[Operation, Activity] = field(default_factory=dict)
    logout_uri: str | None = None

    def personas(self) -> Mapping[str, Persona]:
        """Return every persona by id."""
        return personas(self.population)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRun:
    """Owns one case while it runs; whatever happens, it is closed and what it held let go."""

    company: Company
    case: Case
    scenario: Scenario
    slug: str
    chance: random.Random
    step_seconds: float
    subject_seconds: float
    told: Callable[[str, str], None]

    async def run(self) -> None:
        """Open, converse, close; the records are on disk when this returns."""
        company, recorder = self.company, self.company.recorder
        company.redactors.open(self.slug)
        recorder.write(
            Kind.CASE_OPEN,
            {
                "case": self.case.id,
                "scenario": self.scenario.id,
                "subject_actor": self.case.subject_actor,
                "session": self.slug,
            },
        )
        try:
            await self._held()
        except (RecordingError, PersonLeftError):
            raise
        except Exception as error:
            _LOGGER.exception("case %s", self.case.id)
            self._lab_failed(error)
        recorder.write(Kind.CASE_CLOSE, {"case": self.case.id, "session": self.slug})
        await recorder.settled()

    async def _held(self) -> None:
        environment = await self._environment()
        try:
            await self._converse(environment)
        finally:
            await environment.close()
            try:
                # What ended only with the connections is attributed while the case is known.
                await self.company.recorder.settled()
            finally:
                self.company.describer.close(self.case.id)

    def _lab_failed(self, error: Exception) -> None:
        """Record that the lab could not hold the conversation: its first step is our ERROR."""
        recorder = self.company.recorder
        detail = error.detail if isinstance(error, LabError) else type(error).__name__
        recorder.write(
            Kind.STEP,
            {
                "case": self.case.id,
                "session": self.slug,
                "step": self.scenario.steps[0].id,
                "actor": "lab",
                "state": StepState.LAB_ERROR.value,
                "detail": detail,
                "began": recorder.at(),
                "ended": recorder.at(),
                "bind": None,
                "bound": None,
            },
        )

    async def _converse(self, environment: Environment) -> None:
        company = self.company
        attended = self._attended(environment)
        company.describer.open(attended)

        def admit(client_id: str, actor: str) -> None:
            nonlocal attended
            attended = attended.with_client(client_id, actor)
            company.describer.open(attended)

        seats = Seats(
            environment=environment,
            population=company.population,
            personas=company.personas(),
            subject_actor=self.case.subject_actor,
            operator=company.operator,
            chance=self.chance,
            secrets=lambda found: company.redactors.open(self.slug, secrets=found),
            admit=admit,
            session=self.slug,
        )
        conversation = Conversation(
            case=self.case,
            scenario=self.scenario,
            session=self.slug,
            environment=environment,
            seats=seats,
            recorder=company.recorder,
            told=self.told,
            chance=self.chance,
            activities=company.activities,
            step_seconds=self.step_seconds,
            subject_seconds=self.subject_seconds,
        )
        try:
            await conversation.run()
        finally:
            await seats.leave()
            # What is still in the queue is attributed while the case is known.
            await company.recorder.settled()

    async def _environment(self) -> Environment:
        company = self.company
        if not self.scenario.needs_service():
            return Nowhere()
        if company.reference is not None:
            needs = frozenset(self.scenario.needs)
            own = self.case.subject_actor is None or company.logout_uri is None
            opened = await company.reference.open(
                self.slug, needs=needs, logout_uri=OURSELVES if own else str(company.logout_uri)
            )
            company.redactors.verify(self.slug, company.reference.verifier(self.slug))
            return opened
        if company.server is None:
            raise LabError("neither-reference-nor-server")
        company.redactors.verify(self.slug, cannot_tell)
        return ForeignCase(
            slug=self.slug,
            server=company.server,
            folder=company.folder,
            population=company.population,
            recorder=company.recorder,
            now=Now(),
        )

    def _attended(self, environment: Environment) -> Attended:
        acts = self.scenario.acts()
        nowhere = isinstance(environment, Nowhere)
        actors: dict[str, tuple[str, ...]] = {}
        for step in () if nowhere else acts:
            client_id = environment.desk(step.from_, step.as_).client_id
            named = actors.get(client_id, ())
            if step.from_ not in named:
                actors[client_id] = (*named, str(step.from_))
        return Attended(
            open=OpenCase(
                case=self.case.id,
                session=self.slug,
                base_url="" if nowhere else environment.address.base_url,
                credentials=frozenset(actors),
                patients=self._patients(acts),
            ),
            actors=actors,
            step_actors={step.id: str(step.from_) for step in acts},
            fhir=OUR_FHIR if nowhere else urlsplit(environment.address.fhir_base).path,
        )

    def _patients(self, acts: tuple[Step, ...]) -> frozenset[str]:
        named = {
            str(step.parameters[key])
            for step in acts
            for key in ("patient", "birth_date_of")
            if key in step.parameters
        }
        people = self.company.population.patients
        return frozenset(people[name].matricule for name in named if name in people)
