"""Makes tagged PDF/A-3a: report.pdf with report.json inside, and any page of ours; judges nothing.

WeasyPrint needs Pango, which a bare system lacks; it is imported when a PDF is asked for.
"""

import contextlib
import datetime as dt
import importlib
import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from reports.render.canonical import REPORT_JSON, to_json
from reports.render.model import Report
from reports.render.page import fonts, render_print
from reports.render.texts import texts

VARIANT = "pdf/a-3a"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0"


class PdfUnavailableError(RuntimeError):
    """Pango is missing on this system; everything but the PDF can still be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file inside a PDF, from which its pages were made; `made` is its date."""

    name: str
    description: str
    content: bytes
    made: dt.datetime


def render_pdf(report: Report, *, language: str = "fr") -> bytes:
    """Return report.pdf; raises PdfUnavailableError where Pango is missing."""
    source = Attached(
        name=REPORT_JSON,
        description=texts(language).t("report.attachment"),
        content=to_json(report),
        made=dt.datetime.fromisoformat(report.issued),
    )
    return to_pdf(render_print(report, language=language), attached=(source,))


def to_pdf(markup: str, *, attached: Iterable[Attached] = ()) -> bytes:
    """Return a page's markup as tagged PDF/A-3a; raises PdfUnavailableError where Pango is missing.

    Everything must be embedded in the markup: nothing is fetched.
    """
    from_weasyprint = _loaded()
    faces, fonts_known = _typefaces()
    document = from_weasyprint.HTML(string=markup, base_url=None, url_fetcher=_fetcher())
    attachments = [
        from_weasyprint.Attachment(
            string=one.content,
            name=one.name,
            description=one.description,
            relationship="Source",
            created=one.made,
            modified=one.made,
        )
        for one in attached
    ]
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves its colour profile open for the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        content: bytes = document.write_pdf(
            pdf_variant=VARIANT,
            attachments=attachments,
            stylesheets=[faces],
            font_config=fonts_known,
        )
    return content


def _loaded() -> ModuleType:
    """Return WeasyPrint; raises PdfUnavailableError."""
    try:
        # It prints a page of advice where Pango is missing, in the midst of our own output.
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module("weasyprint")
    except (OSError, ImportError) as missing:
        raise PdfUnavailableError(PACKAGES) from missing


def _fetcher() -> Any:  # noqa: ANN401 - the library publishes no types
    """Everything is embedded; whatever else were asked for would be a mistake of ours."""
    return _loaded().URLFetcher(allowed_protocols=["data"], fail_on_errors=True)


@cache
def _typefaces() -> tuple[Any, Any]:
    """Return the fonts of paper as a stylesheet, read once a process, and who knows them."""
    loaded = _loaded()
    known = importlib.import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = loaded.CSS(string=fonts(), font_config=known, url_fetcher=_fetcher())
    return sheet, known
