"""Makes the papers and the file of a self-assessment: PDF, HTML, JSON; decides nothing.

Nothing here names a practice: a line to write its name by hand makes an anonymous result a dated
proof.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, TypeAlias, get_args

from markupsafe import Markup

from reference_server.kernel.web import MESSAGES, Site
from reference_server.text import Catalogue
from reports.cesar.banks import load_instrument
from reports.cesar.path import Profile, placed
from reports.cesar.questions import Instrument, Question
from reports.cesar.replies import Replies
from reports.cesar.result import Result, assessed
from reports.render.page import css_string
from reports.render.pdf import Attached, to_pdf
from reports.render.result.comparison import compared
from reports.render.result.view import ShownAction, shown
from reports.render.texts import Texts, texts

HOME: Final = "reports.render.result"
RESULT_JSON: Final = "assessment.json"
ASKED_AT_ONCE: Final = 12
"""So many questions fill a page for the provider."""
PaperName: TypeAlias = Literal["report", "brief", "provider"]
PAPERS: Final[tuple[PaperName, ...]] = get_args(PaperName)
_SITE: Final = Site(home=HOME, title="web.product", styles=("result.css",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a paper is made of: a result, an earlier one perhaps, the language and the day."""

    result: Result
    language: str
    day: dt.date
    earlier: Result | None = None

    @property
    def instrument(self) -> Instrument:
        """The questions that were answered."""
        return load_instrument(self.result.replies.instrument)


def warm_up() -> None:
    """Draw a small paper, so that the first that somebody waits for finds everything loaded.

    Raises PdfUnavailableError.
    """
    instrument = load_instrument("professional")
    replies = Replies(instrument=instrument.name, version=instrument.version)
    result = assessed(instrument, replies)
    as_pdf(Issue(result=result, language="fr", day=dt.date(2026, 1, 1)), "brief")


@cache
def catalogue() -> Catalogue:
    """Return the sentences of results and of the pages around them."""
    folders = (resources.files(package) / "messages" for package in ("reports.cesar", HOME))
    return Catalogue.load(MESSAGES, *folders)


def as_json(result: Result) -> bytes:
    """Return a result as a file: the one inside the PDF, and the one to compare with later."""
    return (result.model_dump_json(indent=1) + "\n").encode()


def as_html(issue: Issue) -> str:
    """Return the whole result as one HTML document that needs no other file."""
    spoken = texts(issue.language)
    return _SITE.file(
        "file.html",
        language=issue.language,
        catalogue=catalogue(),
        title=spoken.t("cesar.sheet.title"),
        **_values(issue, spoken),
    )


def as_pdf(issue: Issue, paper: PaperName = "report") -> bytes:
    """Return a paper; raises PdfUnavailableError where Pango is missing.

    `report` is the whole with the JSON inside, `brief` the half page for whoever decides, and
    `provider` what to ask of one's IT provider: it tells neither profile nor score.
    """
    spoken = texts(issue.language)
    values = _values(issue, spoken)
    if paper == "provider":
        values |= _to_ask(shown(issue.instrument, issue.result, issue.language).actions)
    title = "title" if paper == "report" else f"{paper}.title"
    markup = _markup(f"{paper}.html", spoken, spoken.t(f"cesar.sheet.{title}"), values)
    return to_pdf(markup, attached=_attached(issue, spoken) if paper == "report" else ())


def form_pdf(profile: Profile, *, instrument: Instrument, language: str) -> bytes:
    """Return the questionnaire of a profile, empty, to be filled in with a pen."""
    spoken = texts(language)
    values: dict[str, object] = {
        "version": instrument.version,
        "profile": _profile(profile, spoken),
        "domains": _domains(profile, instrument, language),
    }
    return to_pdf(_markup("form.html", spoken, spoken.t("cesar.sheet.form.title"), values))


def _values(issue: Issue, spoken: Texts) -> dict[str, object]:
    instrument, language = issue.instrument, issue.language
    before = issue.earlier
    is_alike = before is not None and before.replies.version == instrument.version
    return {
        "shown": shown(instrument, issue.result, language),
        "earlier": shown(instrument, before, language) if before and is_alike else None,
        "compared": compared(instrument, before, issue.result, language) if before else None,
        "date": spoken.day(issue.day.isoformat()),
        "file": RESULT_JSON,
    }


def _to_ask(actions: tuple[ShownAction, ...]) -> dict[str, object]:
    return {"asked": actions[:ASKED_AT_ONCE], "more": max(len(actions) - ASKED_AT_ONCE, 0)}


def _markup(template: str, spoken: Texts, title: str, values: Mapping[str, object]) -> str:
    style = Markup(_paper(spoken))  # noqa: S704  our own files, quoted strings
    return _SITE.file(
        template,
        language=spoken.language,
        catalogue=catalogue(),
        title=title,
        style=style,
        **values,
    )


def _paper(spoken: Texts) -> str:
    """Return the stylesheet of paper with its running foot."""
    style = (resources.files(HOME) / "paper.css").read_text(encoding="utf-8")
    words = {"own": "own", "page": "page", "of": "page-of"}
    for name, message in words.items():
        said = css_string(spoken.t(f"cesar.sheet.{message}"))
        style = style.replace(f'"{{{name}}}"', said)
    return style


def _attached(issue: Issue, spoken: Texts) -> tuple[Attached, ...]:
    made = dt.datetime.combine(issue.day, dt.time(), dt.UTC)
    return (
        Attached(
            name=RESULT_JSON,
            description=spoken.t("cesar.sheet.attachment"),
            content=as_json(issue.result),
            made=made,
        ),
    )


def _profile(profile: Profile, spoken: Texts) -> str:
    named = [
        *([spoken.t(f"cesar.profession.{profile.profession}")] if profile.profession else []),
        *([spoken.t(f"cesar.size.{profile.size}")] if profile.size else []),
        *(spoken.t(f"cesar.sheet.tag.{tag}") for tag in sorted(profile.tags)),
    ]
    return ", ".join(named)


def _domains(profile: Profile, instrument: Instrument, language: str) -> list[dict[str, object]]:
    by_domain: dict[str, list[Question]] = {}
    for domain, question in placed(instrument, profile):
        by_domain.setdefault(domain.name.of(language), []).append(question)
    return [
        {"name": name, "questions": [_asked(one, profile, language) for one in some]}
        for name, some in by_domain.items()
    ]


def _asked(question: Question, profile: Profile, language: str) -> dict[str, object]:
    reasons = question.not_applicable
    return {
        "id": question.id,
        "asked": question.asked(profile.profession).of(language),
        "knock_out": question.knock_out,
        "ladder": [one.of(language) for one in question.ladder],
        "reason": reasons[0].text.of(language) if reasons else "",
    }
