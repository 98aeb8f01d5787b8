"""Which figures of tables stay unsaid, so that no small group can be reckoned back; pure.

A figure of 1 to 9 is never published. Further ones are withheld until neither a single withheld
figure nor the sum of those withheld in one row or column can be reckoned from what is published
(complementary suppression). Tables that share totals are held together: what one withholds, another
must not give away.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

LEAST: Final = 10
# Elimination in a prime field: exact, and as quick as whole numbers are.
_PRIME: Final = (1 << 61) - 1

Cell: TypeAlias = Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One sum that everybody knows to hold: the figure of `total` is that of its parts."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every figure in it."""
        return (self.total, *self.parts)


def withheld(
    figures: Mapping[Cell, int],
    sums: Sequence[Sum],
    *,
    elsewhere: Collection[Cell] = (),
    known: Collection[Cell] = (),
) -> frozenset[Cell]:
    """Return the cells that are not to be published.

    `elsewhere` are cells that another table withholds, `known` those that another publishes: the
    first stay unsaid here, too, and nothing can be hidden behind the second. The order of `figures`
    breaks ties, so that the same figures withhold the same.
    """
    small = (cell for cell, figure in figures.items() if 0 < figure < LEAST)
    hidden = {cell for cell in (*small, *elsewhere) if cell in figures}
    free = {cell: figure for cell, figure in figures.items() if cell not in known}
    while (weak := _weak(figures, sums, hidden, free)) is not None:
        hidden.add(weak)
    return frozenset(hidden)


def derivable(hidden: Sequence[Cell], sums: Sequence[Sum]) -> frozenset[Cell]:
    """Return the withheld cells whose figure follows from the published ones.

    Known figures go to the right side; a cell follows where a combination of the sums leaves it
    alone on the left: then it is a pivot row with no other unknown.
    """
    place = {cell: at for at, cell in enumerate(hidden)}
    rows = [_row(one, place) for one in sums]
    pivots = _reduced([row for row in rows if row])
    alone = {next(iter(row)) for row in pivots if len(row) == 1}
    return frozenset(cell for cell, at in place.items() if at in alone)


def _weak(
    figures: Mapping[Cell, int],
    sums: Sequence[Sum],
    hidden: set[Cell],
    free: Mapping[Cell, int],
) -> Cell | None:
    """Return a cell to withhold, too; None where all is safe."""
    for one in sums:
        inside = [cell for cell in one.parts if cell in hidden]
        if not inside or one.total in hidden:
            continue
        if len(inside) == 1 or sum(figures[cell] for cell in inside) < LEAST:
            found = _smallest(one.parts, free, hidden)
            if found is None:
                found = _smallest((one.total,), free, hidden)
            if found is not None:
                return found
    order = [cell for cell in figures if cell in hidden]
    given_away = derivable(order, sums)
    if not given_away:
        return None
    first = next(cell for cell in order if cell in given_away)
    near = [cell for one in sums if first in one.cells for cell in one.cells]
    found = _smallest(near, free, hidden)
    return _smallest(tuple(free), free, hidden) if found is None else found


def _smallest(cells: Sequence[Cell], free: Mapping[Cell, int], hidden: set[Cell]) -> Cell | None:
    """Return the smallest figure that may be withheld; a zero only where no other is left."""
    rank: Callable[[Cell], tuple[bool, int]] = lambda cell: (not free[cell], free[cell])  # noqa: E731  a key
    open_ = (cell for cell in cells if cell in free and cell not in hidden)
    return min(open_, key=rank, default=None)


def _row(one: Sum, place: Mapping[Cell, int]) -> dict[int, int]:
    """Return a sum's unknowns with their signs."""
    row = {place[cell]: 1 for cell in one.parts if cell in place}
    if one.total in place:
        row[place[one.total]] = _PRIME - 1
    return row


def _reduced(rows: list[dict[int, int]]) -> list[dict[int, int]]:
    """Return the rows in reduced echelon form (Gauss and Jordan), sparse."""
    done: dict[int, dict[int, int]] = {}
    for row in rows:
        left = dict(row)
        for pivot in [at for at in left if at in done]:
            _subtract(left, done[pivot], left[pivot])
        if not left:
            continue
        lead = min(left)
        inverse = pow(left[lead], -1, _PRIME)
        left = {at: value * inverse % _PRIME for at, value in left.items()}
        for other in done.values():
            if lead in other:
                _subtract(other, left, other[lead])
        done[lead] = left
    return list(done.values())


def _subtract(row: dict[int, int], other: Mapping[int, int], times: int) -> None:
    for at, value in other.items():
        left = (row.get(at, 0) - times * value) % _PRIME
        if left:
            row[at] = left
        else:
            row.pop(at, None)
