"""Tables of many contributions: answers to a question by profession, size and month; pure.

What may not be published is None in them, and only what may leaves this module.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, quantiles
from typing import Final, Literal, TypeAlias

from reports.cesar.analysis.contribution import Contribution
from reports.cesar.analysis.suppression import LEAST, Cell, Sum, withheld

Dimension: TypeAlias = Literal["profession", "size", "month"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("profession", "size", "month")
ANSWERS: Final = ("0", "1", "2", "3", "4", "5", "unknown")
BANDS: Final = ("A", "B", "C", "D")
ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one group answered: the group's size and a count for each answer, None if withheld."""

    dimension: Dimension | Literal["all"]
    group: str
    total: int | None
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The answers to one question, or the bands: `columns` name the counts of each row."""

    subject: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The mean score of a domain, 0 to 100, over everybody it concerns; None if withheld."""

    domain: str
    total: int | None
    mean: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything that may be published of some contributions."""

    total: int | None
    bands: Table
    questions: tuple[Table, ...]
    domains: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Where others of the same profession and size stand: quartiles of the low score, rounded."""

    count: int
    lower: int
    middle: int
    upper: int


def analysis(given: Iterable[Contribution]) -> Analysis:
    """Return what may be published of contributions to one version of the questions."""
    some = tuple(given)
    asked = sorted({name for one in some for name in one.answers}, key=_natural)
    bands = _table("bands", BANDS, [(one, one.band) for one in some])
    return Analysis(
        total=len(some) if len(some) >= LEAST else None,
        bands=bands,
        questions=tuple(
            _table(
                name,
                ANSWERS,
                [(one, _said(one.answers[name])) for one in some if name in one.answers],
                bands,
            )
            for name in asked
        ),
        domains=tuple(_levels(some, bands)),
    )


def peers(given: Iterable[Contribution], *, like: Contribution) -> Peers | None:
    """Return where others of a kind stand; None where they are fewer than ten."""
    scores = sorted(
        one.low for one in given if (one.profession, one.size) == (like.profession, like.size)
    )
    if len(scores) < LEAST:
        return None
    lower, middle, upper = quantiles(scores, n=4, method="inclusive")
    return Peers(count=len(scores), lower=round(lower), middle=round(middle), upper=round(upper))


def _said(level: int | None) -> str:
    return "unknown" if level is None else str(level)


def _natural(name: str) -> tuple[str, int]:
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :])


def _table(
    subject: str,
    columns: Sequence[str],
    said: Sequence[tuple[Contribution, str]],
    beside: Table | None = None,
) -> Table:
    """Return a table with what must be withheld left out.

    `beside` is the table of everybody: how large a group is stays unsaid here where it does there,
    for a question that concerns one profession alone would tell it.
    """
    counted: Counter[Cell] = Counter()
    groups: dict[str, set[str]] = {dimension: set() for dimension in DIMENSIONS}
    for one, answer in said:
        counted[ALL, ALL, answer] += 1
        for dimension in DIMENSIONS:
            group = str(getattr(one, dimension))
            groups[dimension].add(group)
            counted[dimension, group, answer] += 1
    named = [(ALL, ALL), *((d, group) for d in DIMENSIONS for group in sorted(groups[d]))]
    figures: dict[Cell, int] = {
        **{(d, g, c): counted[d, g, c] for d, g in named for c in columns},
        **{(d, g, ""): sum(counted[d, g, c] for c in columns) for d, g in named},
    }
    sizes = {} if beside is None else {(r.dimension, r.group, ""): r.total for r in beside.rows}
    hidden = withheld(
        figures,
        tuple(_sums(named, columns)),
        elsewhere=[cell for cell, size in sizes.items() if size is None],
        known=[cell for cell, size in sizes.items() if size and size == figures.get(cell)],
    )
    shown = {cell: None if cell in hidden else figure for cell, figure in figures.items()}
    return Table(
        subject=subject,
        columns=tuple(columns),
        rows=tuple(
            Row(
                dimension=d,  # type: ignore[arg-type]  # one of the names above
                group=g,
                total=shown[d, g, ""],
                counts=tuple(shown[d, g, c] for c in columns),
            )
            for d, g in named
        ),
    )


def _sums(named: Sequence[tuple[str, str]], columns: Sequence[str]) -> Iterator[Sum]:
    """Yield every sum that a reader knows: of rows, and of each dimension's groups."""
    for d, g in named:
        yield Sum(total=(d, g, ""), parts=tuple((d, g, c) for c in columns))
    for dimension in DIMENSIONS:
        own = [(d, g) for d, g in named if d == dimension]
        for column in (*columns, ""):
            parts = tuple((d, g, column) for d, g in own)
            yield Sum(total=(ALL, ALL, column), parts=parts)


def _levels(some: Sequence[Contribution], bands: Table) -> Iterator[Level]:
    unsaid = {(row.dimension, row.group) for row in bands.rows if row.total is None}
    for domain in sorted({name for one in some for name in one.domains}):
        concerned = [one for one in some if domain in one.domains]
        scores = [one.domains[domain] for one in concerned]
        kinds = {one.profession for one in concerned}
        if len(kinds) == 1 and ("profession", *kinds) in unsaid:
            yield Level(domain=domain, total=None, mean=None)
            continue
        # Those whom a domain does not concern are a group, too: the rest of everybody.
        rest = len(some) - len(scores)
        is_open = len(scores) >= LEAST and (rest == 0 or rest >= LEAST)
        yield Level(
            domain=domain,
            total=len(scores) if is_open else None,
            mean=round(mean(scores)) if is_open else None,
        )
