"""What happens with magic patients, as their record says, wherever a World has magic; pure.

Whatever else is wrong with a document is found first: a magic patient shows a product's reaction
to one thing, and hides nothing. `SPEC.md`, "Magic patients", has the table.
"""

from reference_server.kernel.errors import Busy, Internal, TooManyRequests
from reference_server.ports import Outcome
from reference_server.services.prescriptions.errors.people import PatientNotEntitled
from reference_server.services.prescriptions.model import Delivery, Work

RETRY_SECONDS = 2
"""What `Retry-After` asks to wait."""


def check_outcome(outcome: Outcome | None, work: Work) -> None:
    """ERX-RES-004: raise the refusal that this work with such a patient always meets."""
    match outcome, work:
        case (Outcome.UNAVAILABLE, Work.SUBMIT) | (Outcome.DISPENSING_UNAVAILABLE, Work.DISPENSE):
            raise Busy(seconds=RETRY_SECONDS)
        case Outcome.THROTTLED, Work.SUBMIT:
            raise TooManyRequests(seconds=RETRY_SECONDS)
        case Outcome.INTERNAL, Work.SUBMIT:
            raise Internal


def is_busy_at_first(outcome: Outcome | None) -> bool:
    """Tell whether the first try of each document finds the service busy."""
    return outcome is Outcome.FIRST_BUSY


def delivery_of(outcome: Outcome | None, work: Work) -> Delivery:
    """Return how the answer to a deed travels; the same asked again is answered at once."""
    match outcome, work:
        case Outcome.SLOW, _:
            return Delivery.LATE
        case Outcome.LOST_ANSWER, Work.SUBMIT | Work.DISPENSE:
            return Delivery.CUT_OFF
    return Delivery.AT_ONCE


def warning_of(outcome: Outcome | None) -> PatientNotEntitled | None:
    """ERX-SRV-001: a valid prescription is accepted; return what a person must be told beside."""
    return PatientNotEntitled() if outcome is Outcome.NOT_ENTITLED else None
