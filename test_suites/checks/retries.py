"""Facts about trying again: how soon, how often, with which identifier."""

from collections.abc import Iterator
from itertools import pairwise

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

    The time that TLS takes on a loaded machine or a slow network is none of the pause.
    """
    attempts = view.exchanges()
    pairs = [(a, b) for a, b in pairwise(attempts) if a.deviation == "reset"]
    if not pairs:
        yield view.unobserved("no-second-attempt")
        return
    pauses = [_pause(a, b) - b.channel.opening / 1e6 for a, b in pairs]
    least = view.number("milliseconds") / 1000
    holds = pauses[0] >= least and all(b > a for a, b in pairwise(pauses))
    yield view.decide(
        in_request(pairs[-1][1]),
        holds=holds,
        expected=f">= {least:.1f} s, <",
        actual=", ".join(f"{pause:.2f} s" for pause in pauses),
    )


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
