"""A World's two clocks; the only place of the reference services that reads the time."""

from datetime import UTC, datetime, timedelta

from reference_server.world.state import State

_OFFSET = "clock-offset-microseconds"
_MICROSECOND = timedelta(microseconds=1)


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
        return self.wire_now() + timedelta(microseconds=self._state.get(_OFFSET))

    def advance(self, by: timedelta) -> None:
        """Let time pass in this World; it never goes back."""
        if by < timedelta(0):
            raise ValueError("a World's clock never goes back")
        self._state.add(_OFFSET, by // _MICROSECOND)
