"""Faults of the prescription's lines."""

from reference_server.services.prescriptions.errors.elements import Fault


class LineFault(Fault):
    """A line breaks a rule, or all of them together do."""

    issue_code = "invariant"


class LineMissing(LineFault):
    """There is no line."""

    issue_code, code = "required", "line-missing"
    requirement = "ERX-PRE-009"


class LineTooMany(LineFault):
    """There are too many lines; parameter `limit`."""

    issue_code, code = "business-rule", "line-too-many"
    requirement = "ERX-PRE-009"


class LineIdentifier(LineFault):
    """A line has no identifier."""

    issue_code, code = "required", "line-identifier"
    requirement = "ERX-PRE-009"


class LineIdentifierDuplicate(LineFault):
    """Two lines share an identifier; parameter `identifier`."""

    issue_code, code = "invariant", "line-identifier-duplicate"
    requirement = "ERX-PRE-009"


class LineStatus(LineFault):
    """A line is not active."""

    issue_code, code = "value", "line-status"
    requirement = "ERX-PRE-012"


class LineIntent(LineFault):
    """A line is no order."""

    issue_code, code = "value", "line-intent"
    requirement = "ERX-PRE-012"


class LineRequisition(LineFault):
    """A line has no requisition, or another one."""

    issue_code, code = "invariant", "line-requisition"
    requirement = "ERX-PRE-011"


class LineCodeMissing(LineFault):
    """A line has no BioPrescCodes code."""

    issue_code, code = "required", "line-code-missing"
    requirement = "ERX-PRE-013"


class LineCodeUnknown(LineFault):
    """The catalogue does not have the code; parameter `code`."""

    issue_code, code = "code-invalid", "line-code-unknown"
    requirement = "ERX-PRE-013"


class LineCodeMotivationMissing(LineFault):
    """The analysis demands a motivation; parameter `code`."""

    issue_code, code = "business-rule", "line-code-motivation-missing"
    requirement = "ERX-PRE-014"


class LineSubject(LineFault):
    """A line is for somebody else."""

    issue_code, code = "invariant", "line-subject"
    requirement = "ERX-PRE-012"


class LineRequester(LineFault):
    """A line is by somebody else."""

    issue_code, code = "invariant", "line-requester"
    requirement = "ERX-PRE-015"


class LineAuthoredOn(LineFault):
    """A line's date is missing, ahead or too old."""

    issue_code, code = "value", "line-authored-on"
    requirement = "ERX-PRE-012"


class LineRepeatCount(LineFault):
    """A series has fewer than 2 or more than 12 analyses."""

    issue_code, code = "value", "line-repeat-count"
    requirement = "ERX-PRE-010"
