"""Draws what may be published of many assessments: HTML, PDF, CSV; withholds nothing itself."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from markupsafe import Markup

from reference_server.kernel.web import MESSAGES, Site
from reference_server.text import Catalogue
from reports.cesar.analysis.suppression import LEAST
from reports.cesar.analysis.tables import Analysis, Row, Table
from reports.cesar.bank import SIZES
from reports.cesar.questions import PROFESSIONS, Instrument
from reports.render.page import css_string
from reports.render.pdf import to_pdf
from reports.render.result.papers import HOME as PAPER
from reports.render.texts import Texts, texts

HOME: Final = "reports.render.analysis"
# Groups stand in the order in which a person is asked for them; months are in order already.
_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {"profession": PROFESSIONS, "size": SIZES}
_SITE: Final = Site(home=HOME, title="web.product", styles=("result.css",), borrows=(PAPER,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Yearly:
    """What a report is made of: the analysis, the questions it is about, the years and the day."""

    analysis: Analysis
    instrument: Instrument
    period: str
    day: str
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table as it is written: shares in per cent, a dot for what is withheld."""

    name: str
    total: str
    shares: tuple[str, ...]


@cache
def catalogue() -> Catalogue:
    """Return the sentences of the analysis."""
    folders = (resources.files(one) / "messages" for one in ("reports.cesar", PAPER, HOME))
    return Catalogue.load(MESSAGES, *folders)


def as_html(yearly: Yearly, language: str) -> str:
    """Return the page: one HTML document that needs no other file."""
    return _document("page.html", yearly, texts(language), {})


def as_pdf(yearly: Yearly, language: str) -> bytes:
    """Return the yearly report; raises PdfUnavailableError where Pango is missing."""
    spoken = texts(language)
    style = (resources.files(PAPER) / "paper.css").read_text(encoding="utf-8")
    own = (resources.files(HOME) / "report.css").read_text(encoding="utf-8")
    words = {"own": "analysis.foot", "page": "sheet.page", "of": "sheet.page-of"}
    for name, message in words.items():
        said = catalogue().render(f"cesar.{message}", {}, language)
        style = style.replace(f'"{{{name}}}"', css_string(said))
    markup = Markup(style + own)  # noqa: S704  our own files, quoted strings
    return to_pdf(_document("report.html", yearly, spoken, {"style": markup}))


def as_csv(analysis: Analysis) -> str:
    """Return every table: one line a count; the count is empty where it is withheld."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("subject", "dimension", "group", "answer", "count"))
    for table in (analysis.bands, *analysis.questions):
        for row in table.rows:
            cells = (("total", row.total), *zip(table.columns, row.counts, strict=True))
            for answer, count in cells:
                said = "" if count is None else count
                lines.writerow((table.subject, row.dimension, row.group, answer, said))
    for one in analysis.domains:
        said = "" if one.mean is None else one.mean
        lines.writerow((f"domain {one.domain}", "all", "all", "mean", said))
    return out.getvalue()


def _document(template: str, yearly: Yearly, spoken: Texts, more: dict[str, object]) -> str:
    language = spoken.language
    return _SITE.file(
        template,
        language=language,
        catalogue=catalogue(),
        title=catalogue().render("cesar.analysis.title", {"period": yearly.period}, language),
        yearly=yearly,
        least=LEAST,
        bands=_bars(yearly.analysis.bands.rows[0], yearly.analysis.bands),
        domains=_domains(yearly, language),
        by_group=tuple(_by_group(yearly.analysis.bands, spoken)),
        questions=tuple(_questions(yearly, language)),
        annex=tuple(_annex(yearly, spoken)),
        **more,
    )


def _bars(row: Row, table: Table) -> list[tuple[str, int]]:
    """Return the counts that may be drawn."""
    pairs = zip(table.columns, row.counts, strict=True)
    return [(name, count) for name, count in pairs if count is not None]


def _domains(yearly: Yearly, language: str) -> list[tuple[str, int]]:
    means = {one.domain: one.mean for one in yearly.analysis.domains}
    ordered = ((one.name.of(language), means.get(one.id)) for one in yearly.instrument.domains)
    return [(name, mean) for name, mean in ordered if mean is not None]


def _by_group(table: Table, spoken: Texts) -> Iterator[tuple[str, tuple[Line, ...]]]:
    for dimension in ("profession", "size", "month"):
        yield (
            dimension,
            tuple(_line(_group(row, spoken), row) for row in _in_order(table.rows, dimension)),
        )


def _in_order(rows: Iterable[Row], dimension: str) -> list[Row]:
    """Return the groups of a dimension in the order in which people know them."""
    own = [row for row in rows if row.dimension == dimension]
    order = _ORDERS.get(dimension)
    return own if order is None else sorted(own, key=lambda row: order.index(row.group))


def _group(row: Row, spoken: Texts) -> str:
    if row.dimension == "month":
        return row.group.replace("/", " \N{EN DASH} ")
    return spoken.t(f"cesar.{row.dimension}.{row.group}")


def _questions(yearly: Yearly, language: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    tables = {one.subject: one for one in yearly.analysis.questions}
    for domain in yearly.instrument.domains:
        lines = tuple(
            _line(one.question.of(language), tables[one.id].rows[0])
            for one in domain.questions
            if one.id in tables
        )
        if lines:
            yield domain.name.of(language), lines


def _annex(yearly: Yearly, spoken: Texts) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Yield each question with its answers by profession and size; months are in the CSV alone."""
    tables = {one.subject: one for one in yearly.analysis.questions}
    for question in yearly.instrument.questions():
        rows = tables[question.id].rows if question.id in tables else ()
        groups = [row for dimension in _ORDERS for row in _in_order(rows, dimension)]
        if groups:
            name = f"{question.id}. {question.question.of(spoken.language)}"
            yield name, tuple(_line(_group(row, spoken), row) for row in groups)


def _line(name: str, row: Row) -> Line:
    return Line(
        name=name,
        total="·" if row.total is None else str(row.total),
        shares=tuple(_share(count, row.total) for count in row.counts),
    )


def _share(count: int | None, total: int | None) -> str:
    """Return a share in per cent; none where the count or the group's size is withheld."""
    if count is None or total is None:
        return "·"
    return f"{100 * count / total:.0f}" if total else "0"
