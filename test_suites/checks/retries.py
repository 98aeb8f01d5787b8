"""Facts about trying again: how soon, how often, with which identifier."""

from collections.abc import Iterator
from itertools import groupby, pairwise, zip_longest

from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.transcript import StepState
from test_suites.core.view import View, as_told, in_request, in_response
from test_suites.match.fhir import accepted, sent
from test_suites.match.path import first_text

IDENTIFIERS = {
    "submit-prescription": "identifier.value",
    "dispense": "parameter[name=dispensation].valueIdentifier.value",
}
"""Where an operation carries the identifier that makes a second attempt harmless."""

LOST = frozenset({"reset", "truncate"})
"""Deviations after which the client cannot know whether its request took effect."""

TOLERANCE = 0.05
"""Seconds by which two clocks may differ when they measure the same pause."""

GROWTH = 0.1
"""A pause has grown when it is longer by this part of the one before: measuring moves it less."""

SCATTER = 0.5
"""Pauses of the same attempt in several acts are alike when they differ by less than this part."""


def _spoilt(view: View, *kinds: str) -> tuple[Exchange, ...]:
    return tuple(e for e in view.exchanges() if e.deviation in kinds)


def _pause(before: Exchange, after: Exchange) -> float:
    """Return the seconds between the end of one attempt and the start of the next."""
    return after.at - (before.at + before.duration)


def recovered(view: View) -> Iterator[Observation]:
    """After the last spoilt answer the request is sent again."""
    spoilt = _spoilt(view, view.text("deviation"))
    if not spoilt:
        yield view.unobserved("no-trouble")
        return
    attempts = view.exchanges()
    later = attempts[attempts.index(spoilt[-1]) + 1 :]
    if later and not any(accepted(e) for e in later):
        yield view.unobserved("no-ok-answer", in_request(later[-1]))
        return
    place = in_request(later[-1]) if later else in_request(spoilt[-1])
    yield view.decide(place, holds=bool(later), expected=">= 1", actual=len(later))


def delays_grow(view: View) -> Iterator[Observation]:
    """The pauses after broken connections are at least so long, and each longer than the last.

    From outside a pause is what the product waits and what its machine adds. So one pause that
    is too short proves the fault, but one that does not grow proves nothing: the act is played
    several times in the case, and the shortest n-th pause stands for what the product waits.
    Pauses that differ widely from act to act and do not grow leave the question open.
    """
    acts = _retries_after_breaks(view)
    if not acts:
        yield view.unobserved("no-second-attempt")
        return
    least = view.number("milliseconds") / 1000
    ranks = [
        sorted(_wait_at_most(before, after) for before, after in filter(None, rank))
        for rank in zip_longest(*acts)
    ]
    long_enough = min(rank[0] for rank in ranks) >= least
    grows = all(_grew(a, b) for a, b in pairwise(ranks))
    place = in_request(acts[-1][-1][1])
    if long_enough and not grows and any(_scatters(rank) for rank in ranks):
        yield view.unobserved("pauses-scatter", place)
        return
    yield view.decide(
        place,
        holds=long_enough and grows,
        expected=f">= {least:.1f} s, <",
        actual=", ".join(f"{rank[0]:.2f} s" for rank in ranks),
    )


def _retries_after_breaks(view: View) -> list[list[tuple[Exchange, Exchange]]]:
    """Return for each act of the case the broken attempts, each with the one that follows."""
    attempts = [e for e in view.whole_case() if e.operation == view.of]
    acts = (
        [(a, b) for a, b in pairwise(act) if a.deviation == "reset"]
        for _, act in groupby(attempts, key=lambda attempt: attempt.step)
    )
    return [act for act in acts if act]


def _wait_at_most(before: Exchange, after: Exchange) -> float:
    """Return the most a product can have waited between two attempts, seconds.

    It cannot have begun before its request came. The time that TLS takes on a loaded machine
    or a slow network comes after the wait and is none of it.
    """
    return after.at - after.channel.opening / 1e6 - before.at


def _grew(before: list[float], after: list[float]) -> bool:
    """Tell whether the shortest pause grew by more than pauses vary; both sorted, seconds."""
    noise = max(rank[len(rank) // 2] - rank[0] for rank in (before, after))
    return after[0] - before[0] > max(GROWTH * before[0], noise)


def _scatters(rank: list[float]) -> bool:
    """Tell whether pauses that should be alike differ so much that something else held them up."""
    return len(rank) == 1 or rank[-1] - rank[0] > SCATTER * rank[0]


def retry_after_kept(view: View) -> Iterator[Observation]:
    """The pause after a 503 is at least what its Retry-After said."""
    attempts = view.exchanges()
    pairs = [(a, b) for a, b in pairwise(attempts) if _retry_after(a) is not None]
    if not pairs:
        yield view.unobserved("no-second-attempt")
    for before, after in pairs:
        asked, pause = float(_retry_after(before) or 0), _pause(before, after)
        yield view.decide(
            in_request(after),
            holds=pause >= asked - TOLERANCE,
            expected=f">= {asked:.0f} s",
            actual=f"{pause:.2f} s",
        )


def _retry_after(exchange: Exchange) -> int | None:
    header = exchange.response.header("retry-after") if exchange.response else None
    return int(header) if header is not None and header.isdigit() else None


def attempts_at_most(view: View) -> Iterator[Observation]:
    """A request whose answers are spoilt is sent at most so many times."""
    attempts = view.exchanges()
    if not any(e.deviation for e in attempts):
        yield view.unobserved("no-trouble")
        return
    most = view.number("attempts")
    yield view.decide(
        in_request(attempts[-1]),
        holds=len(attempts) <= most,
        expected=f"<= {most}",
        actual=len(attempts),
    )


def identifier_kept(view: View) -> Iterator[Observation]:
    """Each new attempt after a lost one carries the identifier of the lost one."""
    path = IDENTIFIERS[str(view.of)]
    pairs = [
        (first_text(sent(lost), path), first_text(sent(again), path), again)
        for lost, again in pairwise(view.exchanges())
        if lost.deviation in LOST
    ]
    if not pairs:
        yield view.unobserved("no-second-attempt")
        return
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    before, after, again = (changed or pairs)[0]
    yield view.decide(
        in_request(again), holds=not changed, expected=before or "-", actual=after or "-"
    )


def slow_answer_awaited(view: View) -> Iterator[Observation]:
    """An answer that comes slowly is awaited: one request, and the act ends as it should."""
    slow = _spoilt(view, "slow")
    if not slow:
        yield view.unobserved("no-trouble")
        return
    attempts = view.exchanges()
    if not any(accepted(e) for e in attempts):
        yield view.unobserved("no-ok-answer", in_response(slow[0]))
        return
    holds = len(attempts) == 1 and view.state is StepState.DONE
    yield view.decide(
        as_told(view, in_response(slow[0])),
        holds=holds,
        expected=f"1, {StepState.DONE}",
        actual=f"{len(attempts)}, {view.state}",
    )
