"""Everything one case left behind, ready to be judged; a pure value read from a journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from test_suites.core.message import Exchange, WireEvent
from test_suites.core.verdict import Mode


class ExhibitKind(StrEnum):
    """The kinds of facts that are not HTTP."""

    PRINTED = "printed"
    SHOWN = "shown"
    LOG = "log"
    ANSWER = "answer"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A fact that is not HTTP: a printed page, what the screen said, a log, an answer.

    `content` holds the redacted bytes; `producer` is the actor whose product made it.
    """

    record: int
    at: float
    step: str | None
    producer: str
    kind: ExhibitKind
    name: str
    media_type: str
    content: bytes
    sha256: str
    mode: Mode = Mode.AUTOMATIC


class StepState(StrEnum):
    """How a step ended."""

    DONE = "done"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    LAB_ERROR = "lab-error"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """How one step of the conversation ended; `record` is its journal number, 0 if none."""

    record: int
    step: str
    actor: str
    state: StepState
    started: float
    ended: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundPrescription:
    """What a step learned of one prescription; None where it did not learn it.

    `code` is the scanned QR payload, `paper` the sha256 of the printed PDF exhibit.
    """

    number: str | None = None
    code: str | None = None
    task_id: str | None = None
    bundle_identifier: str | None = None
    paper: str | None = None
    patient: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One case as recorded: exchanges, exhibits, wire events and steps in journal order."""

    case: str
    scenario: str
    subject_actor: str | None
    exchanges: tuple[Exchange, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    wire_events: tuple[WireEvent, ...] = ()
    steps: tuple[StepOutcome, ...] = ()
    bindings: Mapping[str, BoundPrescription] = field(default_factory=dict)

    def step_state(self, step: str) -> StepState:
        """Return how a step ended; NOT_REACHED when the journal holds no outcome of it."""
        states = (outcome.state for outcome in self.steps if outcome.step == step)
        return next(states, StepState.NOT_REACHED)
