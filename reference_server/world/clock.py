"""A World's two clocks; the only place of the reference services that reads the time."""

from datetime import UTC, datetime, timedelta

from reference_server.kernel.store import Transaction
from reference_server.world.state import State

_OFFSET = "clock-offset-microseconds"
_MICROSECOND = timedelta(microseconds=1)
FARTHEST = timedelta(days=50 * 365)
"""As far as a World's time may run ahead: dates stay such as people and products know."""


class Clock:
    """`business_now` ages prescriptions and can be advanced; `wire_now` is always real.

    The advance is kept in the World's store, so that all its processes agree on the day.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def wire_now(self) -> datetime:
        """Return the real time: tokens, TLS, HTTP dates."""
        return datetime.now(UTC)

    def business_now(self) -> datetime:
        """Return the time of this World: age, validity, schedules."""
        return self.wire_now() + self.advanced()

    def advanced(self) -> timedelta:
        """Return how far this World's time is ahead of the real one."""
        return timedelta(microseconds=self._state.get(_OFFSET))

    def advance(self, by: timedelta, *, within: Transaction | None = None) -> None:
        """Let time pass in this World; raises ValueError: it never goes back, nor ahead for ever.

        In a transaction of its own, or `within` one that is open.
        """
        if by < timedelta(0):
            raise ValueError("a World's clock never goes back")
        if by + self.advanced() > FARTHEST:
            raise ValueError("a World's clock does not run ahead so far")
        self._state.add(_OFFSET, by // _MICROSECOND, within=within)
