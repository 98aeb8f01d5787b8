"""Renders report.pdf from a report: tagged PDF/A-3a with report.json inside; judges nothing.

WeasyPrint needs Pango, which a bare system lacks; it is imported when a PDF is asked for.
"""

import contextlib
import datetime as dt
import io
import warnings
from typing import TYPE_CHECKING

from reports.render.canonical import REPORT_JSON, to_json
from reports.render.model import Report
from reports.render.page import render_print
from reports.render.texts import texts

if TYPE_CHECKING:
    from weasyprint import Attachment

VARIANT = "pdf/a-3a"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0"


class PdfUnavailableError(RuntimeError):
    """Pango is missing on this system; everything but the PDF can still be made."""


def render_pdf(report: Report, *, language: str = "fr") -> bytes:
    """Return report.pdf; raises PdfUnavailableError where Pango is missing."""
    try:
        # It prints a page of advice where Pango is missing, in the midst of our own output.
        with contextlib.redirect_stdout(io.StringIO()):
            from weasyprint import HTML, URLFetcher  # noqa: PLC0415  fails without Pango
    except (OSError, ImportError) as missing:
        raise PdfUnavailableError(PACKAGES) from missing
    markup = render_print(report, language=language)
    # Everything is embedded; whatever else were asked for would be a mistake of ours.
    fetcher = URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
    document = HTML(string=markup, base_url=None, url_fetcher=fetcher)
    attachment = _attachment(report, language)
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves its colour profile open for the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        content: bytes = document.write_pdf(pdf_variant=VARIANT, attachments=[attachment])
    return content


def _attachment(report: Report, language: str) -> "Attachment":
    """Return report.json as the source the pages were made from."""
    from weasyprint import Attachment  # noqa: PLC0415  as above

    issued = dt.datetime.fromisoformat(report.issued)
    return Attachment(
        string=to_json(report),
        name=REPORT_JSON,
        description=texts(language).t("report.attachment"),
        relationship="Source",
        created=issued,
        modified=issued,
    )
