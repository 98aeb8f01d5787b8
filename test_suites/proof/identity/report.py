"""What an evaluation of matching says: a table, and a picture beside it; measures nothing."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from test_suites.proof.identity.evaluation import Line

_COLUMNS: Final = (
    "set or kind",
    "true pairs",
    "recall",
    "precision",
    "F1",
    "certain: recall",
    "certain: precision",
    "certain: false",
)
_LEFT, _ROW, _WIDTH, _NAMED = 190, 22, 480, 12
_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" role="img"'
    ' font-family="sans-serif" font-size="12">'
)
_COLOURS: Final = (("certain", "#1f5f3a"), ("possible", "#8fbf9f"), ("missed", "#d9d9d9"))


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a table in Markdown."""
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS), *map(_cells, lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def plot(lines: Sequence[Line]) -> str:
    """Return bars as SVG: of each line's true pairs the share that is certain, possible, missed.

    Beside each bar stand precision and how many certain ones were false.
    """
    height = _ROW * (len(lines) + 2)
    parts = [
        _SVG.format(height=height),
        "<title>Recall by zone, with precision</title>",
        *_legend(),
    ]
    for at, line in enumerate(lines, start=1):
        parts.extend(_bar(line, y=_ROW * at + _NAMED))
    return "\n".join((*parts, "</svg>")) + "\n"


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        str(line.truth),
        f"{line.recall:.4f}",
        f"{line.precision:.4f}",
        f"{line.f1:.4f}",
        f"{line.certain_recall:.4f}",
        f"{line.certain_precision:.4f}",
        str(line.false_certain),
    )


def _legend() -> list[str]:
    return [
        f'<rect x="{_LEFT + 110 * at}" y="2" width="12" height="12" fill="{colour}"/>'
        f'<text x="{_LEFT + 110 * at + 16}" y="12">{name}</text>'
        for at, (name, colour) in enumerate(_COLOURS)
    ]


def _bar(line: Line, *, y: int) -> list[str]:
    total = max(line.truth, 1)
    missed = line.truth - line.certain - line.possible
    x, drawn = float(_LEFT), [f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">']
    drawn[0] += f"{escape(line.name)}</text>"
    for (_, colour), share in zip(_COLOURS, (line.certain, line.possible, missed), strict=True):
        wide = _WIDTH * max(share, 0) / total
        drawn.append(
            f'<rect x="{x:.1f}" y="{y - 12}" width="{wide:.1f}" height="16" fill="{colour}"/>'
        )
        x += wide
    told = f"precision {line.precision:.4f}, certain and false {line.false_certain}"
    drawn.append(f'<text x="{_LEFT + _WIDTH + 8}" y="{y}">{told}</text>')
    return drawn
