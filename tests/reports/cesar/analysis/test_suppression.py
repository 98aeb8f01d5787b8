"""Small groups stay unsaid: an attacker who differences every published figure finds none.

The attack here shares no line with what it attacks: exact fractions over the whole system.
"""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from reports.cesar.analysis.contribution import Contribution
from reports.cesar.analysis.suppression import LEAST, Cell, Sum, derivable, withheld
from reports.cesar.analysis.tables import ANSWERS, DIMENSIONS, Table, analysis, peers
from reports.cesar.bank import SIZES
from reports.cesar.questions import PROFESSIONS

Known = Mapping[Cell, int | None]


def attacked(known: Known, sums: Sequence[Sum]) -> dict[Cell, Fraction]:
    """Everything withheld that follows from what is published, with the figure found."""
    unknown = [cell for cell, figure in known.items() if figure is None]
    at = {cell: place for place, cell in enumerate(unknown)}
    rows = []
    for one in sums:
        row = [Fraction(0)] * (len(unknown) + 1)
        for cell, sign in ((one.total, -1), *((part, 1) for part in one.parts)):
            figure = known[cell]
            if figure is None:
                row[at[cell]] += sign
            else:
                row[-1] -= sign * figure
        rows.append(row)
    lead = 0
    for column in range(len(unknown)):
        pivot = next((r for r in range(lead, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[lead], rows[pivot] = rows[pivot], rows[lead]
        rows[lead] = [value / rows[lead][column] for value in rows[lead]]
        for r, row in enumerate(rows):
            if r != lead and row[column]:
                rows[r] = [a - row[column] * b for a, b in zip(row, rows[lead], strict=True)]
        lead += 1
    found = {}
    for row in rows[:lead]:
        places = [place for place, value in enumerate(row[:-1]) if value]
        if len(places) == 1:
            found[unknown[places[0]]] = row[-1]
    return found


def sums_of(table: Table) -> list[Sum]:
    """The sums that any reader of a table knows, written down anew."""
    found = []
    for row in table.rows:
        cells = tuple((row.dimension, row.group, c) for c in table.columns)
        found.append(Sum(total=(row.dimension, row.group, ""), parts=cells))
    for dimension in DIMENSIONS:
        own = [row for row in table.rows if row.dimension == dimension]
        for column in (*table.columns, ""):
            parts = tuple((row.dimension, row.group, column) for row in own)
            found.append(Sum(total=("all", "all", column), parts=parts))
    return found


def known_of(table: Table) -> dict[Cell, int | None]:
    known: dict[Cell, int | None] = {}
    for row in table.rows:
        known[row.dimension, row.group, ""] = row.total
        known |= {
            (row.dimension, row.group, c): figure
            for c, figure in zip(table.columns, row.counts, strict=True)
        }
    return known


def population(count: int, seed: int) -> list[Contribution]:
    chance = random.Random(seed)  # noqa: S311 - synthetic practices
    return [
        Contribution(
            version="2.1.0",
            month=f"2026-{chance.choice((9, 10, 10, 11, 11, 11)):02}",
            profession=chance.choices(PROFESSIONS, weights=(40, 12, 15, 1, 9, 2, 6))[0],
            size=chance.choices(SIZES, weights=(30, 40, 12, 3))[0],
            answers={"A1": chance.choices((0, 1, 2, 3, 4, 5, None), (2, 3, 6, 20, 6, 1, 3))[0]},
            domains={"A": float(chance.randrange(101))},
            low=float(chance.randrange(101)),
            band=chance.choice(("A", "B", "C", "D")),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("count", [12, 40, 150, 600])
@pytest.mark.parametrize("seed", range(6))
def test_no_withheld_figure_can_be_reckoned_back(count: int, seed: int) -> None:
    found = analysis(population(count, seed))
    for table in (found.bands, *found.questions):
        assert attacked(known_of(table), sums_of(table)) == {}


@pytest.mark.parametrize("seed", range(8))
def test_a_question_for_one_profession_tells_no_group_size_that_is_withheld(seed: int) -> None:
    some = [
        one.model_copy(
            update={"answers": {**one.answers, "PH1": 3 if one.low > 50 else 1}}
            if one.profession == "pharmacy"
            else {}
        )
        for one in population(60, seed)
    ]
    found = analysis(some)
    known, sums = known_of(found.bands), sums_of(found.bands)
    for table in found.questions:
        own = known_of(table)
        # Everybody answered: an attacker takes the sizes of groups to be those of the bands.
        shared = {cell for cell in own if cell[2] == "" and table.subject == "A1"}  # type: ignore[index]  # our tuples
        if table.subject == "PH1":
            shared = {("profession", "pharmacy", "")}
        merged: dict[Cell, int | None] = {
            (cell if cell in shared else (table.subject, cell)): figure
            for cell, figure in own.items()
        }
        for cell in shared:
            merged[cell] = known[cell] if own[cell] is None else own[cell]
        renamed = [
            Sum(
                total=one.total if one.total in shared else (table.subject, one.total),
                parts=tuple(p if p in shared else (table.subject, p) for p in one.parts),
            )
            for one in sums_of(table)
        ]
        assert attacked({**known, **merged}, [*sums, *renamed]) == {}


@pytest.mark.parametrize("seed", range(4))
def test_no_figure_from_1_to_9_is_published_and_no_withheld_rest_is_so_small(seed: int) -> None:
    some = population(150, seed)
    table = analysis(some).questions[0]
    known = known_of(table)
    assert [one for one in known.values() if one is not None and 0 < one < LEAST] == []
    for one in sums_of(table):
        total = known[one.total]
        parts = [known[part] for part in one.parts]
        if total is not None and None in parts:
            assert total - sum(part for part in parts if part is not None) >= LEAST


def test_the_attack_bites_where_only_small_figures_are_withheld() -> None:
    some = population(150, 1)
    counts: dict[Cell, int] = {
        ("profession", p, a): sum(
            one.profession == p and (a == "unknown" if one.answers["A1"] is None
                                     else a == str(one.answers["A1"]))
            for one in some
        )
        for p in PROFESSIONS
        for a in ANSWERS
    }  # fmt: skip
    sums = [
        Sum(total=("row", p), parts=tuple(("profession", p, a) for a in ANSWERS))
        for p in PROFESSIONS
    ] + [
        Sum(total=("column", a), parts=tuple(("profession", p, a) for p in PROFESSIONS))
        for a in ANSWERS
    ]
    naive: dict[Cell, int | None] = {
        cell: None if 0 < figure < LEAST else figure for cell, figure in counts.items()
    }
    for one in sums:
        naive[one.total] = sum(counts[part] for part in one.parts)
    found = attacked(naive, sums)
    assert found
    assert all(counts[cell] == figure for cell, figure in found.items())


def test_a_cell_alone_in_its_row_is_derivable_and_a_square_of_four_is_not() -> None:
    row = Sum(total="t", parts=("a", "b"))
    assert derivable(["a"], [row]) == {"a"}
    square = [
        Sum(total="r1", parts=("a", "b")),
        Sum(total="r2", parts=("c", "d")),
        Sum(total="c1", parts=("a", "c")),
        Sum(total="c2", parts=("b", "d")),
    ]
    assert derivable(["a", "b", "c", "d"], square) == frozenset()
    assert derivable(["a", "b", "c"], square) == {"a", "b", "c"}


def test_nothing_is_withheld_where_every_figure_is_large() -> None:
    figures: dict[Cell, int] = {"a": 40, "b": 60, "t": 100}
    assert withheld(figures, [Sum(total="t", parts=("a", "b"))]) == frozenset()


def test_of_fewer_than_ten_nothing_at_all_is_said() -> None:
    found = analysis(population(9, 3))
    assert found.total is None
    known = known_of(found.questions[0])
    assert {figure for figure in known.values() if figure} <= {None}
    assert all(one.mean is None for one in found.domains)


def test_peers_are_told_from_ten_on_and_never_invented() -> None:
    (like, *_) = population(1, 0)
    same = [like.model_copy(update={"low": float(at * 10)}) for at in range(10)]
    other = like.model_copy(update={"size": "large" if like.size != "large" else "solo"})
    assert peers([*same[:9], other, other], like=like) is None
    found = peers([*same, other], like=like)
    assert found is not None
    assert (found.count, found.lower, found.middle, found.upper) == (10, 22, 45, 68)
