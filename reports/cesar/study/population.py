"""Synthetic practices that answer an instrument; the chance comes from outside."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Final

from reports.cesar.bands import Verdict, verdict
from reports.cesar.bank import SIZES
from reports.cesar.path import Profile, path
from reports.cesar.questions import PROFESSIONS, Instrument
from reports.cesar.replies import Evidence, Replies, Reply
from reports.cesar.scoring import BEST, Score, judged, score

PROFILE: Final = Profile(profession="doctor", size="small", tags=frozenset({"dev", "cloud"}))
_STEADINESS: Final = 1.1
_OVERSTATED: Final = 4
_PROFESSIONS: Final = (40, 12, 15, 2, 12, 4, 15)
_SIZES: Final = (35, 45, 15, 5)
_EQUIPPED: Final = 0.6


def population(instrument: Instrument, *, people: int, chance: Random) -> tuple[Replies, ...]:
    """Return the true state of practices between neglectful and careful.

    Each practice has a care of its own, from 0 to 5; its levels lie around it. What its answers
    would contradict is lowered, for a true state contradicts nothing.
    """
    return tuple(_practice(instrument, chance) for _ in range(people))


def sector(instrument: Instrument, *, people: int, chance: Random) -> tuple[Replies, ...]:
    """Return practices of every profession and size, some frequent and some rare.

    The shares are invented: they show how an analysis treats large and small groups.
    """
    return tuple(_practice(instrument, chance, _profile(chance)) for _ in range(people))


def hiding(replies: Replies, *, share: float, chance: Random) -> Replies:
    """Return the answers of somebody who does not know a share of them."""
    return _changed(
        replies, lambda reply: Reply(kind="unknown") if chance.random() < share else reply
    )


def overstating(replies: Replies, *, share: float, chance: Random) -> Replies:
    """Return answers of which a share claims what is "done and checked" without being so."""
    return _changed(
        replies,
        lambda reply: (
            reply.model_copy(update={"level": max(_OVERSTATED, reply.level or 0)})
            if chance.random() < share
            else reply
        ),
    )


def evidenced(replies: Replies, *, share: float, chance: Random) -> Replies:
    """Return answers of which a share is evidenced, half reviewed (B), half verified (A)."""

    def graded(reply: Reply) -> Reply:
        grade: Evidence = "C" if chance.random() >= share else chance.choice(["A", "B"])
        return reply.model_copy(update={"evidence": grade})

    return _changed(replies, graded)


def optimistic(replies: Replies, odds: Mapping[Evidence, float], chance: Random) -> Replies:
    """Return answers that claim one level too much, with odds that depend on the evidence."""
    return _changed(
        replies,
        lambda reply: (
            reply.model_copy(update={"level": min(BEST, (reply.level or 0) + 1)})
            if chance.random() < odds[reply.evidence]
            else reply
        ),
    )


def judgement(instrument: Instrument, replies: Replies) -> tuple[Score, Verdict]:
    """Return score and band of some answers."""
    found = judged(instrument, replies)
    result = score(found)
    return result, verdict(found, result)


def band_without_coverage(instrument: Instrument, replies: Replies) -> Verdict:
    """Return the band as it would be if no coverage were asked for."""
    found = judged(instrument, replies)
    return verdict(found, replace(score(found), coverage=1.0))


def _profile(chance: Random) -> Profile:
    return Profile(
        profession=chance.choices(PROFESSIONS, weights=_PROFESSIONS)[0],
        size=chance.choices(SIZES, weights=_SIZES)[0],
        tags=frozenset(tag for tag in PROFILE.tags if chance.random() < _EQUIPPED),
    )


def _practice(instrument: Instrument, chance: Random, profile: Profile = PROFILE) -> Replies:
    care = chance.uniform(0.5, 4.5)
    replies = Replies(
        instrument=instrument.name,
        version=instrument.version,
        profession=profile.profession,
        size=profile.size,
        tags=profile.tags,
    )
    given = {
        one.id: Reply(level=min(BEST, max(0, round(chance.gauss(care, _STEADINESS)))))
        for one in path(instrument, profile)
    }
    replies = replies.model_copy(update={"replies": given})
    for one in judged(instrument, replies):
        if one.doubted:
            replies = replies.replying(one.question.id, Reply(level=one.low))
    return replies


def _changed(replies: Replies, change: Callable[[Reply], Reply]) -> Replies:
    given = {name: change(reply) for name, reply in replies.replies.items()}
    return replies.model_copy(update={"replies": given})
