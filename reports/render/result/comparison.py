"""Two results of the same kind beside each other: what got better and what got worse; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.cesar.questions import Instrument
from reports.cesar.result import Result
from reports.render.result.view import NONE, figure, written
from reports.render.texts import Texts, texts

_NO_CHANGE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainChange:
    """One domain before and now, as it is written; `change` has a sign."""

    name: str
    before: str
    now: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """One question whose answer counts differently now, with both answers as sentences."""

    asked: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Everything that is said of two results; answers only where both had the same questions."""

    band_before: str
    band_now: str
    score_before: str
    score_now: str
    domains: tuple[DomainChange, ...]
    better: tuple[AnswerChange, ...]
    worse: tuple[AnswerChange, ...]
    other_version: bool
    other_profile: bool


def compared(instrument: Instrument, before: Result, now: Result, language: str) -> Compared:
    """Return a comparison in a language; `instrument` is that of the newer result."""
    spoken = texts(language)
    same = before.replies.version == now.replies.version
    return Compared(
        band_before=_band(before),
        band_now=_band(now),
        score_before=figure(before.low, spoken),
        score_now=figure(now.low, spoken),
        domains=tuple(_domains(instrument, before, now, spoken)),
        better=tuple(_changes(instrument, before, now, spoken, sign=1)) if same else (),
        worse=tuple(_changes(instrument, before, now, spoken, sign=-1)) if same else (),
        other_version=not same,
        other_profile=before.replies.profile != now.replies.profile,
    )


def _band(result: Result) -> str:
    return NONE if result.band == "incomplete" else result.band


def _domains(
    instrument: Instrument, before: Result, now: Result, spoken: Texts
) -> Iterable[DomainChange]:
    names = {one.id: one.name.of(spoken.language) for one in instrument.domains}
    earlier = {one.id: one for one in before.domains}
    for one in now.domains:
        old = earlier.get(one.id)
        yield DomainChange(
            name=names[one.id],
            before=NONE if old is None else figure(old.low, spoken),
            now=figure(one.low, spoken),
            change="" if old is None else _signed(one.low - old.low, spoken),
        )


def _signed(change: float, spoken: Texts) -> str:
    if abs(change) < _NO_CHANGE:
        return "="
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return sign + figure(round(abs(change), 1), spoken)


def _changes(
    instrument: Instrument, before: Result, now: Result, spoken: Texts, *, sign: int
) -> Iterable[AnswerChange]:
    counted = {one.id: one.counted for one in before.questions}
    for one in now.questions:
        if one.id not in counted or (one.counted - counted[one.id]) * sign <= 0:
            continue
        question = instrument.question(one.id)
        yield AnswerChange(
            asked=question.asked(now.replies.profession).of(spoken.language),
            before=written(question, before.replies.replies.get(one.id), spoken),
            now=written(question, now.replies.replies.get(one.id), spoken),
        )
