"""Facts about how a server answers under load, from the figures that the lab measured.

A load that the server bore proves every smaller one, and a load that it did not bear proves
every greater one: what was sent above the nominal load and not borne, or below it and borne,
shows nothing. Neither does anything where the generator itself could not keep its pace.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.transcript import Exhibit, ExhibitKind
from test_suites.core.view import Place, View, in_exhibit, in_step

LOAD_JSON: Final = "load.json"
MOST_CPU_PERCENT: Final = 90
MOST_LATE_MS: Final = 100
"""Where 5 % of the journeys begin, or of the clock's ticks come, later than this, the generator
was too busy for its figures to be those of the server."""

FEWEST: Final = 5
_SERVER_FAULT: Final = 500


def load_percentile(view: View) -> Iterator[Observation]:
    """A share of the answers to one operation came in time."""
    load = _load(view)
    if isinstance(load, Observation):
        yield load
        return
    wanted, percent = view.text("operation"), view.number("percentile")
    own = load.operation(wanted)
    timed = _number(own, "timed")
    times = own.get("milliseconds")
    if not isinstance(times, dict) or not timed:
        yield view.unobserved("load-nothing-answered", load.place)
        return
    limit, took = view.number("milliseconds"), _number(times, f"p{percent}")
    # With so few values the percentile is the greatest of them; it says little, unless even
    # half of them are beyond the limit.
    few = timed < 100 / (100 - percent)
    if few and (timed < FEWEST or _number(times, "p50") <= limit):
        yield view.unobserved("load-too-few", load.place, count=f"{timed:.0f}")
        return
    yield load.weighed(
        holds=took <= limit,
        expected=f"≤ {limit} ms",
        actual=_milliseconds(took),
        more={"operation": wanted, "percent": str(percent), "count": f"{timed:.0f}"},
    )


def load_failures(view: View) -> Iterator[Observation]:
    """At most a share of the requests failed."""
    load = _load(view)
    if isinstance(load, Observation):
        yield load
        return
    sent = sum(_number(each, "requests") for each in load.operations)
    failed = sum(_number(each, "failed") for each in load.operations)
    most = view.number("percent")
    if not sent:
        yield view.unobserved("load-nothing-answered", load.place)
        return
    yield load.weighed(
        holds=failed * 100 <= most * sent,
        expected=f"≤ {most} %",
        actual=f"{failed:.0f} / {sent:.0f}",
        more={"kinds": load.kinds() or "-"},
    )


def load_pace(view: View) -> Iterator[Observation]:
    """The server brought journeys to their end as fast as they were begun."""
    load = _load(view)
    if isinstance(load, Observation):
        yield load
        return
    planned, ended = _number(load.journeys, "planned"), _number(load.journeys, "ended")
    least = view.number("percent")
    yield load.weighed(
        # One journey may still be under way when the time is over.
        holds=(ended + 1) * 100 >= least * planned,
        expected=f"≥ {least} %",
        actual=f"{ended:.0f} / {planned:.0f}",
        more={"rate": f"{load.rate:.0f}"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """Owns the figures of one load.json, as the question of one expectation needs them."""

    view: View
    place: Place
    content: Mapping[str, JsonValue]

    @property
    def operations(self) -> tuple[Mapping[str, JsonValue], ...]:
        return _objects(self.content.get("operations"))

    @property
    def journeys(self) -> Mapping[str, JsonValue]:
        return _object(self.content.get("journeys"))

    @property
    def rate(self) -> float:
        return _number(_object(self.content.get("settings")), "rate")

    def operation(self, name: str) -> Mapping[str, JsonValue]:
        """Return the figures of one operation; nothing where it was not sent."""
        return next((each for each in self.operations if each.get("operation") == name), {})

    def kinds(self) -> str:
        """Return the three most frequent ways of failing, in the words of the protocol."""
        failures = _objects(self.content.get("failures"))[:3]
        return ", ".join(
            " ".join(
                str(part)
                for part in (
                    each.get("operation"),
                    each.get("status") or each.get("outcome"),
                    each.get("code"),
                    f"({_number(each, 'count'):.0f})",
                )
                if part
            )
            for each in failures
        )

    def is_generator_late(self) -> bool:
        """Tell whether the generator could not keep its own pace."""
        generator = _object(self.content.get("generator"))
        late, lag = _object(generator.get("late_ms")), _object(generator.get("lag_ms"))
        slow = max(_number(late, "p95"), _number(lag, "p95"))
        return slow > MOST_LATE_MS or _number(generator, "cpu_percent") > MOST_CPU_PERCENT

    def weighed(
        self, *, holds: bool, expected: str, actual: str, more: Mapping[str, JsonValue]
    ) -> Observation:
        """Return what the figures show of the nominal load."""
        view, nominal = self.view, self.view.number("rate")
        if self.is_generator_late():
            return view.unobserved("load-generator-late", self.place)
        if (self.rate < nominal) if holds else (self.rate > nominal):
            reason = "load-below-nominal" if holds else "load-above-nominal"
            sent = f"{self.rate:.0f}"
            return view.unobserved(reason, self.place, sent=sent, nominal=str(nominal))
        seen = view.decide(self.place, holds=holds, expected=expected, actual=actual)
        return replace(seen, params={**seen.params, **more})


def _load(view: View) -> _Load | Observation:
    """Return the figures of this step, or what is to be said where there are none."""
    found = (e for e in view.exhibits(ExhibitKind.MEASURED) if e.name == LOAD_JSON)
    exhibit = next(found, None)
    content = None if exhibit is None else _content(exhibit)
    if exhibit is None or content is None:
        return view.unobserved("load-not-measured", in_step(view))
    place = in_exhibit(exhibit)
    failure = content.get("sign_in")
    if failure is None:
        return _Load(view=view, place=place, content=content)
    if view.check == "load-failures" and _is_server_fault(str(failure)):
        params: dict[str, JsonValue] = {"kinds": str(failure)}
        seen = view.broken(place, expected=f"≤ {view.number('percent')} %", actual="1 / 1")
        return replace(seen, params={**seen.params, **params})
    return view.unobserved("load-no-sign-in", place, code=str(failure))


def _is_server_fault(code: str) -> bool:
    """Tell whether a sign-in ended with a 5xx answer: `token-500`, `503`."""
    status = code.rpartition("-")[2]
    return status.isdigit() and int(status) >= _SERVER_FAULT


def _content(exhibit: Exhibit) -> Mapping[str, JsonValue] | None:
    try:
        value = json.loads(exhibit.content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _objects(value: JsonValue) -> tuple[Mapping[str, JsonValue], ...]:
    return tuple(map(_object, value)) if isinstance(value, list) else ()


def _number(content: Mapping[str, JsonValue], name: str) -> float:
    value = content.get(name)
    return 0.0 if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _milliseconds(value: float) -> str:
    """Return a time in whole milliseconds, rounded up: no limit looks kept that was not."""
    return f"{-(-value // 1):.0f} ms"
