"""Where the lines and bars of a chart lie; draws nothing (templates do) and knows no figure.

Everything is plain SVG with presentation attributes, so that browsers and WeasyPrint draw alike
and a Content-Security-Policy has nothing to forbid. Lengths are in SVG user units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

COLOURS: Final = ("#2f7ebc", "#c8651b", "#2e9263", "#8a63b8")
"""Of series in their order: apart in light and dark, in print, and for colour-blind eyes."""
DASHES: Final = ("", "7 4", "2 4", "9 3 2 3")
_BAR_WIDTH: Final = 360.0
_BAR_STEP: Final = 34.0
_TICKS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the paper, with what is written there."""

    x: float
    y: float
    label: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: `value` as it is told, from `x` on `width` long, at the height `y`.

    `low` and `high` are the ends of the range of what is not sure, None where all is.
    """

    label: str
    value: str
    y: float
    width: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values in the order of the axis; `label` says of what."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A series as SVG points (`x,y x,y`), its look, and its single points."""

    label: str
    points: str
    colour: str
    dash: str
    marks: tuple[Point, ...]


def bars(
    rows: Sequence[tuple[str, float]],
    *,
    most: float,
    ranges: Sequence[tuple[float, float] | None] = (),
) -> tuple[Bar, ...]:
    """Return horizontal bars of (label, value) with 0 ≤ value ≤ most, perhaps with ranges."""
    scale = _BAR_WIDTH / most if most > 0 else 0.0
    spread = (*ranges, *(None for _ in range(len(rows) - len(ranges))))
    return tuple(
        Bar(
            label=label,
            value=number(value),
            y=at * _BAR_STEP,
            width=_round(value * scale),
            low=None if span is None else _round(span[0] * scale),
            high=None if span is None else _round(span[1] * scale),
        )
        for at, ((label, value), span) in enumerate(zip(rows, spread, strict=True))
    )


def radar_axes(labels: Sequence[str], *, radius: float = 150.0) -> tuple[Point, ...]:
    """Return the outer ends of a radar's axes, from noon clockwise."""
    return tuple(
        _on_circle(at, len(labels), radius, label=label) for at, label in enumerate(labels)
    )


def radar_ring(count: int, share: float, *, radius: float = 150.0) -> str:
    """Return the SVG points of one ring of a radar."""
    return _joined([_on_circle(at, count, radius * share) for at in range(count)])


def radar(series: Sequence[Series], *, most: float, radius: float = 150.0) -> tuple[Curve, ...]:
    """Return the curves of a radar; every series has one value (0 … most) an axis."""
    made = []
    for at, each in enumerate(series):
        marks = [
            _on_circle(axis, len(each.values), radius * value / most, label=number(value))
            for axis, value in enumerate(each.values)
        ]
        made.append(_curve(at, each.label, marks))
    return tuple(made)


def line(
    series: Sequence[Series], *, width: float = 520.0, height: float = 220.0, most: float
) -> tuple[Curve, ...]:
    """Return the curves of a line chart, values from 0 to `most`, evenly spaced."""
    made = []
    for at, each in enumerate(series):
        step = width / max(len(each.values) - 1, 1)
        marks = [
            Point(
                x=_round(place * step),
                y=_round(height - height * value / most),
                label=number(value),
            )
            for place, value in enumerate(each.values)
        ]
        made.append(_curve(at, each.label, marks))
    return tuple(made)


def ticks(most: float, *, about: int = 5) -> tuple[float, ...]:
    """Return round numbers from 0 to at least `most`, about so many."""
    if most <= 0:
        return (0.0, 1.0)
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in _TICKS if power * each >= rough * (1 - 1e-9))
    count = math.ceil(most / step - 1e-9)
    return tuple(round(step * each, 10) for each in range(count + 1))


def number(value: float) -> str:
    """Return a number as charts write it: no needless zeros, at most two places."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _curve(at: int, label: str, marks: Sequence[Point]) -> Curve:
    return Curve(
        label=label,
        points=_joined(marks),
        colour=COLOURS[at % len(COLOURS)],
        dash=DASHES[at % len(DASHES)],
        marks=tuple(marks),
    )


def _on_circle(at: int, count: int, radius: float, *, label: str = "") -> Point:
    angle = 2 * math.pi * at / count - math.pi / 2
    x, y = _round(radius * math.cos(angle)), _round(radius * math.sin(angle))
    anchor = "middle" if abs(x) < 1 else "start" if x > 0 else "end"
    return Point(x=x, y=y, label=label, anchor=anchor)


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{each.x:g},{each.y:g}" for each in points)


def _round(value: float) -> float:
    return round(value, 1) + 0.0
