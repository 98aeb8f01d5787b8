"""Renders the page of the CESAR study from its figures; simulates nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.web.charts import Series
from reference_server.kernel.web.jinja import environment
from reference_server.text import LANGUAGES
from reports.cesar.questions import Instrument, InstrumentName
from reports.cesar.readability import Readability, of_whole
from reports.cesar.study.simulations import Study
from reports.render.texts import texts

HARDEST: Final = 5
FEWEST_WORDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One study as the page shows it: its lines, their table and what came out."""

    id: str
    title: str
    lead: str
    found: str
    across: str
    up: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the figures of the chart as rows of a table."""
        columns = zip(*(one.values for one in self.series), strict=True)
        return tuple(
            (label, *(f"{value:.1f}" for value in row))
            for label, row in zip(self.labels, columns, strict=True)
        )


def study_page(
    studies: Sequence[Study],
    banks: Sequence[Instrument],
    measured: Mapping[InstrumentName, Sequence[Readability]],
    *,
    people: int,
    language: str,
) -> str:
    """Return the page; `measured` holds the readability of every text, by instrument."""
    spoken = texts(language)
    return (
        environment("reports.render")
        .get_template("study.j2")
        .render(
            t=spoken.t,
            language=language,
            people=people,
            studies=[_shown(one, language) for one in studies],
            reading=[
                (bank.title.of(language), [round(of_whole(bank, each)) for each in LANGUAGES])
                for bank in banks
            ],
            hardest=[
                (bank.title.of(language), one, _text(bank, one))
                for bank in banks
                for one in _hardest(measured[bank.name], language)
            ],
        )
    )


def _shown(study: Study, language: str) -> Shown:
    t = texts(language).t
    return Shown(
        id=study.id,
        title=t(f"cesar.study.{study.id}.title"),
        lead=t(f"cesar.study.{study.id}.lead"),
        found=t(f"cesar.study.{study.id}.found", **study.figures),
        across=t(f"cesar.study.{study.id}.across"),
        up=t(f"cesar.study.{study.id}.up"),
        labels=tuple(f"{x:g}" for x, _ in study.curves[0].points),
        series=tuple(
            Series(
                label=t(f"cesar.study.curve.{curve.name}"),
                values=tuple(round(y, 2) for _, y in curve.points),
            )
            for curve in study.curves
        ),
    )


def _hardest(measured: Sequence[Readability], language: str) -> list[Readability]:
    """Return the texts that read worst, of those long enough for the measure to mean something."""
    mine = [one for one in measured if one.language == language and one.words >= FEWEST_WORDS]
    return sorted(mine, key=lambda one: one.ease)[:HARDEST]


def _text(bank: Instrument, one: Readability) -> str:
    question = bank.question(one.question)
    return dict(question.texts())[one.field].of(one.language)
