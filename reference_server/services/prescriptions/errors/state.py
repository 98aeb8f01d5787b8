"""Refusals of what does not fit the prescription as it stands; knows no rule."""

from collections.abc import Mapping

from reference_server.kernel.errors import (
    Mend,
    Refusal,
    RequestRefusal,
    RoleNotAllowed,
    TooManyRequests,
    given,
)
from reference_server.services.prescriptions.model import Reason


class StateRefusal(Refusal):
    """What is asked does not fit the prescription; parameter `number` unless said otherwise."""

    status, issue_code = 409, "conflict"
    mend = Mend.ASK
    example = given(number="B-26E7K-D39X2-5")


class PrescriptionNotFound(StateRefusal):
    """There is none, or the caller may not know that there is one; no parameter."""

    status, issue_code, code = 404, "not-found", "prescription-not-found"
    requirement = "ERX-SRV-012"
    mend = Mend.CORRECT


class AlreadyDispensed(StateRefusal):
    """Nothing is left to dispense."""

    code = "already-dispensed"
    requirement = "ERX-SRV-014"


class AlreadyCancelled(StateRefusal):
    """The prescriber has cancelled it."""

    status, issue_code, code = 410, "business-rule", "already-cancelled"
    requirement = "ERX-SRV-020"


class PrescriptionExpired(StateRefusal):
    """Its time is over."""

    status, issue_code, code = 410, "business-rule", "prescription-expired"
    requirement = "ERX-SRV-016"


class ReservedElsewhere(StateRefusal):
    """Another organisation holds it."""

    issue_code, code = "lock-error", "reserved-elsewhere"
    requirement = "ERX-SRV-023"


class ReservedCannotCancel(StateRefusal):
    """A laboratory is at work on it."""

    code = "reserved-cannot-cancel"
    requirement = "ERX-SRV-018"


class PartiallyDispensedCannotCancel(StateRefusal):
    """Part of it was dispensed."""

    code = "partially-dispensed-cannot-cancel"
    requirement = "ERX-SRV-019"


class NotReserved(StateRefusal):
    """Nobody holds it, so nothing can be released."""

    code = "not-reserved"
    requirement = "ERX-SRV-024"
    mend = Mend.CORRECT


class SubmissionConflict(StateRefusal):
    """Another body came under the same Bundle.identifier; parameter `identifier`."""

    issue_code, code = "duplicate", "submission-conflict"
    requirement = "ERX-SRV-022"
    mend = Mend.CORRECT
    example = given(identifier="urn:uuid:6f1c1c1e-6d53-4f0e-9a55-0d8b1f3a2c77")


class DispensationConflict(StateRefusal):
    """Another dispensation came under the same identifier; parameter `identifier`."""

    issue_code, code = "duplicate", "dispensation-conflict"
    requirement = "ERX-RES-008"
    mend = Mend.CORRECT
    example = given(identifier="urn:uuid:6f1c1c1e-6d53-4f0e-9a55-0d8b1f3a2c77")


class LineAlreadyDispensed(StateRefusal):
    """More is dispensed than the line has left; parameters `line`, `remaining`."""

    code = "line-already-dispensed"
    requirement = "ERX-SRV-014"
    example = given(line="2", remaining=0)


class LineNotFound(StateRefusal):
    """A dispensation names a line that the prescription does not have; parameter `line`."""

    status, issue_code, code = 422, "not-found", "line-not-found"
    requirement = "ERX-LAB-007"
    mend = Mend.CORRECT
    example = given(line="9")


class ParameterUnknown(RequestRefusal):
    """An operation's parameter that it does not have; parameter `name`."""

    status, issue_code, code = 400, "not-supported", "parameter-unknown"
    example, example_at = given(name="colour"), "Parameters.parameter[2]"


class TooManyWrongTries(TooManyRequests):
    """An organisation tried too many numbers and birth dates that do not fit."""


BY_REASON: Mapping[Reason, type[Refusal]] = {
    Reason.NOT_FOUND: PrescriptionNotFound,
    Reason.ROLE_NOT_ALLOWED: RoleNotAllowed,
    Reason.ALREADY_DISPENSED: AlreadyDispensed,
    Reason.ALREADY_CANCELLED: AlreadyCancelled,
    Reason.EXPIRED: PrescriptionExpired,
    Reason.RESERVED_ELSEWHERE: ReservedElsewhere,
    Reason.RESERVED_CANNOT_CANCEL: ReservedCannotCancel,
    Reason.PARTIALLY_DISPENSED_CANNOT_CANCEL: PartiallyDispensedCannotCancel,
    Reason.NOT_RESERVED: NotReserved,
}
"""The refusal behind each reason of the transition table."""
