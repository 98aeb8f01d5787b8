"""How a product waits for a busy or silent service; knows nothing of what is being asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count

from test_suites.vendors.kit.answer import Answer, NoAnswer, Unreachable
from test_suites.vendors.kit.logbook import Logbook

BUSY = frozenset({429, 502, 503, 504})
"""Statuses that say: not now, ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long a product waits; seconds."""

    retries_after_busy: int = 3
    retries_after_silence: int = 3
    first_delay: float = 0.3
    growth: float = 2.0
    longest: float = 60.0
    fixed_busy_delay: float | None = None

    def after_silence(self, attempt: int) -> float | None:
        """Return the seconds to wait after silent attempt 0, 1, …; None means give up."""
        if attempt >= self.retries_after_silence:
            return None
        return self.first_delay * self.growth**attempt

    def after_busy(self, attempt: int, *, asked: float | None) -> float | None:
        """Return the seconds to wait after a service that was busy; None means give up.

        A person waits at the screen: a service that asks for more than ``longest`` is not
        waited for.
        """
        if attempt >= self.retries_after_busy:
            return None
        if self.fixed_busy_delay is not None:
            return self.fixed_busy_delay
        wished = max(self.first_delay * self.growth**attempt, asked or 0.0)
        return wished if wished <= self.longest else None


USUAL = Patience()
WITHOUT_BACKOFF = Patience(first_delay=0.0)
WITHOUT_GROWTH = Patience(growth=1.0)
IGNORING_RETRY_AFTER = Patience(fixed_busy_delay=0.05)
NONE_AFTER_SILENCE = Patience(retries_after_silence=0)


def retry_after(header: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or date (RFC 9110 §10.2.3); None when absent."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def persist(
    call: Callable[[], Answer],
    *,
    patience: Patience,
    pause: Callable[[float], None],
    logbook: Logbook,
) -> Answer:
    """Ask until the service really answers. Raises Unreachable when patience ends."""
    for attempt in count():
        try:
            answer = call()
        except NoAnswer as silent:
            logbook.note(f"no answer ({silent.kind})")
            delay = patience.after_silence(attempt)
        else:
            if answer.status not in BUSY:
                return answer
            asked = retry_after(answer.header("retry-after"), now=datetime.now(UTC))
            delay = patience.after_busy(attempt, asked=asked)
        if delay is None:
            break
        logbook.note(f"waiting {delay:.1f} s before attempt {attempt + 2}")
        pause(delay)
    raise Unreachable
