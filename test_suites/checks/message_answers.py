"""Facts about what a server of HL7 v2 answered to a message."""

from collections.abc import Iterator

from test_suites.checks.requests import where_something_was_sent
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.view import View, in_response
from test_suites.match import messages as hl7


@where_something_was_sent
def answered_with(view: View) -> Iterator[Observation]:
    """The answer has an acknowledgement code and, where named, an error code and its place."""
    expected = " ".join(
        str(view.params[name]) for name in ("code", "error", "place") if name in view.params
    )
    for exchange in _answered(view):
        told = hl7.answer(exchange)
        err = None if told is None else told.first("ERR")
        found = [hl7.acknowledgement(exchange) or "-"]
        if "error" in view.params:
            found.append("-" if err is None else err.value(3))
        if "place" in view.params:
            found.append("-" if err is None else err.field(2))
        actual = " ".join(found)
        yield view.decide(
            in_response(exchange), holds=actual == expected, expected=expected, actual=actual
        )


@where_something_was_sent
def answer_field(view: View) -> Iterator[Observation]:
    """A field of the answer has a form; `none`: there is no such segment."""
    name, field = view.text("segment"), view.number("field")
    component, pattern = int(str(view.params.get("component", 1))), view.text("form")
    for exchange in _answered(view):
        told = hl7.answer(exchange)
        found = () if told is None else hl7.values(told, name, field, component=component)
        holds = not found if pattern == "none" else any(hl7.fits(pattern, one) for one in found)
        actual = ", ".join(found) or "-"
        yield view.decide(in_response(exchange), holds=holds, expected=pattern, actual=actual)


@where_something_was_sent
def answer_count(view: View) -> Iterator[Observation]:
    """The answer has so many segments of a name."""
    name, count = view.text("segment"), view.number("count")
    for exchange in _answered(view):
        told = hl7.answer(exchange)
        found = 0 if told is None else len(tuple(told.all(name)))
        yield view.decide(
            in_response(exchange), holds=found == count, expected=f"{count} {name}", actual=found
        )


@where_something_was_sent
def answer_others(view: View) -> Iterator[Observation]:
    """The answer gives persons, and none whom the answer of an earlier step gave."""
    before = {each for one in view.of_step(view.text("first"), view.of) for each in _given(one)}
    for exchange in _answered(view):
        found = _given(exchange)
        again = sorted(value for value, _ in found & before)
        yield view.decide(
            in_response(exchange),
            holds=bool(found) and not again,
            expected=f"≠ {', '.join(sorted(value for value, _ in before))}",
            actual=", ".join(again or sorted(value for value, _ in found)) or "-",
        )


@where_something_was_sent
def answer_domains(view: View) -> Iterator[Observation]:
    """The answer gives numbers, and only such of the domains asked for."""
    wanted = set(view.words("domains"))
    for exchange in _answered(view):
        found = {authority for _, authority in _given(exchange)}
        yield view.decide(
            in_response(exchange),
            holds=bool(found) and found <= wanted,
            expected=", ".join(sorted(wanted)),
            actual=", ".join(sorted(found)) or "-",
        )


def _given(exchange: Exchange) -> set[tuple[str, str]]:
    """Return number and authority of everybody in an answer."""
    told = hl7.answer(exchange)
    pids = () if told is None else told.all("PID")
    return {number for pid in pids for number in hl7.numbers(pid, 3)}


@where_something_was_sent
def answer_control_id(view: View) -> Iterator[Observation]:
    """MSA-2 names the message that is answered."""
    for exchange in _answered(view):
        told = hl7.answer(exchange)
        msa = None if told is None else told.first("MSA")
        actual, expected = "" if msa is None else msa.value(2), hl7.control_id(exchange)
        yield view.decide(
            in_response(exchange), holds=actual == expected, expected=expected, actual=actual
        )


def _answered(view: View) -> Iterator[Exchange]:
    """Give the exchanges that the service answered."""
    yield from (each for each in view.exchanges() if each.response is not None)
