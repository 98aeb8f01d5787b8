"""Facts about what a service answered: status, refusal codes, outcomes, states."""

from collections.abc import Iterator

from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.view import View, in_response
from test_suites.match.address import url_of
from test_suites.match.fhir import (
    accepted,
    answered,
    business_status,
    faults,
    parameter,
    task,
)
from test_suites.match.jsontext import read_exact, read_json
from test_suites.match.path import first, first_text, select

ISSUE_TYPES = frozenset({
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown",
    "expired", "forbidden", "suppressed", "processing", "not-supported", "duplicate",
    "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
    "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception",
    "timeout", "incomplete", "throttled", "informational",
})  # fmt: skip
"""FHIR R4's closed list of OperationOutcome.issue.code."""

SEVERITIES = frozenset({"fatal", "error", "warning", "information"})
SPOILED = frozenset({"status", "reset", "truncate", "malformed"})
INTERNALS = ("Traceback", 'File "', "sqlite3.", "psycopg", "site-packages", "at java.", ".py:")


def genuine(exchanges: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Return the exchanges that the service itself answered in full."""
    return tuple(e for e in exchanges if e.response is not None and e.deviation not in SPOILED)


def last_answer(view: View) -> Exchange | None:
    """Return the last exchange of the step that the service itself answered."""
    answers = genuine(view.exchanges())
    return answers[-1] if answers else None


def response_status(view: View) -> Iterator[Observation]:
    """The last answer to the operation has the expected status."""
    exchange = last_answer(view)
    if exchange is None or exchange.response is None:
        yield view.unobserved("no-answer")
        return
    status, wanted = exchange.response.status, view.number("status")
    yield view.decide(in_response(exchange), holds=status == wanted, expected=wanted, actual=status)


def refusal_codes(view: View) -> Iterator[Observation]:
    """The last answer lists exactly the expected refusal codes, with the expected status."""
    exchange = last_answer(view)
    if exchange is None or exchange.response is None:
        yield view.unobserved("no-answer")
        return
    wanted = sorted(view.words("codes"))
    codes = sorted(str(fault.code) for fault in faults(exchange))
    status = exchange.response.status
    fits = view.params.get("status") in {None, status}
    yield view.decide(
        in_response(exchange),
        holds=codes == wanted and fits,
        expected=" ".join([str(view.params.get("status", "")), *wanted]).strip(),
        actual=" ".join([str(status) if "status" in view.params else "", *codes]).strip(),
    )


def refusal_holds(view: View) -> Iterator[Observation]:
    """The last answer lists the expected refusal code, whatever else it lists."""
    exchange = last_answer(view)
    if exchange is None:
        yield view.unobserved("no-answer")
        return
    codes = sorted(str(fault.code) for fault in faults(exchange))
    wanted = view.text("code")
    yield view.decide(
        in_response(exchange), holds=wanted in codes, expected=wanted, actual=" ".join(codes)
    )


def _refusals(view: View) -> tuple[Exchange, ...]:
    return tuple(
        e
        for e in genuine(view.exchanges())
        if e.response is not None
        and e.response.status >= 400  # noqa: PLR2004  4xx and 5xx
        and "/fhir/" in e.request.target
    )


def outcome_well_formed(view: View) -> Iterator[Observation]:
    """Every refusal of the step is an OperationOutcome with severities and codes of FHIR's."""
    refusals = _refusals(view)
    if not refusals:
        yield view.unobserved("no-refusal")
    for exchange in refusals:
        issues = faults(exchange)
        wrong = [
            f"{issue.severity}/{issue.issue_code}"
            for issue in issues
            if issue.severity not in SEVERITIES or issue.issue_code not in ISSUE_TYPES
        ]
        actual = "OperationOutcome" if issues else str(first(answered(exchange), "resourceType"))
        yield view.decide(
            in_response(exchange),
            holds=bool(issues) and not wrong,
            expected="OperationOutcome",
            actual=", ".join([actual, *wrong]),
        )


def outcome_located(view: View) -> Iterator[Observation]:
    """Every issue of the last refusal names its place and its rule."""
    exchange = last_answer(view)
    issues = () if exchange is None else faults(exchange)
    if exchange is None or not issues:
        yield view.unobserved("no-refusal")
        return
    without = [
        f"issue[{n}]" for n, issue in enumerate(issues) if not (issue.expression and issue.code)
    ]
    yield view.decide(
        in_response(exchange, "/issue"),
        holds=not without,
        expected="expression, details.coding",
        actual=", ".join(without) or f"{len(issues)} issues",
    )


def refused_with_reason(view: View) -> Iterator[Observation]:
    """The last answer is a 4xx with at least one issue that has a code or a sentence."""
    exchange = last_answer(view)
    if exchange is None or exchange.response is None:
        yield view.unobserved("no-answer")
        return
    reasons = [fault for fault in faults(exchange) if fault.code or fault.text]
    status = exchange.response.status
    yield view.decide(
        in_response(exchange),
        holds=status // 100 == 4 and bool(reasons),  # noqa: PLR2004  4xx
        expected="4xx, OperationOutcome",
        actual=f"{status}, {len(reasons)} issues",
    )


def nothing_internal_shown(view: View) -> Iterator[Observation]:
    """No refusal of the step shows a stack trace or another inside of the server."""
    refusals = _refusals(view)
    if not refusals:
        yield view.unobserved("no-refusal")
    for exchange in refusals:
        body = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
        seen = [mark for mark in INTERNALS if mark in body]
        yield view.decide(
            in_response(exchange), holds=not seen, expected="-", actual=", ".join(seen) or "-"
        )


def bearer_challenge(view: View) -> Iterator[Observation]:
    """Every 401 of the step carries WWW-Authenticate with the Bearer scheme."""
    answers = [e for e in genuine(view.exchanges()) if e.response and e.response.status == 401]  # noqa: PLR2004  unauthorised
    if not answers:
        yield view.unobserved("no-refusal")
    for exchange in answers:
        header = exchange.response.header("www-authenticate") if exchange.response else None
        yield view.decide(
            in_response(exchange),
            holds=(header or "").lower().startswith("bearer"),
            expected="WWW-Authenticate: Bearer",
            actual=header or "-",
        )


def answer_parameters(view: View) -> Iterator[Observation]:
    """The last OK answer is a Parameters resource with the expected parameters."""
    exchange = last_answer(view)
    if exchange is None or not accepted(exchange):
        yield view.unobserved("no-ok-answer")
        return
    answer = answered(exchange)
    names = [name for name in select(answer, "parameter[*].name") if isinstance(name, str)]
    missing = [name for name in view.words("names") if name not in names]
    is_parameters = first(answer, "resourceType") == "Parameters"
    yield view.decide(
        in_response(exchange),
        holds=is_parameters and not missing,
        expected=", ".join(view.words("names")),
        actual=", ".join(names) or "-",
    )


def answer_value(view: View) -> Iterator[Observation]:
    """The last answer has the expected value at a path."""
    exchange = last_answer(view)
    if exchange is None:
        yield view.unobserved("no-answer")
        return
    value, wanted = first(answered(exchange), view.text("path")), view.params["value"]
    yield view.decide(
        in_response(exchange),
        holds=value == wanted,
        expected=f"{view.text('path')} = {wanted}",
        actual=value,
    )


def task_state(view: View) -> Iterator[Observation]:
    """The Task of the last OK answer has the expected status and business status."""
    exchange = last_answer(view)
    if exchange is None:
        yield view.unobserved("no-answer")
        return
    found = task(exchange)
    state = f"{first(found, 'status')} / {business_status(found)}"
    wanted = f"{view.text('status')} / {view.text('business_status')}"
    yield view.decide(in_response(exchange), holds=state == wanted, expected=wanted, actual=state)


def search_total(view: View) -> Iterator[Observation]:
    """The last answer is a searchset with the expected number of matches."""
    exchange = last_answer(view)
    if exchange is None:
        yield view.unobserved("no-answer")
        return
    answer = answered(exchange)
    others = [mode for mode in select(answer, "entry[*].search.mode") if mode != "match"]
    count = len(select(answer, "entry[*]")) - len(others)
    is_set = first(answer, "type") == "searchset"
    yield view.decide(
        in_response(exchange),
        holds=is_set and count == view.number("total"),
        expected=view.number("total"),
        actual=count if is_set else first(answer, "resourceType"),
    )


def never_dispensed(view: View) -> Iterator[Observation]:
    """No dispensation of the step was accepted, though one was tried for."""
    tried = genuine(view.api())
    if not tried:
        yield view.unobserved("no-request")
        return
    taken = [e for e in tried if e.operation == "dispense" and accepted(e)]
    place = in_response((taken or list(tried))[-1])
    yield view.decide(place, holds=not taken, expected="0", actual=len(taken))


def same_answer(view: View) -> Iterator[Observation]:
    """The answer to a repeated submission is the answer the first one got."""
    firsts = genuine(view.of_step(view.text("first"), view.of))
    again = last_answer(view)
    if not firsts or again is None:
        yield view.unobserved("no-answer")
        return
    if not accepted(firsts[-1]):
        yield view.unobserved("no-ok-answer")
        return
    wanted, got = _essence(firsts[-1]), _essence(again)
    yield view.decide(in_response(again), holds=wanted == got, expected=wanted, actual=got)


def _essence(exchange: Exchange) -> str:
    answer = answered(exchange)
    number = first_text(answer, "parameter[name=prescription-number].valueIdentifier.value")
    status = exchange.response.status if exchange.response else None
    document = parameter(answer, "document", "resource")
    size = len(first_text(document, "data") or "")
    return f"{status} Task/{first(task(exchange), 'id')} {number} ({size})"


def retrieval_faithful(view: View) -> Iterator[Observation]:
    """The Bundle given back is, number by number and key by key, the Bundle submitted."""
    exchange = last_answer(view)
    submissions = [
        e for e in view.transcript.exchanges if e.operation == "submit-prescription" and accepted(e)
    ]
    if exchange is None or not accepted(exchange) or not submissions:
        yield view.unobserved("no-ok-answer")
        return
    given = _exact_prescription(exchange)
    holds = any(
        read_exact(e.request.body.decode("utf-8")) == given
        for e in submissions
        if read_json(e.request.body) is not None
    )
    yield view.decide(
        in_response(exchange, "/parameter"),
        holds=holds,
        expected="Bundle",
        actual="Bundle" if holds else "Bundle != Bundle" if given else "-",
    )


def _exact_prescription(exchange: Exchange) -> object:
    body = exchange.response.body.decode("utf-8", "replace") if exchange.response else "null"
    answer = read_exact(body) if read_json(body.encode()) is not None else None
    parameters = answer.get("parameter", []) if isinstance(answer, dict) else []
    named = (p for p in parameters if isinstance(p, dict) and p.get("name") == "prescription")
    return next((p.get("resource") for p in named), None)


def request_id_returned(view: View) -> Iterator[Observation]:
    """Every answer of the API carries an X-Request-Id, the request's own where it sent one."""
    answers = tuple(e for e in genuine(view.exchanges()) if "/fhir/" in e.request.target)
    if not answers:
        yield view.unobserved("no-answer")
    for exchange in answers:
        sent_id = exchange.request.header("x-request-id")
        given = exchange.response.header("x-request-id") if exchange.response else None
        yield view.decide(
            in_response(exchange),
            holds=bool(given) and sent_id in {None, given},
            expected=sent_id or "X-Request-Id",
            actual=given or "-",
        )


def answer_media_type(view: View) -> Iterator[Observation]:
    """Every answer of the API that has a body has the expected media type."""
    answers = [
        e
        for e in genuine(view.exchanges())
        if "/fhir/" in e.request.target and e.response is not None and e.response.body
    ]
    if not answers:
        yield view.unobserved("no-answer")
    for exchange in answers:
        header = exchange.response.header("content-type") if exchange.response else None
        given = (header or "-").partition(";")[0].strip().lower()
        wanted = view.text("media_type")
        yield view.decide(
            in_response(exchange), holds=given == wanted, expected=wanted, actual=given
        )


def discovery_issuer(view: View) -> Iterator[Observation]:
    """The discovery document's issuer is the address it was read at."""
    documents = [e for e in genuine(view.exchanges()) if e.operation == "discovery"]
    if not documents:
        yield view.unobserved("no-answer")
    for exchange in documents:
        issuer = first_text(answered(exchange), "issuer") or "-"
        read_at = url_of(exchange).removesuffix("/.well-known/openid-configuration")
        yield view.decide(
            in_response(exchange), holds=issuer == read_at, expected=read_at, actual=issuer
        )
