"""Renders the page that leads to several reports; decides nothing and reads no folder."""

from dataclasses import dataclass

from reports.render import shapes
from reports.render.model import Report
from reports.render.page import environment, needs_attention, sentences, stylesheet
from reports.render.texts import texts

MEANINGS = {
    "report.html": "report.index.html",
    "report.pdf": "report.index.pdf",
    "report.json": "report.index.json",
    "junit.xml": "report.index.junit",
    "journal.jsonl": "report.index.journal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One report: its folder beside the index page, that folder's path as a person types it."""

    folder: str
    shown: str
    report: Report
    present: frozenset[str]

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files that are there, each with what it is for."""
        return tuple((name, why) for name, why in MEANINGS.items() if name in self.present)

    @property
    def attention(self) -> int:
        """How many findings somebody has to look at."""
        return len(needs_attention(self.report.findings))


def render_index(entries: tuple[Entry, ...], *, language: str = "fr") -> str:
    """Return index.html: outcome and files of each report, self-contained."""
    spoken = texts(language)
    return (
        environment(spoken)
        .get_template("index.html.j2")
        .render(
            entries=entries,
            lab=entries[0].report.lab,
            language=language,
            pdf=False,
            shapes=shapes,
            stylesheet=stylesheet(),
            **sentences(spoken),
        )
    )
