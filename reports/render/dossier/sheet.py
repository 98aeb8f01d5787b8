"""Draws the report of a vendor's dossier: recommendations, evidence, mappings; judges nothing."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from markupsafe import Markup

from reference_server.kernel.web import MESSAGES, Site
from reference_server.text import Catalogue
from reports.cesar.dossier.assessing import Assessed
from reports.cesar.dossier.evidence import Evidence
from reports.cesar.dossier.model import Dossier
from reports.cesar.dossier.sbom import Bill
from reports.cesar.questions import Instrument
from reports.render.page import css_string
from reports.render.pdf import Attached, to_pdf
from reports.render.result.papers import HOME as PAPER
from reports.render.result.view import shown
from reports.render.texts import Texts, texts

HOME: Final = "reports.render.dossier"
DOSSIER_JSON: Final = "dossier.json"
_SITE: Final = Site(home=HOME, title="web.product", styles=("result.css",), borrows=(PAPER,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the report is made of; its `content` as JSON goes inside the PDF."""

    dossier: Dossier
    assessed: Assessed
    instrument: Instrument
    files: Mapping[str, Evidence]
    bill: Bill | None
    day: dt.date

    @property
    def content(self) -> bytes:
        """Everything as JSON: what was declared, and what it came to."""
        content = {
            "dossier": self.dossier.model_dump(mode="json"),
            "result": self.assessed.result.model_dump(mode="json"),
            "evidence": [
                {"name": one.name, "type": one.media_type, "size": one.size, "sha256": one.sha256}
                for one in self.files.values()
            ],
            "measured": [
                {
                    "question": one.question,
                    "standing": one.standing,
                    "verdicts": {name: verdict.value for name, verdict in one.verdicts.items()},
                }
                for one in self.assessed.measured
            ],
            "sbom": None
            if self.bill is None
            else {"components": self.bill.components, "lacks": [one.id for one in self.bill.lacks]},
        }
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


@cache
def catalogue() -> Catalogue:
    """Return the sentences of the report."""
    folders = (resources.files(one) / "messages" for one in ("reports.cesar", PAPER, HOME))
    return Catalogue.load(MESSAGES, *folders)


def as_html(sheet: Sheet, language: str) -> str:
    """Return the report as one HTML document that needs no other file."""
    return _document("page.html", sheet, texts(language), {})


def as_pdf(sheet: Sheet, language: str) -> bytes:
    """Return the report as PDF/A-3a; raises PdfUnavailableError where Pango is missing."""
    style = (resources.files(PAPER) / "paper.css").read_text(encoding="utf-8")
    for name, message in (("own", "own"), ("page", "page"), ("of", "page-of")):
        said = catalogue().render(f"cesar.sheet.{message}", {}, language)
        style = style.replace(f'"{{{name}}}"', css_string(said))
    more = {"style": Markup(style)}  # noqa: S704  our own file, quoted strings
    source = Attached(
        name=DOSSIER_JSON,
        description=catalogue().render("cesar.dossier.attachment", {}, language),
        content=sheet.content,
        made=dt.datetime.combine(sheet.day, dt.time(), dt.UTC),
    )
    return to_pdf(_document("report.html", sheet, texts(language), more), attached=(source,))


def values(sheet: Sheet, language: str) -> dict[str, Any]:
    """Return what the report's templates show, for whoever draws them."""
    spoken = texts(language)
    return {
        "sheet": sheet,
        "shown": shown(sheet.instrument, sheet.assessed.result, language),
        "asked": {one.id: one.question.of(language) for one in sheet.instrument.questions()},
        "date": spoken.day(sheet.day.isoformat()),
        "day": lambda one: spoken.day(one.isoformat()),
        "findings": [one for one in sheet.assessed.measured if one.standing == "contradicted"],
        "person": {one.id: one.function for one in sheet.dossier.people},
        "earlier": None,
    }


def _document(template: str, sheet: Sheet, spoken: Texts, more: Mapping[str, object]) -> str:
    return _SITE.file(
        template,
        language=spoken.language,
        catalogue=catalogue(),
        title=catalogue().render(
            "cesar.dossier.title", {"product": sheet.dossier.product}, spoken.language
        ),
        **values(sheet, spoken.language),
        **more,
    )
