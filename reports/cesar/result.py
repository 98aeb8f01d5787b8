"""The result of an assessment as a document: every figure that a page or a paper shows; pure.

Whoever shows it takes texts from the bank of the same version, by question id: a result holds
figures and ids, no sentence and no name, and reads the same in every language.
"""

from collections.abc import Mapping
from typing import Final, Literal

from reports.cesar.bands import Band, verdict
from reports.cesar.questions import Instrument
from reports.cesar.ranking import Action, actions
from reports.cesar.replies import Replies
from reports.cesar.scoring import Judged, judged, score
from scenarios.model import Declared

FORMAT: Final = "equalis-assessment-result/1"
BandName = Literal["incomplete", "D", "C", "B", "A"]
_DIGITS: Final = 1
_SAME: Final = 1e-9


class DomainResult(Declared):
    """Owns one axis of the radar: from low to high, 0 to 100."""

    id: str
    low: float
    high: float


class QuestionResult(Declared):
    """Owns what one applicable question counts as; `level` is None where it was not answered."""

    id: str
    level: int | None
    counted: int
    target: int
    skipped: bool
    doubted: bool
    above_target: bool


class ActionResult(Declared):
    """Owns one gap in the order in which to close it; see `reports.cesar.ranking.Action`."""

    question: str
    find_out: bool
    urgent: bool
    effect: float
    horizon: Literal["first", "30-days", "90-days", "180-days"]
    after: tuple[str, ...]


class Result(Declared):
    """Owns the whole result; the answers are inside, so that it can be computed again."""

    format: Literal["equalis-assessment-result/1"] = "equalis-assessment-result/1"
    replies: Replies
    low: float
    high: float
    coverage: float
    confidence: float
    band: BandName
    uncapped: BandName
    ceiling: BandName
    open: tuple[str, ...]
    half: tuple[str, ...]
    domains: tuple[DomainResult, ...]
    questions: tuple[QuestionResult, ...]
    actions: tuple[ActionResult, ...]


NAMES: Final[Mapping[Band, BandName]] = {
    Band.INCOMPLETE: "incomplete",
    Band.D: "D",
    Band.C: "C",
    Band.B: "B",
    Band.A: "A",
}


def assessed(instrument: Instrument, replies: Replies) -> Result:
    """Return what answers come to; figures are rounded here, and nowhere before.

    The low number is rounded down: a rounding never lifts a practice into a band.
    """
    found = judged(instrument, replies)
    total = score(found)
    judgement = verdict(found, total)
    return Result(
        replies=replies,
        low=_down(total.low),
        high=_up(total.low, total.high),
        coverage=_down(total.coverage * 100) / 100,
        confidence=round(total.confidence, 3),
        band=NAMES[judgement.band],
        uncapped=NAMES[judgement.uncapped],
        ceiling=NAMES[judgement.ceiling],
        open=judgement.open,
        half=judgement.half,
        domains=tuple(
            DomainResult(id=one.domain.id, low=_down(one.low), high=_up(one.low, one.high))
            for one in total.domains
        ),
        questions=tuple(_question(one) for one in found),
        actions=tuple(_action(one) for one in actions(instrument, replies)),
    )


def _question(one: Judged) -> QuestionResult:
    return QuestionResult(
        id=one.question.id,
        level=one.reply.level if one.reply else None,
        counted=one.low,
        target=one.target,
        skipped=one.reply is None,
        doubted=one.doubted,
        above_target=one.above_target,
    )


def _action(one: Action) -> ActionResult:
    return ActionResult(
        question=one.judged.question.id,
        find_out=one.find_out,
        urgent=one.urgent,
        effect=round(one.effect, _DIGITS),
        horizon=one.horizon,
        after=one.after,
    )


def _up(low: float, high: float) -> float:
    """Return the upper figure; the lower one, as it is written, where they are the same."""
    return _down(low) if high - low < _SAME else round(high, _DIGITS)


def _down(figure: float) -> float:
    """Return a figure with one decimal, rounded down; what is whole but for a float stays whole."""
    return int(figure * 10 + 1e-6) / 10
