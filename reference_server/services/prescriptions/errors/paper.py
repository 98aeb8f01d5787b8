"""Faults of the PDF that comes with a submission."""

from reference_server.kernel.errors import given
from reference_server.services.prescriptions.errors.elements import Fault


class PaperFault(Fault):
    """The PDF is missing, or not one that can be stamped and printed."""

    issue_code = "business-rule"
    requirement = "ERX-PAP-006"
    example_at = "Bundle.entry[4].resource.data"


class PdfMissing(PaperFault):
    """There is no PDF, or several."""

    issue_code, code = "required", "pdf-missing"
    requirement = "ERX-PRE-001"
    example_at = "Bundle.entry"


class PdfMediaType(PaperFault):
    """The Binary is declared as something else."""

    issue_code, code = "value", "pdf-media-type"
    requirement = "ERX-PRE-024"
    example_at = "Bundle.entry[4].resource.contentType"


class PdfNotBase64(PaperFault):
    """The Binary's data cannot be decoded."""

    issue_code, code = "value", "pdf-not-base64"
    requirement = "ERX-PRE-026"


class PdfUnreadable(PaperFault):
    """The PDF cannot be read within the limits of time and memory."""

    issue_code, code = "invalid", "pdf-unreadable"


class PdfTooLarge(PaperFault):
    """The PDF is too large; parameter `limit` in bytes."""

    issue_code, code = "too-long", "pdf-too-large"
    example = given(limit=5_000_000)


class PdfTooManyPages(PaperFault):
    """The PDF is too long; parameter `limit` in pages."""

    issue_code, code = "too-long", "pdf-too-many-pages"
    example = given(limit=10)


class PdfPageTooSmall(PaperFault):
    """The first page has no room for the stamp."""

    issue_code, code = "business-rule", "pdf-page-too-small"
    requirement = "ERX-PAP-005"


class PdfEncrypted(PaperFault):
    """The PDF is encrypted."""

    issue_code, code = "business-rule", "pdf-encrypted"


class PdfActiveContent(PaperFault):
    """The PDF holds script, action, attachment or dynamic form."""

    issue_code, code = "business-rule", "pdf-active-content"
