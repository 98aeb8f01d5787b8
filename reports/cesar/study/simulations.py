"""The four studies: coverage, evidence, contradictions, ranking; each is a plot of curves.

Everything is reproducible: the same seed and number of people give the same figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import Final

from reports.cesar.bands import OPEN, Band
from reports.cesar.questions import Instrument
from reports.cesar.ranking import EFFORT, FIRST, actions, done
from reports.cesar.replies import Evidence, Replies
from reports.cesar.scoring import Judged, contradicted, judged, score
from reports.cesar.study.population import (
    band_without_coverage,
    evidenced,
    hiding,
    judgement,
    optimistic,
    overstating,
    population,
)

SEED: Final = 20261129
STEPS: Final = tuple(step / 20 for step in range(11))
MOST_ACTIONS: Final = 12
ODDS: Final[Mapping[Evidence, float]] = {"A": 0.02, "B": 0.1, "C": 0.35}
_PERCENT: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One named line of a plot: points of x and y, both as they are written on the axes."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study by its id, with its curves and a few figures that tell what came out."""

    id: str
    curves: tuple[Curve, ...]
    figures: Mapping[str, float]


def studies(instrument: Instrument, *, people: int, seed: int = SEED) -> tuple[Study, ...]:
    """Return all four studies over one synthetic population."""
    truth = population(instrument, people=people, chance=Random(seed))  # noqa: S311 - no secret
    return tuple(
        study(instrument, truth, Random(seed))  # noqa: S311 - a simulation, reproducible
        for study in (coverage, evidence, contradictions, ranking)
    )


def coverage(instrument: Instrument, truth: Sequence[Replies], chance: Random) -> Study:
    """Study how many answers may be unknown before a band would mislead."""
    incomplete, too_low, width, inside = [], [], [], []
    for share in STEPS:
        seen = [(one, hiding(one, share=share, chance=chance)) for one in truth]
        results = [judgement(instrument, after)[0] for _, after in seen]
        known = [judgement(instrument, before) for before, _ in seen]
        bands = [band_without_coverage(instrument, after) for _, after in seen]
        incomplete.append(
            _share(judgement(instrument, after)[1].uncapped is Band.INCOMPLETE for _, after in seen)
        )
        too_low.append(
            _share(
                band.uncapped < before[1].uncapped
                for band, before in zip(bands, known, strict=True)
            )
        )
        width.append(fmean(one.high - one.low for one in results))
        inside.append(
            _share(
                one.low - 1e-9 <= before[0].low <= one.high + 1e-9
                for one, before in zip(results, known, strict=True)
            )
        )
    return Study(
        id="coverage",
        curves=(
            _curve("incomplete", incomplete),
            _curve("too-low", too_low),
            _curve("width", width),
        ),
        figures={
            "too_low_at_20": round(too_low[STEPS.index(0.2)]),
            "width_at_20": round(width[STEPS.index(0.2)], 1),
            "inside": round(min(inside), 1),
        },
    )


def evidence(instrument: Instrument, truth: Sequence[Replies], chance: Random) -> Study:
    """Study whether the confidence index follows how far answers overstate."""
    index, overstated = [], []
    shares = tuple(step / 10 for step in range(11))
    for share in shares:
        graded = [evidenced(one, share=share, chance=chance) for one in truth]
        claimed = [judgement(instrument, optimistic(one, ODDS, chance))[0] for one in graded]
        real = [judgement(instrument, one)[0] for one in graded]
        index.append(_PERCENT * fmean(one.confidence for one in claimed))
        overstated.append(fmean(a.low - b.low for a, b in zip(claimed, real, strict=True)))
    return Study(
        id="evidence",
        curves=(
            _curve("confidence", index, shares),
            _curve("overstated", overstated, shares),
        ),
        figures={
            "declared": round(overstated[0], 1),
            "evidenced": round(overstated[-1], 1),
        },
    )


def contradictions(instrument: Instrument, truth: Sequence[Replies], chance: Random) -> Study:
    """Study how many who overstate contradict themselves, and what it costs them."""
    caught, lost, honest = [], [], []
    plain = instrument.model_copy(update={"contradictions": ()})
    for share in STEPS:
        claimed = [overstating(one, share=share, chance=chance) for one in truth]
        caught.append(_share(bool(contradicted(instrument, one)) for one in claimed))
        lost.append(
            fmean(
                judgement(plain, one)[0].low - judgement(instrument, one)[0].low for one in claimed
            )
        )
        slips = [optimistic(one, {"A": 0, "B": 0, "C": share}, chance) for one in truth]
        honest.append(_share(bool(contradicted(instrument, one)) for one in slips))
    return Study(
        id="contradictions",
        curves=(
            _curve("caught", caught),
            _curve("slips", honest),
            _curve("lost", lost),
        ),
        figures={
            "caught_at_30": round(caught[STEPS.index(0.3)]),
            "slips_at_30": round(honest[STEPS.index(0.3)]),
            "lost_at_30": round(lost[STEPS.index(0.3)], 1),
        },
    )


def ranking(instrument: Instrument, truth: Sequence[Replies], chance: Random) -> Study:
    """Study what the first actions bring, against other orders of the same gaps."""
    orders: Mapping[str, Callable[[Replies], list[Judged]]] = {
        "ranked": lambda replies: [one.judged for one in actions(instrument, replies)],
        "weight": lambda replies: sorted(
            _gaps(instrument, replies), key=lambda one: -one.question.weight
        ),
        "easy": lambda replies: sorted(
            _gaps(instrument, replies), key=lambda one: EFFORT[one.question.effort]
        ),
        "random": lambda replies: _shuffled(_gaps(instrument, replies), chance),
    }
    curves, figures = [], {}
    for name, order in orders.items():
        runs = [list(_followed(instrument, one, order(one))) for one in truth]
        steps = zip(*runs, strict=True)
        points = tuple((at, fmean(low for low, _, _ in step)) for at, step in enumerate(steps))
        curves.append(Curve(name=name, points=points))
        figures[f"open_{name}"] = round(fmean(run[FIRST][1] for run in runs), 2)
        figures[f"effort_{name}"] = round(fmean(run[FIRST][2] for run in runs), 1)
    figures["open_before"] = round(fmean(_open(instrument, one) for one in truth), 2)
    return Study(id="ranking", curves=tuple(curves), figures=figures)


def _followed(
    instrument: Instrument, replies: Replies, order: Sequence[Judged]
) -> Iterator[tuple[float, int, int]]:
    """Yield low score, open knock-outs and effort spent, before and after each action."""
    spent = 0
    for at in range(MOST_ACTIONS + 1):
        yield score(judged(instrument, replies)).low, _open(instrument, replies), spent
        if at < len(order):
            replies = done(replies, order[at])
            spent += EFFORT[order[at].question.effort]


def _gaps(instrument: Instrument, replies: Replies) -> list[Judged]:
    return [one for one in judged(instrument, replies) if one.low < one.target]


def _open(instrument: Instrument, replies: Replies) -> int:
    found = judged(instrument, replies)
    return sum(one.question.knock_out and one.low <= OPEN for one in found)


def _shuffled(gaps: list[Judged], chance: Random) -> list[Judged]:
    chance.shuffle(gaps)
    return gaps


def _share(facts: Iterator[bool]) -> float:
    return _PERCENT * fmean(facts)


def _curve(name: str, values: Sequence[float], at: Sequence[float] = STEPS) -> Curve:
    points = tuple((_PERCENT * x, y) for x, y in zip(at, values, strict=True))
    return Curve(name=name, points=points)
