"""What to do first: every gap as an action, ranked, with its effect on the score; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from reports.cesar.bands import OPEN
from reports.cesar.questions import Effort, Instrument, Threat
from reports.cesar.replies import Replies, Reply
from reports.cesar.scoring import Judged, credit, judged, score

FIRST: Final = 6
# How often a threat strikes small practices; the order is a reading of public reports, the
# figures are a proposal.
THREAT_FACTOR: Final[Mapping[Threat, float]] = {
    "ransomware": 1.5,
    "phishing": 1.4,
    "supplier": 1.3,
    "loss": 1.2,
    "insider": 1.1,
    "error": 1.0,
}
EFFORT: Final[Mapping[Effort, int]] = {"hour": 1, "day": 2, "project": 4}
Horizon: TypeAlias = Literal["first", "30-days", "90-days", "180-days"]
_BY_EFFORT: Final[Mapping[Effort, Horizon]] = {
    "hour": "30-days",
    "day": "90-days",
    "project": "180-days",
}
_HORIZONS: Final[tuple[Horizon, ...]] = ("first", "30-days", "90-days", "180-days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One gap and what closing it brings; texts, effort and proof are the question's own.

    `find_out` says that the answer is unknown: asking the provider comes before doing anything.
    `urgent` is an open knock-out. `effect` is how many points the low score gains if this alone
    is done. `after` names the gaps that come before it.
    """

    judged: Judged
    find_out: bool
    urgent: bool
    value: float
    effect: float
    horizon: Horizon
    after: tuple[str, ...]


def actions(instrument: Instrument, replies: Replies) -> tuple[Action, ...]:
    """Return every gap among the answers given, in the order in which to close them.

    Open knock-outs come first, then value: weight times missing share of the target times threat
    factor, divided by effort. What is required comes before what requires it. A question that was
    skipped is no known gap, and is not among them.
    """
    gaps = {one.question.id: one for one in judged(instrument, replies) if _is_gap(one)}
    order = _ordered(gaps)
    before = score(judged(instrument, replies)).low
    horizons: dict[str, Horizon] = {}
    found: list[Action] = []
    for place, name in enumerate(order):
        one = gaps[name]
        after = tuple(required for required in one.question.requires if required in gaps)
        horizons[name] = _horizon(one, place, [horizons[required] for required in after])
        found.append(
            Action(
                judged=one,
                find_out=not one.answered,
                urgent=_is_urgent(one),
                value=value(one),
                effect=score(judged(instrument, done(replies, one))).low - before,
                horizon=horizons[name],
                after=after,
            )
        )
    return tuple(found)


def value(one: Judged) -> float:
    """Return what closing a gap is worth for an hour of work, relative to other gaps."""
    question = one.question
    missing = 1 - credit(one.low, one.target)
    return question.weight * missing * THREAT_FACTOR[question.threat] / EFFORT[question.effort]


def done(replies: Replies, one: Judged) -> Replies:
    """Return the same answers with one gap closed: its question at the target."""
    evidence = one.reply.evidence if one.reply else "C"
    return replies.replying(one.question.id, Reply(level=one.target, evidence=evidence))


def _is_gap(one: Judged) -> bool:
    return one.reply is not None and one.low < one.target


def _is_urgent(one: Judged) -> bool:
    return one.question.knock_out and one.low <= OPEN


def _ordered(gaps: Mapping[str, Judged]) -> tuple[str, ...]:
    """Return the gaps best first, each preceded by the gaps that it requires."""
    ranked = sorted(
        gaps,
        key=lambda name: (not _is_urgent(gaps[name]), -value(gaps[name]), name),
    )
    placed: dict[str, None] = {}

    def place(name: str) -> None:
        if name in placed:
            return
        for required in gaps[name].question.requires:
            if required in gaps:
                place(required)
        placed[name] = None

    for name in ranked:
        place(name)
    return tuple(placed)


def _horizon(one: Judged, place: int, before: Iterable[Horizon]) -> Horizon:
    """Return when to do it: the first six at once, the rest by effort, after what it needs."""
    if place < FIRST:
        return "first"
    return max((_BY_EFFORT[one.question.effort], *before), key=_HORIZONS.index)
