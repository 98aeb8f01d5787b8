"""What answers come to: a number from low to high, domain by domain; pure, knows no band.

Every law below holds at a fixed profile, with the same questions not applicable. The bank's
weights and the targets are reasoned proposals, not calibrated on respondents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reports.cesar.path import Profile, placed
from reports.cesar.questions import LADDER, Contradiction, Domain, Instrument, Question
from reports.cesar.replies import Replies, Reply

BEST: Final = LADDER - 1
FULL: Final = 100.0
GRADES: Final = {"A": 1.0, "B": 0.8, "C": 0.5}
_STRICT: Final = 4
_USUAL: Final = 3
_LENIENT: Final = 2
_LIGHT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One question that applies, with what it counts as; levels and target are 0 to 5.

    `low` takes what is unanswered as 0 and a doubted answer as lowered, `high` as full. `reply`
    is None where the question was skipped.
    """

    domain: Domain
    question: Question
    reply: Reply | None
    target: int
    low: int
    high: int

    @property
    def answered(self) -> bool:
        """Tell whether there is an answer; "I don't know" and a skipped question are none."""
        return self.reply is not None and self.reply.kind == "level"

    @property
    def doubted(self) -> bool:
        """Tell whether another answer lowered this one."""
        given = self.reply.level if self.reply else None
        return given is not None and self.low < given

    @property
    def above_target(self) -> bool:
        """Tell whether more is done than the target; shown, but buys off nothing elsewhere."""
        return self.answered and self.low > self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainScore:
    """The score of one domain, 0 to 100; `weight` is the domain's own."""

    domain: Domain
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The whole number: `low` to `high` from 0 to 100; `coverage` and `confidence` from 0 to 1.

    A domain in which nothing applies is absent, and leaves the weighting.
    """

    low: float
    high: float
    coverage: float
    confidence: float
    domains: tuple[DomainScore, ...]


def target(question: Question, profile: Profile) -> int:
    """Return the level that is enough: 3, or 4 above twenty people and for a laboratory.

    Whoever works alone needs 2 where a question weighs less than 3; a vendor needs 3.
    """
    if profile.size == "large" or profile.profession == "laboratory":
        return _STRICT
    return _LENIENT if profile.size == "solo" and question.weight < _LIGHT else _USUAL


def credit(level: int, aim: int) -> float:
    """Return how much of the target is reached, 0 to 1; more than the target is no more than 1."""
    return min(level, aim) / aim


def judged(instrument: Instrument, replies: Replies) -> tuple[Judged, ...]:
    """Return every question that applies, in the bank's order, with what it counts as."""
    given = replies.replies
    applying = [
        (domain, question)
        for domain, question in placed(instrument, replies.profile)
        if not is_left_out(given.get(question.id))
    ]
    low = {one.id: _level(given.get(one.id), otherwise=0) for _, one in applying}
    high = {one.id: _level(given.get(one.id), otherwise=BEST) for _, one in applying}
    lowered, raised = _lowered(low, instrument), _lowered(high, instrument)
    return tuple(
        Judged(
            domain=domain,
            question=question,
            reply=given.get(question.id),
            target=target(question, replies.profile),
            low=lowered[question.id],
            high=raised[question.id],
        )
        for domain, question in applying
    )


def score(found: Iterable[Judged]) -> Score:
    """Return the score of judged questions; 0 and uncovered where nothing applies."""
    found = tuple(found)
    domains = tuple(_domain_scores(found))
    weight = sum(one.domain.weight for one in domains)
    asked = sum(one.question.weight for one in found)
    return Score(
        low=sum(one.domain.weight * one.low for one in domains) / weight if weight else 0.0,
        high=sum(one.domain.weight * one.high for one in domains) / weight if weight else 0.0,
        coverage=sum(one.question.weight for one in found if one.answered) / asked
        if asked
        else 0.0,
        confidence=sum(one.question.weight * _grade(one) for one in found) / asked
        if asked
        else 0.0,
        domains=domains,
    )


def contradicted(instrument: Instrument, replies: Replies) -> tuple[Contradiction, ...]:
    """Return the contradictions between two answers given, "I don't know" counting as 0.

    Each doubted question is to be asked again, unless its reply was `kept` already.
    """
    levels = {
        one.question.id: _level(one.reply, otherwise=0)
        for one in judged(instrument, replies)
        if one.reply is not None
    }
    return tuple(rule for rule in instrument.contradictions if _speaks(rule, levels))


def is_left_out(reply: Reply | None) -> bool:
    """Tell whether a question does not apply, for one of its own reasons."""
    return reply is not None and reply.kind == "not-applicable"


def _speaks(rule: Contradiction, levels: Mapping[str, int]) -> bool:
    doubted, given = levels.get(rule.doubted), levels.get(rule.given)
    return (
        doubted is not None and given is not None and doubted >= rule.least and given <= rule.most
    )


def _lowered(levels: Mapping[str, int], instrument: Instrument) -> dict[str, int]:
    """Return the levels, each doubted one just below what triggers its rule.

    "The lower of the two" would let a raised answer lower the score; this cannot.
    """
    after = dict(levels)
    for rule in instrument.contradictions:
        if _speaks(rule, levels):
            after[rule.doubted] = min(after[rule.doubted], rule.least - 1)
    return after


def _level(reply: Reply | None, *, otherwise: int) -> int:
    return otherwise if reply is None or reply.level is None else reply.level


def _grade(one: Judged) -> float:
    return GRADES[one.reply.evidence] if one.reply is not None and one.answered else 0.0


def _domain_scores(found: tuple[Judged, ...]) -> Iterator[DomainScore]:
    by_domain: dict[str, list[Judged]] = {}
    for one in found:
        by_domain.setdefault(one.domain.id, []).append(one)
    for some in by_domain.values():
        weight = sum(one.question.weight for one in some)
        low = sum(one.question.weight * credit(one.low, one.target) for one in some)
        high = sum(one.question.weight * credit(one.high, one.target) for one in some)
        yield DomainScore(domain=some[0].domain, low=FULL * low / weight, high=FULL * high / weight)
