"""How often and how soon something is tried again; knows not what is tried."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from test_suites.engine.players.trouble import Interrupted

T = TypeVar("T")
PAUSES: Final = (0.3, 0.6, 1.2)
"""Seconds before each further attempt (ERX-RES-006, ERX-RES-007: growing, at most three)."""

LONGEST_WAIT: Final = 60.0
"""Seconds beyond which a person is told instead of being kept waiting."""

_TIMER_MAY_BE_EARLY: Final = 0.01


async def patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt gives, tried again while it is interrupted; raises Interrupted."""
    for pause in PAUSES:
        try:
            return await attempt()
        except Interrupted as trouble:
            if trouble.wait > LONGEST_WAIT:
                raise
            await asyncio.sleep(max(pause, trouble.wait) + _TIMER_MAY_BE_EARLY)
    return await attempt()


def seconds_asked(retry_after: str | None, *, now: datetime) -> float:
    """Return what a Retry-After header asks (RFC 9110 §10.2.3); 0 when it asks nothing."""
    if retry_after is None:
        return 0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0
    aware = at if at.tzinfo is not None else at.replace(tzinfo=now.tzinfo)
    return max(0.0, (aware - now).total_seconds())
