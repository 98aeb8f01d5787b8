"""Sums up what the generator measured: exact percentiles, counts, histogram; judges nothing."""

import csv
import gzip
import io
import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from test_suites.core.message import JsonValue
from test_suites.load.protocol import AT_LEAST, OPERATIONS, OUTCOMES, Measured, Outcome, Settings

FORMAT: Final = "equalis-load/1"
PERCENTILES: Final = (50, 90, 95, 99)
BOUNDS: Final = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Upper bounds of the histogram's classes in milliseconds; the last class is open."""

MOST_ROWS: Final = 200_000
_MILLI: Final = 1000


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest value that `percent` of the values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(percent * len(ordered) / 100) - 1)]


def report(
    measured: Measured, settings: Settings, *, machine: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return the content of load.json; times are milliseconds with one decimal."""
    return {
        "format": FORMAT,
        "settings": _settings(settings),
        "journeys": _journeys(measured, settings),
        "operations": [_operation(measured, place) for place in range(len(OPERATIONS))],
        "failures": [
            {
                "operation": failure.operation,
                "outcome": failure.outcome.value,
                "status": failure.status,
                "code": failure.code,
                "count": failure.count,
                "examples": [{"request_id": id_, "at_s": at} for id_, at in failure.examples],
            }
            for failure in sorted(measured.failures, key=lambda each: -each.count)
        ],
        "generator": {
            "cpu_percent": round(100 * measured.cpu_seconds / settings.seconds, 1),
            "late_ms": _spread(measured.late),
            "lag_ms": _spread(measured.lag),
        },
        "machine": dict(machine),
        "histogram_ms": _histograms(measured),
        "series": {"rows": len(measured.samples), "kept": min(len(measured.samples), MOST_ROWS)},
    }


def not_begun(code: str) -> dict[str, JsonValue]:
    """Return the content of load.json where nobody could be signed in, and nothing was sent."""
    return {"format": FORMAT, "sign_in": code}


def as_bytes(content: Mapping[str, JsonValue]) -> bytes:
    """Return load.json as it is kept."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def series(measured: Measured) -> bytes:
    """Return the samples as compressed CSV, the first MOST_ROWS of them; equal in, equal out."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("at_s", "operation", "milliseconds", "outcome"))
    rows.writerows(
        (f"{at:.3f}", OPERATIONS[operation], f"{took:.1f}", OUTCOMES[outcome].value)
        for operation, at, took, outcome in measured.samples[:MOST_ROWS]
    )
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _settings(settings: Settings) -> dict[str, JsonValue]:
    return {
        "rate": settings.rate,
        "seconds": settings.seconds,
        "warm_up_seconds": settings.warm_up,
        "users": settings.users,
        "timeout_ms": round(settings.timeout * _MILLI),
        "submission_bytes": max(len(each.body.encode()) for each in settings.templates),
        "patients": len(settings.templates),
    }


def _journeys(measured: Measured, settings: Settings) -> dict[str, JsonValue]:
    """Count what ended in a time as long as the measurement, later by a journey's own length.

    A server that answers slowly, but as fast as it is asked, thus keeps its pace.
    """
    lengths = sorted(end - began for began, end in measured.completed if began >= 0)
    usual = percentile(lengths, 50) if lengths else 0.0
    ended = sum(usual <= end < settings.seconds + usual for _, end in measured.completed)
    return {
        "planned": measured.planned,
        "succeeded": measured.succeeded,
        "not_begun": _count(measured, Outcome.NOT_BEGUN),
        "median_ms": round(usual * _MILLI, 1),
        "ended": min(ended, measured.planned),
        "planned_per_second": settings.rate,
        "achieved_per_second": round(ended / settings.seconds, 2),
        "warm_up_failures": measured.warm_up_failures,
    }


def _count(measured: Measured, outcome: Outcome) -> int:
    return sum(OUTCOMES[place] is outcome for *_, place in measured.samples)


def _operation(measured: Measured, place: int) -> dict[str, JsonValue]:
    ends = [OUTCOMES[end] for operation, _, _, end in measured.samples if operation == place]
    timed = _timed(measured, place)
    answered = ends.count(Outcome.ANSWERED)
    return {
        "operation": OPERATIONS[place],
        "requests": len(ends),
        "failed": len(ends) - answered,
        "timed": len(timed),
        "at_least": len(timed) - answered,
        "milliseconds": _spread(timed),
    }


def _timed(measured: Measured, place: int) -> list[float]:
    """Return how long answers took, and how long it took at least where none came."""
    return [
        took
        for operation, _, took, end in measured.samples
        if operation == place and OUTCOMES[end] in {*AT_LEAST, Outcome.ANSWERED}
    ]


def _spread(values: Iterable[float]) -> dict[str, JsonValue] | None:
    """Return percentiles and maximum; None where there is no value."""
    ordered = sorted(values)
    if not ordered:
        return None
    told: dict[str, JsonValue] = {
        f"p{percent}": round(percentile(ordered, percent), 1) for percent in PERCENTILES
    }
    return {"min": round(ordered[0], 1), **told, "max": round(ordered[-1], 1)}


def _histograms(measured: Measured) -> dict[str, JsonValue]:
    """Return for each operation how many times lie below each bound and not below the last."""
    told: dict[str, JsonValue] = {"below": [*BOUNDS, None]}
    for place, operation in enumerate(OPERATIONS):
        classes = Counter(bisect_right(BOUNDS, took) for took in _timed(measured, place))
        told[operation] = [classes[each] for each in range(len(BOUNDS) + 1)]
    return told
