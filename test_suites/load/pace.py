"""When journeys begin: at planned instants, whatever the server does; belongs to the generator.

Locust's own `constant_throughput` plans each user's next journey from the one before: what a
slow server held up is then never sent, and its response time never seen (coordinated omission).
Here the instants are fixed before the first request. A journey is begun by a user who is idle,
else by the first who comes back, and its time counts from the instant planned.
"""

from collections import deque
from time import perf_counter, process_time

import gevent  # type: ignore[import-untyped]  # gevent publishes no types
from gevent.event import AsyncResult  # type: ignore[import-untyped]  # as above

TICK_SECONDS = 0.02


class Pace:
    """Owns the plan of a round: `rate` journeys a second, the first `warm_up` of them unmeasured.

    `late` and `lag` are seconds, `cpu` is the processor time of the generator, all three of the
    measured part alone.
    """

    def __init__(self, *, rate: int, warm_up: int, total: int) -> None:
        self.rate, self.warm_up, self.total = rate, warm_up, total
        self.begins = 0.0
        self.cpu = 0.0
        self.late: list[float] = []
        self.lag: list[float] = []
        self.waiting: deque[int] = deque()
        self.idle: list[AsyncResult] = []
        self.over = False

    def instant(self, number: int) -> float:
        """Return when a journey was planned to begin."""
        return self.begins + number / self.rate

    def run(self) -> None:
        """Begin every journey of the plan; return when the last one's time is over."""
        self.begins = perf_counter()
        for number in range(self.warm_up):
            self._begin(number)
        ticking, cpu = gevent.spawn(self._tick), process_time()
        for number in range(self.warm_up, self.total):
            self.late.append(self._begin(number))
        _sleep_until(self.instant(self.total))
        self.cpu = process_time() - cpu
        ticking.kill()

    def next(self) -> int | None:
        """Return the number of the journey to begin now, waiting for it; None when it is over."""
        if self.over:
            return None
        if self.waiting:
            return self.waiting.popleft()
        turn = AsyncResult()
        self.idle.append(turn)
        number: int | None = turn.get()
        return number

    def is_quiet(self, users: int) -> bool:
        """Tell whether every user is idle and no journey waits."""
        return len(self.idle) == users and not self.waiting

    def end(self) -> tuple[int, ...]:
        """Begin nothing more; return the journeys that never began."""
        self.over = True
        for turn in self.idle:
            turn.set(None)
        self.idle.clear()
        return tuple(self.waiting)

    def _begin(self, number: int) -> float:
        """Begin a journey at its time, or as soon as somebody is idle; return how late."""
        _sleep_until(self.instant(number))
        late = perf_counter() - self.instant(number)
        if self.idle:
            self.idle.pop().set(number)
        else:
            self.waiting.append(number)
        return late

    def _tick(self) -> None:
        """Note how much later than asked for a mere clock tick comes."""
        due = perf_counter() + TICK_SECONDS
        while True:
            _sleep_until(due)
            now = perf_counter()
            self.lag.append(now - due)
            due = max(now, due) + TICK_SECONDS


def _sleep_until(instant: float) -> None:
    gevent.sleep(max(0.0, instant - perf_counter()))
