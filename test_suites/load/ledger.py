"""Keeps how every request and every journey ended; belongs to the generator, knows no network."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final
from uuid import uuid4

from test_suites.load.protocol import OPERATIONS, OUTCOMES, Failure, Measured, Outcome

MOST_FAILURES: Final = 40
MOST_EXAMPLES: Final = 3
MILLISECONDS: Final = 1000


def _request_id() -> str:
    return str(uuid4())


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """Owns one request: `began` is when it should have been sent, `sent` when it was.

    The generator fills in how it ended; until then it is one that the connection lost.
    """

    operation: int
    number: int
    began: float
    task_id: str = ""
    request_id: str = field(default_factory=_request_id)
    sent: float = 0.0
    outcome: Outcome = Outcome.CONNECTION
    status: int = 0
    code: str = ""
    is_written: bool = False

    @property
    def name(self) -> str:
        return OPERATIONS[self.operation]


@dataclass(slots=True, kw_only=True)
class Kind:
    """Owns one way of failing: how often it happened, and the first few times."""

    count: int = 0
    examples: list[tuple[str, float]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Owns the samples of one round. Journeys before number `warm_up` are not measured.

    `instant` gives when a journey was planned to begin, by the same clock.
    """

    instant: Callable[[int], float]
    warm_up: int
    clock: Callable[[], float] = perf_counter
    samples: list[tuple[int, float, float, int]] = field(default_factory=list)
    completed: list[tuple[float, float]] = field(default_factory=list)
    succeeded: int = 0
    warm_up_failures: int = 0
    _failures: dict[tuple[str, Outcome, int, str], Kind] = field(default_factory=dict)
    _open: dict[int, Call] = field(default_factory=dict)

    @contextmanager
    def open(self, call: Call) -> Iterator[None]:
        """Keep a request that is going on; whatever nobody wrote down is written at its end."""
        call.sent = self.clock()
        self._open[id(call)] = call
        try:
            yield
        finally:
            del self._open[id(call)]
            if not call.is_written:
                self.write(call, (self.clock() - call.sent) * MILLISECONDS)

    def write(self, call: Call, milliseconds: float) -> None:
        """Write down how a request ended, `milliseconds` after it was sent."""
        call.is_written = True
        if call.number < self.warm_up:
            self.warm_up_failures += call.outcome is not Outcome.ANSWERED
            return
        waited = (call.sent - call.began) * MILLISECONDS
        at = self._at(call.began)
        self._sample(call.operation, at, waited + milliseconds, call.outcome)
        if call.outcome is not Outcome.ANSWERED:
            self._failed(call, at)

    def travelled(self, number: int) -> None:
        """Write down that a journey came to its end, and all of it went well."""
        began, ended = self._at(self.instant(number)), self._at(self.clock())
        self.completed.append((round(began, 4), round(ended, 4)))
        self.succeeded += number >= self.warm_up

    def measured(
        self,
        *,
        planned: int,
        not_begun: Iterable[int],
        cpu_seconds: float,
        late: Iterable[float],
        lag: Iterable[float],
    ) -> Measured:
        """Close the ledger: what has no answer yet has at least waited until now."""
        now = self.clock()
        for call in tuple(self._open.values()):
            call.outcome = Outcome.UNANSWERED
            self.write(call, (now - call.sent) * MILLISECONDS)
        for number in not_begun:
            if number >= self.warm_up:
                lost = Call(operation=0, number=number, began=self.instant(number), request_id="")
                lost.outcome, lost.sent = Outcome.NOT_BEGUN, lost.began
                self.write(lost, (now - lost.began) * MILLISECONDS)
        return Measured(
            samples=tuple(self.samples),
            planned=planned,
            succeeded=self.succeeded,
            completed=tuple(self.completed),
            failures=tuple(self._told()),
            warm_up_failures=self.warm_up_failures,
            cpu_seconds=round(cpu_seconds, 3),
            late=tuple(round(each * MILLISECONDS, 2) for each in late),
            lag=tuple(round(each * MILLISECONDS, 2) for each in lag),
        )

    def _at(self, instant: float) -> float:
        """Return seconds since the measurement began, after the warm-up."""
        return instant - self.instant(self.warm_up)

    def _sample(self, operation: int, at: float, milliseconds: float, outcome: Outcome) -> None:
        place = OUTCOMES.index(outcome)
        self.samples.append((operation, round(at, 4), round(milliseconds, 3), place))

    def _failed(self, call: Call, at: float) -> None:
        key = (call.name, call.outcome, call.status, call.code)
        if key not in self._failures and len(self._failures) >= MOST_FAILURES:
            key = (call.name, call.outcome, call.status, "")
        kind = self._failures.setdefault(key, Kind())
        kind.count += 1
        if call.request_id and len(kind.examples) < MOST_EXAMPLES:
            kind.examples.append((call.request_id, round(at, 3)))

    def _told(self) -> Iterator[Failure]:
        for (operation, outcome, status, code), kind in self._failures.items():
            yield Failure(
                operation=operation,
                outcome=outcome,
                status=status,
                code=code,
                count=kind.count,
                examples=tuple(kind.examples),
            )
