"""What the growth of an index says: a table, and a picture on two logarithmic axes."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from test_suites.proof.bench.figures import Figure

_NAMED: Final = re.compile(r"(.+), ([0-9]+) records")
_LEFT, _TOP, _WIDTH, _HEIGHT, _RIGHT = 70, 30, 420, 330, 330
_APART: Final = 15
_COLOURS: Final = (
    *("#1f5f3a", "#8a3b12", "#27508f", "#7a2e7a"),
    *("#8f7a1e", "#2a7f86", "#555555", "#b0413e"),
)
_FONT: Final = 'role="img" font-family="sans-serif" font-size="12"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity and its unit, by size of the index."""

    name: str
    unit: str
    by_size: dict[int, float]


def series_of(figures: Iterable[Figure]) -> tuple[Series, ...]:
    """Return the figures of all sizes by quantity."""
    told: dict[tuple[str, str], dict[int, float]] = {}
    for each in figures:
        found = _NAMED.fullmatch(each.name)
        if found is not None:
            told.setdefault((found[1], each.unit), {})[int(found[2])] = each.median
    return tuple(
        Series(name=name, unit=unit, by_size=values) for (name, unit), values in told.items()
    )


def table(series: Sequence[Series]) -> str:
    """Return a row for each quantity and a column for each size, in Markdown."""
    sizes = _sizes(series)
    rows = [("", *(f"{size:,}" for size in sizes)), ("---", *("---:" for _ in sizes))]
    for each in series:
        told = (each.by_size.get(size) for size in sizes)
        rows.append(
            (f"{each.name} ({each.unit})", *("-" if v is None else f"{v:.4g}" for v in told))
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def plot(series: Sequence[Series]) -> str:
    """Return every quantity over the number of records as SVG, both axes logarithmic."""
    sizes = _sizes(series)
    values = [value for each in series for value in each.by_size.values() if value > 0]
    low = math.floor(math.log10(min(values, default=1.0)))
    high = math.ceil(math.log10(max(values, default=10.0)))
    axes = _Axes(sizes=sizes, low=low, high=max(high, low + 1))
    width, height = _LEFT + _WIDTH + _RIGHT, _TOP + _HEIGHT + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FONT}>',
        "<title>Time and memory of matching, by number of records</title>",
        *axes.drawn(),
    ]
    labels = _spread([axes.y(_last(each)) for each in series])
    for number, (each, label) in enumerate(zip(series, labels, strict=True)):
        parts.extend(_line(each, axes, _COLOURS[number % len(_COLOURS)], label))
    return "\n".join((*parts, "</svg>")) + "\n"


class _Axes:
    """Where a size and a value lie on the picture."""

    def __init__(self, *, sizes: Sequence[int], low: int, high: int) -> None:
        self._sizes = sizes
        self._low, self._high = low, high

    def x(self, size: int) -> float:
        first, last = math.log10(self._sizes[0]), math.log10(self._sizes[-1])
        return _LEFT + _WIDTH * (math.log10(size) - first) / max(last - first, 1e-9)

    def y(self, value: float) -> float:
        at = math.log10(max(value, 10.0**self._low))
        return _TOP + _HEIGHT * (self._high - at) / (self._high - self._low)

    def drawn(self) -> Iterator[str]:
        for size in self._sizes:
            x, under = self.x(size), _TOP + _HEIGHT
            yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{under}" stroke="#dddddd"/>'
            yield f'<text x="{x:.1f}" y="{under + 18}" text-anchor="middle">{size:,}</text>'
        middle, under = _LEFT + _WIDTH / 2, _TOP + _HEIGHT + 38
        yield f'<text x="{middle:.0f}" y="{under}" text-anchor="middle">records</text>'
        for power in range(self._low, self._high + 1):
            y = self.y(10.0**power)
            end = _LEFT + _WIDTH
            yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{end}" y2="{y:.1f}" stroke="#dddddd"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'


def _line(each: Series, axes: _Axes, colour: str, label: float) -> Iterator[str]:
    points = [(axes.x(size), axes.y(value)) for size, value in sorted(each.by_size.items())]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    told = escape(f"{each.name}: {_last(each):.4g} {each.unit}")
    yield f'<text x="{_LEFT + _WIDTH + 12}" y="{label + 4:.1f}" fill="{colour}">{told}</text>'


def _spread(wanted: Sequence[float]) -> list[float]:
    """Return heights of labels near those wanted, none over another."""
    placed: dict[int, float] = {}
    free = -math.inf
    for number in sorted(range(len(wanted)), key=wanted.__getitem__):
        free = placed[number] = max(wanted[number], free + _APART)
    return [placed[number] for number in range(len(wanted))]


def _last(each: Series) -> float:
    return each.by_size[max(each.by_size)]


def _sizes(series: Sequence[Series]) -> tuple[int, ...]:
    return tuple(sorted({size for each in series for size in each.by_size}))
