"""The band of a score and what capped it: thresholds on the low score, knock-outs; pure.

50 and 75 keep continuity with earlier self-assessments of the sector; the other thresholds are
reasoned proposals, not calibrated on respondents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from reports.cesar.scoring import Judged, Score

COVERAGE: Final = 0.8
OPEN: Final = 1
HALF: Final = 2
# Sums of weights are exact, their quotients are not: 79.99999 is 80.
_EPSILON: Final = 1e-9


class Band(IntEnum):
    """The bands in their order; no band below the coverage, and incomplete is the least."""

    INCOMPLETE = 0
    D = 1
    C = 2
    B = 3
    A = 4


# Band, least low score, least low score of every domain.
_LEAST: Final = ((Band.A, 90.0, 60.0), (Band.B, 75.0, 40.0), (Band.C, 50.0, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The band after caps, what it would be without, and the questions that capped it.

    `open` are knock-outs at 0, 1, unknown or skipped: one caps at C, two or more at D. `half` are
    knock-outs at 2, which cap at B. `ceiling` is the best band that they leave. The number itself
    is never altered.
    """

    band: Band
    uncapped: Band
    ceiling: Band
    open: tuple[str, ...]
    half: tuple[str, ...]


def verdict(found: Iterable[Judged], result: Score) -> Verdict:
    """Return the band of a score with what capped it."""
    knock_outs = [one for one in found if one.question.knock_out]
    still_open = tuple(one.question.id for one in knock_outs if one.low <= OPEN)
    half = tuple(one.question.id for one in knock_outs if one.low == HALF)
    ceiling = _ceiling(len(still_open), len(half))
    uncapped = _band(result)
    return Verdict(
        band=min(uncapped, ceiling),
        uncapped=uncapped,
        ceiling=ceiling,
        open=still_open,
        half=half,
    )


def _ceiling(still_open: int, half: int) -> Band:
    if still_open:
        return Band.C if still_open == 1 else Band.D
    return Band.B if half else Band.A


def _band(result: Score) -> Band:
    if result.coverage < COVERAGE - _EPSILON:
        return Band.INCOMPLETE
    weakest = min((one.low for one in result.domains), default=0.0)
    for band, least, in_each in _LEAST:
        if result.low >= least - _EPSILON and weakest >= in_each - _EPSILON:
            return band
    return Band.D
