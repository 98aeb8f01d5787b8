"""Rules of the PDF that can be told without opening it, and the names of the others; pure."""

import base64
import binascii
from collections.abc import Iterator, Mapping

from reference_server.kernel.errors import Refusal
from reference_server.services.prescriptions.errors.paper import (
    PdfActiveContent,
    PdfEncrypted,
    PdfMediaType,
    PdfMissing,
    PdfNotBase64,
    PdfPageTooSmall,
    PdfTooLarge,
    PdfTooManyPages,
    PdfUnreadable,
)
from reference_server.services.prescriptions.fhir.submission import Submission, SubmittedPaper

MAX_BYTES = 5_000_000
MAX_PAGES = 10

_FOUND_INSIDE: Mapping[str, type[Refusal]] = {
    "pdf-unreadable": PdfUnreadable,
    "pdf-encrypted": PdfEncrypted,
    "pdf-active-content": PdfActiveContent,
    "pdf-page-too-small": PdfPageTooSmall,
}


def paper(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-001, ERX-PRE-024: exactly one PDF comes along, declared as one."""
    if len(submission.papers) != 1:
        yield PdfMissing(expression="Bundle.entry")
    for found in submission.papers:
        if found.content_type != "application/pdf":
            yield PdfMediaType(expression=f"{found.at}.contentType")


def read_pdf(paper: SubmittedPaper) -> bytes:
    """Return the PDF's bytes; raise PdfNotBase64 or PdfTooLarge (ERX-PAP-006)."""
    at = f"{paper.at}.data"
    compact = "".join((paper.data or "").split())
    try:
        content = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise PdfNotBase64(expression=at) from None
    if not content:
        raise PdfNotBase64(expression=at)
    if len(content) > MAX_BYTES:
        raise PdfTooLarge(expression=at, limit=MAX_BYTES)
    return content


def found_inside(paper: SubmittedPaper, code: str) -> Refusal:
    """ERX-PAP-006: return the fault that the worker saw in the PDF."""
    at = f"{paper.at}.data"
    if code == PdfTooManyPages.code:
        return PdfTooManyPages(expression=at, limit=MAX_PAGES)
    return _FOUND_INSIDE[code](expression=at)
