"""Facts about how a laboratory's software retrieves, reserves and dispenses."""

from collections import Counter
from collections.abc import Iterator

from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.transcript import StepState
from test_suites.core.view import View, as_told, in_request, in_step
from test_suites.match.fhir import (
    accepted,
    answered,
    parameter,
    refused,
    resources,
    sent,
)
from test_suites.match.path import first, first_text, select

WRITES = frozenset(
    {"dispense", "reserve", "release", "retrieve-prescription", "cancel", "submit-prescription"}
)


def operation_happened(view: View) -> Iterator[Observation]:
    """The operation is asked for, after another one was granted where that is needed."""
    asked = view.exchanges()
    if asked:
        yield view.held(in_request(asked[0]), expected=view.of, actual=view.of)
        return
    after = view.params.get("after")
    granted = [e for e in view.whole_case() if e.operation == after and accepted(e)]
    if (after and not granted) or view.state is not StepState.DONE or _was_refused(view):
        yield view.unobserved("no-ok-answer")
        return
    place = as_told(view, in_request(granted[-1])) if granted else in_step(view)
    yield view.broken(place, expected=view.of, actual="-")


def _was_refused(view: View) -> bool:
    """Tell whether the step's conversation ended with a refusal, so that nothing could follow."""
    all_calls = view.of_step(view.step.id)
    last = all_calls[-1].response if all_calls else None
    return last is not None and last.status >= 400  # noqa: PLR2004  4xx and 5xx


def retrieves_by_code(view: View) -> Iterator[Observation]:
    """The code sent for retrieval is the code that the paper bears."""
    asked, paper = view.exchanges("retrieve-prescription"), view.bound("paper")
    if not asked or paper is None or paper.code is None:
        yield view.unobserved("no-request")
        return
    code = parameter(sent(asked[0]), "code", "valueString")
    yield view.decide(
        in_request(asked[0], "/parameter"),
        holds=code == paper.code,
        expected=paper.code,
        actual=code or "-",
    )


def retrieves_by_number(view: View) -> Iterator[Observation]:
    """Without a code, retrieval carries the number and the patient's birth date."""
    asked, patient = view.exchanges("retrieve-prescription"), view.asked("birth_date_of")
    bound = view.bound("number")
    if not asked or patient is None or bound is None or bound.number is None:
        yield view.unobserved("no-request")
        return
    request = sent(asked[0])
    number = str(parameter(request, "number", "valueString") or "-")
    birth_date = parameter(request, "birth-date", "valueDate") or "-"
    holds = (_plain(number), birth_date) == (_plain(bound.number), patient.birth_date)
    yield view.decide(
        in_request(asked[0], "/parameter"),
        holds=holds,
        expected=f"{bound.number}, {patient.birth_date}",
        actual=f"{number}, {birth_date}",
    )


def _plain(number: str) -> str:
    return number.replace("-", "").replace(" ", "").upper()


def retrieved_before_dispense(view: View) -> Iterator[Observation]:
    """Before the step's first reservation or dispensation, the prescription is retrieved."""
    calls = view.api()
    acting = [n for n, e in enumerate(calls) if e.operation in {"reserve", "dispense"}]
    before = [
        e for e in calls[: acting[0] if acting else None] if e.operation == "retrieve-prescription"
    ]
    if not acting and not before:
        yield view.unobserved("no-request")
        return
    yield view.decide(
        in_request(before[0] if before else calls[acting[0]]),
        holds=bool(before),
        expected="retrieve-prescription",
        actual=before[0].operation if before else "-",
    )


def _dispensation(exchange: Exchange) -> str | None:
    return first_text(sent(exchange), "parameter[name=dispensation].valueIdentifier.value")


def dispensed_once(view: View) -> Iterator[Observation]:
    """The step reports one dispensation: attempts to send it again carry the same body."""
    reports = view.exchanges("dispense")
    if not reports:
        yield view.unobserved("no-request")
        return
    final = [e for e in reports if accepted(e) or refused(e)]
    distinct = dict.fromkeys(e.request.body for e in final)
    yield view.decide(
        in_request((final or list(reports))[-1]),
        holds=len(distinct) <= 1,
        expected="1",
        actual=len(distinct),
    )


def dispensation_identified(view: View) -> Iterator[Observation]:
    """Every report of a dispensation carries an identifier with system and value."""
    reports = view.exchanges("dispense")
    if not reports:
        yield view.unobserved("no-request")
    for exchange in reports:
        system = first_text(sent(exchange), "parameter[name=dispensation].valueIdentifier.system")
        value = _dispensation(exchange)
        yield view.decide(
            in_request(exchange, "/parameter"),
            holds=bool(system and value),
            expected="dispensation",
            actual=f"{system or '-'} | {value or '-'}",
        )


def dispensed_as_asked(view: View) -> Iterator[Observation]:
    """The dispensed lines and counts are those that the step asked for."""
    reports = view.exchanges("dispense")
    codes = _codes_by_line(view)
    if not reports or not codes:
        yield view.unobserved("no-request")
        return
    wanted = _asked_counts(view)
    got = _counts(sent(reports[0]), codes)
    yield view.decide(
        in_request(reports[0], "/parameter"),
        holds=got == wanted,
        expected=_shown(wanted),
        actual=_shown(got) or "*",
    )


def _codes_by_line(view: View) -> dict[str, str]:
    """Return the code of each line identifier, from any prescription given out in the case."""
    bundles = [
        parameter(answered(e), "prescription", "resource")
        for e in view.whole_case()
        if e.operation == "retrieve-prescription" and accepted(e)
    ]
    return {
        first_text(line, "identifier[0].value") or "": first_text(line, "code.coding[0].code") or ""
        for bundle in bundles
        for line in resources(bundle, "ServiceRequest")
    }


def _counts(request: JsonValue, codes: dict[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in select(request, "parameter[name=line]"):
        identifier = first_text(line, "part[name=identifier].valueIdentifier.value") or ""
        count = first(line, "part[name=count].valuePositiveInt")
        counts[codes.get(identifier, identifier)] += count if isinstance(count, int) else 1
    return counts


def _asked_counts(view: View) -> Counter[str]:
    asked = view.step.parameters.get("lines", [])
    counts: Counter[str] = Counter()
    for line in asked if isinstance(asked, list) else []:
        count = line.get("count", 1) if isinstance(line, dict) else 1
        code = str(line["code"]) if isinstance(line, dict) else ""
        counts[code] += count if isinstance(count, int) else 1
    return counts


def _shown(counts: Counter[str]) -> str:
    return ", ".join(f"{code} x {count}" for code, count in sorted(counts.items()))


def no_further_attempt(view: View) -> Iterator[Observation]:
    """After a final refusal the request is not repeated and nothing is reported dispensed."""
    calls = view.api()
    first_no = next((n for n, e in enumerate(calls) if refused(e) and e.operation in WRITES), None)
    if first_no is None:
        done = view.state is StepState.DONE and bool(calls)
        yield view.held(in_step(view)) if done else view.unobserved("no-refusal")
        return
    refusal = calls[first_no]
    again = [e for e in calls[first_no + 1 :] if e.operation in {refusal.operation, "dispense"}]
    yield view.decide(
        in_request((again or [refusal])[0]), holds=not again, expected="0", actual=len(again)
    )


def parameters_named(view: View) -> Iterator[Observation]:
    """Every operation is called with a Parameters resource whose parameters are named."""
    calls = [e for e in view.api() if e.request.method == "POST"]
    if not calls:
        yield view.unobserved("no-request")
    for exchange in calls:
        request = sent(exchange)
        unnamed = [p for p in select(request, "parameter[*]") if not first_text(p, "name")]
        kind = first(request, "resourceType")
        yield view.decide(
            in_request(exchange),
            holds=kind == "Parameters" and not unnamed,
            expected="Parameters",
            actual=f"{kind}, {len(unnamed)} x -" if unnamed else kind,
        )
