"""Figures are exact, readable and bounded; what the generator writes down adds up to them."""

import gzip
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from test_suites.core.message import JsonValue
from test_suites.load import figures, journey
from test_suites.load.ledger import MOST_FAILURES, Call, Ledger
from test_suites.load.protocol import OPERATIONS, Measured, Outcome
from tests.test_suites.checks.examples_load import MACHINE, load, measured, settings


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ((7.0,), 50, 7.0),
        ((7.0,), 99, 7.0),
        (tuple(map(float, range(1, 101))), 50, 50.0),
        (tuple(map(float, range(1, 101))), 95, 95.0),
        (tuple(map(float, range(1, 101))), 99, 99.0),
        (tuple(map(float, range(1, 21))), 95, 19.0),
        ((1.0, 2.0, 3.0), 95, 3.0),
    ],
)
def test_a_percentile_is_one_of_the_values(
    values: tuple[float, ...], percent: int, expected: float
) -> None:
    assert figures.percentile(values, percent) == expected


def operation(content: dict[str, JsonValue], place: int = 0) -> dict[str, Any]:
    """Return the figures of one operation."""
    operations: Any = content["operations"]
    return dict(operations[place])


def test_every_operation_has_counts_percentiles_and_a_histogram() -> None:
    content = load(measured((*(20.0,) * 94, *(3000.0,) * 6)))
    first = operation(content)
    assert [operation(content, place)["operation"] for place in range(4)] == list(OPERATIONS)
    assert (first["requests"], first["failed"], first["timed"]) == (100, 0, 100)
    assert first["milliseconds"] == {
        "min": 20.0,
        "p50": 20.0,
        "p90": 20.0,
        "p95": 3000.0,
        "p99": 3000.0,
        "max": 3000.0,
    }
    histogram: Any = content["histogram_ms"]
    below = histogram["below"]
    counted = dict(zip(below, histogram["reserve"], strict=True))
    assert (counted[50], counted[5000], sum(counted.values())) == (94, 6, 100)
    assert below[-1] is None


def test_refusals_have_no_time_and_what_waited_has_at_least_that() -> None:
    refused = operation(load(measured((5.0,) * 10, outcome=Outcome.REFUSED)))
    assert (refused["failed"], refused["timed"], refused["milliseconds"]) == (10, 0, None)
    waited = operation(load(measured((5.0,) * 10, outcome=Outcome.UNANSWERED)))
    assert (waited["failed"], waited["timed"], waited["at_least"]) == (10, 10, 10)


@pytest.mark.parametrize(
    ("length", "capacity", "ended"),
    [(0.1, 5, 100), (3.0, 5, 100), (9.0, 5, 100), (0.1, 3, 60), (0.1, 4, 80)],
)
def test_the_pace_is_that_of_the_ends_and_not_the_length_of_a_journey(
    length: float, capacity: int, ended: int
) -> None:
    # From 2 s before the measurement, 5 journeys a second; the server ends so many a second.
    completed = tuple((n / 5 - 2, n / min(5, capacity) - 2 + length) for n in range(110))
    content = load(replace(measured(), completed=completed))
    journeys: Any = content["journeys"]
    assert journeys["ended"] == pytest.approx(ended, abs=1)


def test_the_series_has_every_value_is_bounded_and_is_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = measured((20.04,) * 10)
    assert figures.series(seen) == figures.series(seen)
    lines = gzip.decompress(figures.series(seen)).decode().splitlines()
    assert lines[:2] == [
        "at_s,operation,milliseconds,outcome",
        "0.000,submit-prescription,20.0,answered",
    ]
    assert len(lines) == 1 + 40
    monkeypatch.setattr(figures, "MOST_ROWS", 5)
    assert len(gzip.decompress(figures.series(seen)).splitlines()) == 1 + 5
    assert load(seen)["series"] == {"rows": 40, "kept": 5}


def test_no_figure_is_longer_than_a_person_reads() -> None:
    content = json.loads(figures.as_bytes(load(measured((1 / 3 * 100,) * 7, late=2 / 3))))
    assert all(len(str(each)) < 12 for each in numbers(content))


def numbers(value: Any) -> list[float]:  # noqa: ANN401  any JSON
    """Return every number that stands somewhere in a value."""
    if isinstance(value, dict):
        return numbers(list(value.values()))
    if isinstance(value, list):
        return list(itertools.chain.from_iterable(map(numbers, value)))
    return [value] if isinstance(value, int | float) else []


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def closed(ledger: Ledger, *, not_begun: tuple[int, ...] = ()) -> Measured:
    """Close a ledger."""
    return ledger.measured(planned=10, not_begun=not_begun, cpu_seconds=0.0, late=(), lag=())


def test_a_time_counts_from_when_the_request_was_planned() -> None:
    clock = Clock()
    ledger = Ledger(instant=lambda number: number * 1.0, warm_up=1, clock=clock)
    clock.now = 2.5
    call = Call(operation=0, number=2, began=2.0)
    with ledger.open(call):
        call.outcome = Outcome.ANSWERED
        ledger.write(call, 100.0)
    assert closed(ledger).samples == ((0, 1.0, 600.0, 0),)


def test_a_request_that_ended_in_no_way_known_is_a_lost_connection() -> None:
    clock = Clock()
    ledger = Ledger(instant=float, warm_up=0, clock=clock)
    with ledger.open(Call(operation=1, number=0, began=0.0)):
        clock.now = 0.25
    told = closed(ledger)
    assert [(each.outcome, each.count) for each in told.failures] == [(Outcome.CONNECTION, 1)]
    assert told.samples[0][:3] == (1, 0.0, 250.0)


def test_the_warm_up_is_not_measured_but_its_failures_are_counted() -> None:
    ledger = Ledger(instant=float, warm_up=5, clock=Clock())
    with ledger.open(Call(operation=0, number=4, began=4.0)):
        pass
    told = closed(ledger, not_begun=(3,))
    assert (told.samples, told.failures, told.warm_up_failures) == ((), (), 1)


def test_what_never_began_waited_until_the_end() -> None:
    clock = Clock()
    ledger = Ledger(instant=float, warm_up=0, clock=clock)
    clock.now = 9.0
    told = closed(ledger, not_begun=(7,))
    assert told.samples[0][:3] == (0, 7.0, 2000.0)
    assert [(each.outcome, each.examples) for each in told.failures] == [(Outcome.NOT_BEGUN, ())]


def test_ways_of_failing_are_bounded_and_none_is_lost() -> None:
    ledger = Ledger(instant=float, warm_up=0, clock=Clock())
    for number in range(MOST_FAILURES + 30):
        call = Call(operation=0, number=number, began=0.0)
        call.outcome, call.status, call.code = Outcome.REFUSED, 500, f"c{number}"
        with ledger.open(call):
            ledger.write(call, 1.0)
    told = closed(ledger)
    assert len(told.failures) == MOST_FAILURES + 1
    assert sum(each.count for each in told.failures) == MOST_FAILURES + 30


def test_equal_marks_become_equal_identifiers_and_others_stay() -> None:
    first, second = journey.MARK.format(0), journey.MARK.format(1)
    made = iter(("a", "b"))
    body = journey.fresh(f"{first} {second} {first} 0000", lambda: next(made))
    assert body == b"a b a 0000"


def test_the_code_of_a_refusal_is_a_plain_word_or_nothing() -> None:
    good = b'{"issue":[{"code":"x","details":{"coding":[{"code":"already-dispensed"}]}}]}'
    assert journey.refusal_code(good) == "already-dispensed"
    assert journey.refusal_code(b'{"issue":[{"code":"processing"}]}') == "processing"
    for strange in (b"", b"[]", b'{"issue":[]}', b'{"issue":[{"code":"a b<c>"}]}', b"\xff"):
        assert journey.refusal_code(strange) == ""


def test_a_load_json_says_what_it_was_made_with() -> None:
    content = load(measured())
    assert content["machine"] == MACHINE
    assert content["settings"] == {
        "rate": 5,
        "seconds": settings().seconds,
        "warm_up_seconds": 0,
        "users": 10,
        "timeout_ms": 10_000,
        "submission_bytes": 2,
        "patients": 1,
    }
