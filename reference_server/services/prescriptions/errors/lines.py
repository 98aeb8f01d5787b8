"""Faults of the prescription's lines."""

from reference_server.kernel.errors import given
from reference_server.services.prescriptions.errors.elements import Fault


class LineFault(Fault):
    """A line breaks a rule, or all of them together do."""

    issue_code = "invariant"


class LineMissing(LineFault):
    """There is no line."""

    issue_code, code = "required", "line-missing"
    requirement = "ERX-PRE-009"
    example_at = "Bundle.entry"


class LineTooMany(LineFault):
    """There are too many lines; parameter `limit`."""

    issue_code, code = "business-rule", "line-too-many"
    requirement = "ERX-PRE-009"
    example = given(limit=30)
    example_at = "Bundle.entry"


class LineIdentifier(LineFault):
    """A line has no identifier."""

    issue_code, code = "required", "line-identifier"
    requirement = "ERX-PRE-009"
    example_at = "Bundle.entry[3].resource.identifier"


class LineIdentifierDuplicate(LineFault):
    """Two lines share an identifier; parameter `identifier`."""

    issue_code, code = "invariant", "line-identifier-duplicate"
    requirement = "ERX-PRE-009"
    example = given(identifier="1")
    example_at = "Bundle.entry[3].resource.identifier"


class LineStatus(LineFault):
    """A line is not active."""

    issue_code, code = "value", "line-status"
    requirement = "ERX-PRE-012"
    example_at = "Bundle.entry[3].resource.status"


class LineIntent(LineFault):
    """A line is no order."""

    issue_code, code = "value", "line-intent"
    requirement = "ERX-PRE-012"
    example_at = "Bundle.entry[3].resource.intent"


class LineRequisition(LineFault):
    """A line has no requisition, or another one."""

    issue_code, code = "invariant", "line-requisition"
    requirement = "ERX-PRE-011"
    example_at = "Bundle.entry[3].resource.requisition"


class LineCodeMissing(LineFault):
    """A line has no BioPrescCodes code."""

    issue_code, code = "required", "line-code-missing"
    requirement = "ERX-PRE-013"
    example_at = "Bundle.entry[3].resource.code"


class LineCodeUnknown(LineFault):
    """The catalogue does not have the code; parameter `code`."""

    issue_code, code = "code-invalid", "line-code-unknown"
    requirement = "ERX-PRE-013"
    example = given(code="BIO-9999")
    example_at = "Bundle.entry[3].resource.code.coding[0].code"


class LineCodeMotivationMissing(LineFault):
    """The analysis demands a motivation; parameter `code`."""

    issue_code, code = "business-rule", "line-code-motivation-missing"
    requirement = "ERX-PRE-014"
    example = given(code="BIO-0301")
    example_at = "Bundle.entry[3].resource.reasonCode"


class LineSubject(LineFault):
    """A line is for somebody else."""

    issue_code, code = "invariant", "line-subject"
    requirement = "ERX-PRE-012"
    example_at = "Bundle.entry[3].resource.subject"


class LineRequester(LineFault):
    """A line is by somebody else."""

    issue_code, code = "invariant", "line-requester"
    requirement = "ERX-PRE-015"
    example_at = "Bundle.entry[3].resource.requester"


class LineAuthoredOn(LineFault):
    """A line's date is missing, ahead or too old."""

    issue_code, code = "value", "line-authored-on"
    requirement = "ERX-PRE-012"
    example_at = "Bundle.entry[3].resource.authoredOn"


class LineRepeatCount(LineFault):
    """A series has fewer than 2 or more than 12 analyses."""

    issue_code, code = "value", "line-repeat-count"
    requirement = "ERX-PRE-010"
    example_at = "Bundle.entry[3].resource.occurrenceTiming.repeat.count"
