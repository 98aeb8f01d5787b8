"""A biology prescription's life: its states, who stands how to it, what may happen; no FHIR."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias


class State(StrEnum):
    """Where a prescription is in its life; the values are the business status on the wire."""

    ACTIVE = "active"
    IN_PROGRESS = "in-progress"
    PARTIALLY_DISPENSED = "partially-dispensed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Standing(StrEnum):
    """How a caller stands to one prescription.

    `author`: a prescriber of the organisation that submitted it. `holder`: the laboratory that
    has reserved it. `laboratory`: one that has retrieved it. `stranger`: one that has not.
    """

    AUTHOR = "author"
    OTHER_PRESCRIBER = "other-prescriber"
    HOLDER = "holder"
    LABORATORY = "laboratory"
    STRANGER = "stranger"
    PHARMACY = "pharmacy"


class Act(StrEnum):
    """What can be asked of a prescription; dispensing knows whether anything is left after it."""

    READ = "read"
    RETRIEVE = "retrieve"
    RESERVE = "reserve"
    RELEASE = "release"
    DISPENSE_PART = "dispense-part"
    DISPENSE_REST = "dispense-rest"
    CANCEL = "cancel"


class Work(StrEnum):
    """What software does with a patient's prescription where a magic patient may show."""

    SUBMIT = "submit"
    RETRIEVE = "retrieve"
    DISPENSE = "dispense"


class Delivery(StrEnum):
    """How an answer travels: at once, after a while, or broken off in the middle."""

    AT_ONCE = "at-once"
    LATE = "late"
    CUT_OFF = "cut-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation answers, and how that travels."""

    body: bytes
    delivery: Delivery = Delivery.AT_ONCE


class Reason(StrEnum):
    """Why an act is refused; the values are the refusal codes."""

    ROLE_NOT_ALLOWED = "role-not-allowed"
    NOT_FOUND = "prescription-not-found"
    ALREADY_DISPENSED = "already-dispensed"
    ALREADY_CANCELLED = "already-cancelled"
    EXPIRED = "prescription-expired"
    RESERVED_ELSEWHERE = "reserved-elsewhere"
    RESERVED_CANNOT_CANCEL = "reserved-cannot-cancel"
    PARTIALLY_DISPENSED_CANNOT_CANCEL = "partially-dispensed-cannot-cancel"
    NOT_RESERVED = "not-reserved"


class Turn(StrEnum):
    """Where an act leads that does not always lead to the same state."""

    STAY = "stay"
    BACK = "back"


Outcome: TypeAlias = State | Reason | Turn
_Row: TypeAlias = tuple[Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome]

_FOUND, _ROLE, _NONE = Turn.STAY, Reason.ROLE_NOT_ALLOWED, Reason.NOT_FOUND
_ELSEWHERE, _HELD = Reason.RESERVED_ELSEWHERE, Reason.RESERVED_CANNOT_CANCEL
_PART, _DONE = State.PARTIALLY_DISPENSED, State.COMPLETED
_BEGUN = Reason.PARTIALLY_DISPENSED_CANNOT_CANCEL

# fmt: off
_MAY: Mapping[Standing, _Row] = {
    # Who may ask at all. STAY: yes, then the state decides.
    #                        READ    RETRIEVE RESERVE RELEASE PART    REST    CANCEL
    Standing.AUTHOR:           (_FOUND, _ROLE,  _ROLE,  _ROLE,  _ROLE,  _ROLE,  _FOUND),
    Standing.OTHER_PRESCRIBER: (_NONE,  _ROLE,  _ROLE,  _ROLE,  _ROLE,  _ROLE,  _NONE),
    Standing.HOLDER:           (_FOUND, _FOUND, _FOUND, _FOUND, _FOUND, _FOUND, _ROLE),
    Standing.LABORATORY:       (_FOUND, _FOUND, _FOUND, _FOUND, _FOUND, _FOUND, _ROLE),
    Standing.STRANGER:         (_NONE,  _FOUND, _NONE,  _NONE,  _NONE,  _NONE,  _ROLE),
    Standing.PHARMACY:         (_NONE,  _ROLE,  _ROLE,  _ROLE,  _ROLE,  _ROLE,  _ROLE),
}
_LIFE: Mapping[State, _Row] = {
    # What becomes of it, for everyone but the holder.
    #            READ        RETRIEVE    RESERVE            RELEASE              PART
    State.ACTIVE: (
        _FOUND,      _FOUND,     State.IN_PROGRESS, Reason.NOT_RESERVED, _PART,
        _DONE, State.CANCELLED),
    State.IN_PROGRESS: (
        _FOUND,      _ELSEWHERE, _ELSEWHERE,        _ELSEWHERE,          _ELSEWHERE,
        _ELSEWHERE, _HELD),
    State.PARTIALLY_DISPENSED: (
        _FOUND,      _FOUND,     State.IN_PROGRESS, Reason.NOT_RESERVED, _PART,
        _DONE, _BEGUN),
    State.COMPLETED: (_FOUND, *(Reason.ALREADY_DISPENSED,) * 6),
    State.CANCELLED: (_FOUND, *(Reason.ALREADY_CANCELLED,) * 6),
    State.EXPIRED: (_FOUND, *(Reason.EXPIRED,) * 6),
}
_HOLDER_OF_IN_PROGRESS: _Row = (
    _FOUND, _FOUND, Turn.STAY, Turn.BACK, _PART, _DONE, _HELD,
)
# fmt: on


def _outcome(state: State, standing: Standing, act: Act) -> Outcome:
    column = tuple(Act).index(act)
    may = _MAY[standing][column]
    if may is not Turn.STAY:
        return may
    if standing is Standing.HOLDER and state is State.IN_PROGRESS:
        return _HOLDER_OF_IN_PROGRESS[column]
    return _LIFE[state][column]


TRANSITIONS: Mapping[tuple[State, Standing, Act], Outcome] = {
    (state, standing, act): _outcome(state, standing, act)
    for state in State
    for standing in Standing
    for act in Act
}
"""Every state, standing and act: the state after it, STAY, BACK, or the reason of the refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A value and the system in which it is unique."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One analysis asked for, how often, and how often it was dispensed."""

    identifier: Identifier
    code: str
    ordered: int
    dispensed: int = 0

    @property
    def remaining(self) -> int:
        """How often it may still be dispensed."""
        return self.ordered - self.dispensed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Which organisation holds a prescription, until when, and the state it goes back to."""

    organization: str
    until: datetime
    state_before: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """A prescription as it stands; organisations are CNS provider codes, times are UTC.

    `changed_at` is when it came into its state, `version` counts its changes.
    """

    task_id: str
    number: str
    organization: str
    prescriber: str
    matricule: str
    birth_date: date
    authored_on: datetime
    submitted_at: datetime
    expires_at: datetime
    changed_at: datetime
    state: State = State.ACTIVE
    version: int = 1
    reservation: Reservation | None = None
    first_dispensed_at: datetime | None = None
    cancel_reason: str | None = None
    lines: tuple[Line, ...] = ()
    dispensations: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount:
    """So many analyses of one line."""

    line: Identifier
    count: int
