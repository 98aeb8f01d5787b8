"""How time and acts move a prescription; pure: the clock's reading comes in as a value.

A prescription is what it is *now*: `settled` moves it on before anyone looks at it, so no
background job is needed and no one ever sees a state that is over.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reference_server.kernel.access import Role
from reference_server.kernel.errors import Refusal
from reference_server.national.prescription_number import print_prescription_number
from reference_server.services.prescriptions.errors.state import (
    BY_REASON,
    LineAlreadyDispensed,
    LineNotFound,
)
from reference_server.services.prescriptions.model import (
    TRANSITIONS,
    Act,
    Identifier,
    Line,
    LineCount,
    Prescription,
    Reason,
    Reservation,
    Standing,
    State,
    Turn,
)

VALID_MONTHS = 2
"""A biology prescription may first be dispensed for two months (CNS)."""

VALID_MONTHS_AFTER_FIRST = 6
"""What is left may be dispensed for six months after the first dispensation (CNS)."""

RESERVED_FOR = timedelta(hours=24)
LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
_OPEN = frozenset({State.ACTIVE, State.IN_PROGRESS, State.PARTIALLY_DISPENSED})


def end_of_validity(start: datetime, *, months: int) -> datetime:
    """ERX-SRV-016, ERX-SRV-017: the last moment of the same day so many months later.

    Days count in Luxembourg; where the month has no such day, its last one counts.
    """
    day = start.astimezone(LUXEMBOURG).date()
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return datetime.combine(last, time(23, 59, 59), LUXEMBOURG).astimezone(UTC)


def settled(prescription: Prescription, now: datetime) -> Prescription:
    """ERX-SRV-016, ERX-SRV-017, ERX-SRV-025: what the passing of time has made of it.

    The end of validity ends a reservation, too: nothing is dispensed after it.
    """
    held = prescription.reservation
    ends = [prescription.expires_at] if held is None else [prescription.expires_at, held.until]
    if prescription.state not in _OPEN or now <= min(ends):
        return prescription
    if held is not None and held.until < prescription.expires_at:
        back = _moved(prescription, held.state_before, at=held.until)
        return settled(back, now)
    return _moved(prescription, State.EXPIRED, at=prescription.expires_at)


def _moved(prescription: Prescription, state: State, *, at: datetime) -> Prescription:
    return replace(
        prescription,
        state=state,
        reservation=None,
        changed_at=at,
        version=prescription.version + 1,
    )


def standing_of(
    prescription: Prescription, *, role: str, organization: str, has_retrieved: bool
) -> Standing:
    """Return how a caller stands to a prescription."""
    if role == Role.PRESCRIBER:
        own = organization == prescription.organization
        return Standing.AUTHOR if own else Standing.OTHER_PRESCRIBER
    if role != Role.LABORATORY:
        return Standing.PHARMACY
    held = prescription.reservation
    if held is not None and held.organization == organization:
        return Standing.HOLDER
    return Standing.LABORATORY if has_retrieved else Standing.STRANGER


def decide(prescription: Prescription, standing: Standing, act: Act, *, role: str) -> State:
    """Return the state after an act; raise the refusal that the transition table names."""
    outcome = TRANSITIONS[prescription.state, standing, act]
    match outcome:
        case Reason():
            raise _refusal(outcome, prescription, role)
        case Turn.STAY:
            return prescription.state
        case Turn.BACK if prescription.reservation is not None:
            return prescription.reservation.state_before
        case State():
            return outcome
        case _:
            raise AssertionError("only a reserved prescription can go back")


def _refusal(reason: Reason, prescription: Prescription, role: str) -> Refusal:
    refusal = BY_REASON[reason]
    if reason is Reason.NOT_FOUND:
        return refusal()
    if reason is Reason.ROLE_NOT_ALLOWED:
        return refusal(role=role)
    return refusal(number=print_prescription_number(prescription.number))


def reserved(prescription: Prescription, *, organization: str, now: datetime) -> Prescription:
    """ERX-SRV-023: held by one organisation for 24 hours; unchanged where it already holds it."""
    if prescription.state is State.IN_PROGRESS:
        return prescription
    held = Reservation(
        organization=organization, until=now + RESERVED_FOR, state_before=prescription.state
    )
    return replace(_moved(prescription, State.IN_PROGRESS, at=now), reservation=held)


def released(prescription: Prescription, state: State, *, now: datetime) -> Prescription:
    """ERX-SRV-024: back to the state before the reservation."""
    return _moved(prescription, state, at=now)


def cancelled(prescription: Prescription, *, reason: str, now: datetime) -> Prescription:
    """ERX-SRV-018: cancelled for good, with the reason given."""
    return replace(_moved(prescription, State.CANCELLED, at=now), cancel_reason=reason)


def lines_after(prescription: Prescription, counts: Sequence[LineCount]) -> tuple[Line, ...]:
    """ERX-SRV-015: the lines once `counts` are dispensed; no counts means all that is left.

    Raises LineNotFound and LineAlreadyDispensed.
    """
    if not counts:
        return tuple(replace(line, dispensed=line.ordered) for line in prescription.lines)
    lines = {line.identifier: line for line in prescription.lines}
    for wanted in counts:
        line = lines.get(wanted.line)
        if line is None:
            raise LineNotFound(line=wanted.line.value)
        if wanted.count > line.remaining:
            raise LineAlreadyDispensed(line=wanted.line.value, remaining=line.remaining)
        lines[wanted.line] = replace(line, dispensed=line.dispensed + wanted.count)
    return tuple(lines.values())


def dispensing_act(lines: Sequence[Line]) -> Act:
    """Return which act leaves the lines like this: part of the rest, or all of it."""
    return Act.DISPENSE_PART if any(line.remaining for line in lines) else Act.DISPENSE_REST


def dispensed(
    prescription: Prescription,
    state: State,
    *,
    lines: tuple[Line, ...],
    identifier: Identifier,
    now: datetime,
) -> Prescription:
    """ERX-SRV-013, ERX-SRV-017: dispensed; the first time starts the six months for the rest."""
    first = prescription.first_dispensed_at or now
    return replace(
        _moved(prescription, state, at=now),
        lines=lines,
        first_dispensed_at=first,
        expires_at=end_of_validity(first, months=VALID_MONTHS_AFTER_FIRST),
        dispensations=(*prescription.dispensations, identifier),
    )
