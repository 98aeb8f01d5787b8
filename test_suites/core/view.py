"""What one check may look at: one step of one transcript, seen for one actor; judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from scenarios.model import Actor, Scenario, Step
from test_suites.core.finding import Evidence, Observation
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.persona import Persona
from test_suites.core.transcript import (
    BoundPrescription,
    Exhibit,
    ExhibitKind,
    StepState,
    Transcript,
)
from test_suites.core.verdict import Fact, Mode

API_OPERATIONS = frozenset(
    {
        "submit-prescription",
        "retrieve-prescription",
        "reserve",
        "release",
        "dispense",
        "cancel",
        "read-task",
        "search-task",
        "match-patient",
        "search-patient",
        "cross-reference-patient",
        "read-patient",
        "feed-patient",
        "remove-patient",
        "subscribe-patients",
    }
)
"""Operations on prescriptions and identities: they need a token and speak FHIR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Owns the question of one expectation: which step, which actor, which parameters.

    `client` is the actor whose requests are looked at: the one the expectation is about, or
    the step's sender when it is about the service.
    """

    check: str
    scenario: Scenario
    step: Step
    transcript: Transcript
    about: Actor
    of: str | None = None
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    personas: Mapping[str, Persona] = field(default_factory=dict)

    @property
    def client(self) -> Actor:
        return self.step.from_ if self.about is Actor.SERVICE else self.about

    @property
    def state(self) -> StepState:
        return self.transcript.step_state(self.step.id)

    @property
    def by_hand(self) -> bool:
        """Tell whether a person did this step and told how it ended and what came of it."""
        return any(
            exhibit.kind is ExhibitKind.ANSWER and exhibit.step == self.step.id
            for exhibit in self.transcript.exhibits
        )

    def exchanges(self, of: str | None = None) -> tuple[Exchange, ...]:
        """Return the client's exchanges of this step, of one operation where one is named."""
        wanted = of or self.of
        return tuple(
            exchange
            for exchange in self.whole_case()
            if exchange.step == self.step.id and wanted in {None, exchange.operation}
        )

    def api(self) -> tuple[Exchange, ...]:
        """Return the client's exchanges of this step on prescription data."""
        return tuple(e for e in self.exchanges() if e.operation in API_OPERATIONS)

    def whole_case(self) -> tuple[Exchange, ...]:
        """Return every exchange the client began in this case."""
        return tuple(e for e in self.transcript.exchanges if e.initiator == self.client)

    def of_step(self, step: str, of: str | None = None) -> tuple[Exchange, ...]:
        """Return the client's exchanges of another step of the case."""
        return tuple(e for e in self.whole_case() if e.step == step and of in {None, e.operation})

    def exhibits(self, kind: ExhibitKind) -> tuple[Exhibit, ...]:
        """Return what the client's product printed or showed in this step."""
        return tuple(
            exhibit
            for exhibit in self.transcript.exhibits
            if exhibit.kind is kind
            and exhibit.step == self.step.id
            and exhibit.producer == self.client
        )

    def logs(self) -> tuple[Exhibit, ...]:
        """Return the logs of the client's product, whatever step they were taken at."""
        return tuple(
            exhibit
            for exhibit in self.transcript.exhibits
            if exhibit.kind is ExhibitKind.LOG and exhibit.producer == self.client
        )

    def bound(self, key: str) -> BoundPrescription | None:
        """Return the prescription that a parameter of the step names, if it was learned."""
        name = self.step.parameters.get(key)
        return self.transcript.bindings.get(name) if isinstance(name, str) else None

    def asked(self, key: str) -> Persona | None:
        """Return the persona that a parameter of the step names."""
        name = self.step.parameters.get(key)
        return self.personas.get(name) if isinstance(name, str) else None

    def patients(self) -> tuple[Persona, ...]:
        """Return the personas whom any step of the scenario names as patient."""
        named = chain.from_iterable(
            (step.parameters.get("patient"), step.parameters.get("birth_date_of"))
            for step in self.scenario.acts()
        )
        unique = dict.fromkeys(name for name in named if isinstance(name, str))
        return tuple(self.personas[name] for name in unique if name in self.personas)

    def text(self, name: str) -> str:
        """Return a parameter of the expectation as text."""
        return str(self.params[name])

    def number(self, name: str) -> int:
        """Return a parameter of the expectation as a whole number."""
        return int(str(self.params[name]))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter of the expectation as a list of words."""
        value = self.params[name]
        return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)

    def held(self, place: "Place", *, expected: object = "", actual: object = "") -> Observation:
        """Return the observation that the fact holds at a place."""
        return self._observed(Fact.HELD, place, str(expected), str(actual))

    def broken(self, place: "Place", *, expected: object, actual: object) -> Observation:
        """Return the observation that the fact does not hold at a place."""
        return self._observed(Fact.BROKEN, place, str(expected), str(actual))

    def decide(
        self, place: "Place", *, holds: bool, expected: object, actual: object
    ) -> Observation:
        """Return held or broken, whichever is the case."""
        verdict = self.held if holds else self.broken
        return verdict(place, expected=expected, actual=actual)

    def unobserved(self, reason: str, place: "Place | None" = None, **params: str) -> Observation:
        """Return the observation that nothing can be said, for a reason of the catalogue."""
        return Observation(
            fact=Fact.UNOBSERVED,
            message_id=f"check.unobserved.{reason}",
            params={"expected": "", "actual": "", **params},
            evidence=place.evidence if place else None,
            mode=place.mode if place else Mode.AUTOMATIC,
        )

    def not_concerned(self, reason: str, place: "Place") -> Observation:
        """Return the observation that the fact does not concern the subject, and the reason."""
        return replace(self.unobserved(reason, place), applies=False)

    def _observed(self, fact: Fact, place: "Place", expected: str, actual: str) -> Observation:
        return Observation(
            fact=fact,
            message_id=f"check.{self.check}.{fact}",
            params={"expected": expected, "actual": actual},
            expected=expected,
            actual=actual,
            evidence=place.evidence,
            mode=place.mode,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Owns where a fact was seen, and in which mode that evidence came about."""

    evidence: Evidence | None
    mode: Mode = Mode.AUTOMATIC


def in_request(exchange: Exchange, pointer: str = "") -> Place:
    """Return the place of a request, or of a JSON pointer in its body."""
    return Place(evidence=Evidence(record=exchange.record, pointer=_part("request", pointer)))


def in_response(exchange: Exchange, pointer: str = "") -> Place:
    """Return the place of a response, or of a JSON pointer in its body."""
    return Place(evidence=Evidence(record=exchange.record, pointer=_part("response", pointer)))


def in_exhibit(exhibit: Exhibit) -> Place:
    """Return the place of an exhibit."""
    return Place(evidence=Evidence(record=exhibit.record, pointer="exhibit"), mode=exhibit.mode)


def in_step(view: View) -> Place:
    """Return the place of a step's outcome; record 0 where the journal holds none."""
    records = (o.record for o in view.transcript.steps if o.step == view.step.id)
    mode = Mode.ATTESTED if view.by_hand else Mode.AUTOMATIC
    return Place(evidence=Evidence(record=next(records, 0), pointer="step"), mode=mode)


def as_told(view: View, place: Place) -> Place:
    """Return a place of a fact that rests on how the step ended, too: a person may have told."""
    return replace(place, mode=in_step(view).mode)


def _part(name: str, pointer: str) -> str:
    return f"{name}.body#{pointer}" if pointer.startswith("/") else name
