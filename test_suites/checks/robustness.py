"""Facts about the answers to generated requests: one observation for each fault, not each request.

Requests are known by their X-Request-Id. What went wrong the same way at one operation is one
observation, with the smallest such request as its evidence and their number beside it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from test_suites.checks.answers import INTERNALS
from test_suites.checks.interface import Interface, Promised, media_type
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, Response
from test_suites.core.transcript import ExhibitKind
from test_suites.core.view import View, in_request, in_response
from test_suites.match.jsontext import read_json

MARK: Final = "fuzz-"
"""What the X-Request-Id of a generated request begins with."""
DOCUMENT: Final = "openapi.json"
"""The exhibit that holds the document from which was generated."""
MOST: Final = 20
"""The longest list of faults that one check tells of."""
_OK, _REDIRECTED, _REFUSED = 200, 300, 400
_FAILED, _NOT_IMPLEMENTED, _UNAVAILABLE = 500, 501, 503
_JSON: Final = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One generated request, and what the document promises of the operation it asked for."""

    exchange: Exchange
    promised: Promised | None

    @property
    def label(self) -> str:
        """The operation; for one that no document knows, the method alone."""
        return self.exchange.request.method if self.promised is None else self.promised.label

    @property
    def size(self) -> int:
        """How large the request is: the smallest shows a fault best."""
        request = self.exchange.request
        return len(request.target) + len(request.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What one request shows: `kind` tells faults of one operation apart."""

    kind: str
    expected: str
    actual: str


Judge = Callable[[Tried, Response, Promised], Fault | None]


def tried(view: View) -> tuple[Tried, ...]:
    """Return the generated requests of the step with what was promised of each."""
    document = next(
        (e for e in view.exhibits(ExhibitKind.MEASURED) if e.name == DOCUMENT),
        None,
    )
    told = None if document is None else read_json(document.content)
    interface = Interface.of(told if isinstance(told, dict) else {})
    return tuple(
        Tried(exchange=each, promised=interface.of_exchange(each))
        for each in view.exchanges()
        if (each.request.header("x-request-id") or "").startswith(MARK)
    )


def fuzz_no_server_error(view: View) -> Iterator[Observation]:
    """No generated request is answered by a failure; 503 with Retry-After is none."""

    def fault(one: Tried) -> Fault | None:
        response = one.exchange.response
        if response is None or response.status < _FAILED:
            return None
        busy = response.status == _UNAVAILABLE and response.header("retry-after") is not None
        unknown = response.status == _NOT_IMPLEMENTED and one.promised is None
        if busy or unknown:
            return None
        return Fault(kind=str(response.status), expected="< 500", actual=str(response.status))

    yield from _observed(view, tried(view), fault)


def fuzz_answered(view: View) -> Iterator[Observation]:
    """Every generated request is answered whole, sent again over a new connection at the latest."""
    everything = tried(view)
    answered = {_id(one) for one in everything if _whole(one.exchange)}

    def fault(one: Tried) -> Fault | None:
        if _id(one) in answered:
            return None
        return Fault(kind="-", expected="HTTP", actual="-")

    yield from _observed(view, everything, fault)


def fuzz_status_documented(view: View) -> Iterator[Observation]:
    """Every status is one that the document tells of the operation."""

    def judge(_one: Tried, response: Response, promised: Promised) -> Fault | None:
        if promised.answer(response.status) is not None:
            return None
        told = ", ".join(sorted(promised.told.get("responses", {})))
        return Fault(kind=str(response.status), expected=told, actual=str(response.status))

    yield from _promised(view, judge)


def fuzz_media_type_documented(view: View) -> Iterator[Observation]:
    """Every body has a media type that the document tells of the operation and the status."""

    def judge(_one: Tried, response: Response, promised: Promised) -> Fault | None:
        told = promised.media_types(response.status)
        actual = media_type(response)
        if promised.answer(response.status) is None or not response.body or actual in told:
            return None
        actual = f"{response.status} {actual}".rstrip()
        return Fault(kind=actual, expected=", ".join(sorted(told)) or "-", actual=actual)

    yield from _promised(view, judge)


def fuzz_body_documented(view: View) -> Iterator[Observation]:
    """Every JSON body has the form that the document tells of it."""

    def judge(_one: Tried, response: Response, promised: Promised) -> Fault | None:
        wrong = promised.body_fault(response)
        if wrong is None:
            return None
        return Fault(
            kind=f"{response.status} {wrong}",
            expected="JSON Schema",
            actual=f"{response.status} {wrong}",
        )

    yield from _promised(view, judge)


def fuzz_refusal_explained(view: View) -> Iterator[Observation]:
    """Every refusal in JSON is an OperationOutcome, or an OAuth error."""

    def judge(_one: Tried, response: Response, _promised: Promised) -> Fault | None:
        if response.status < _REFUSED or not media_type(response).endswith(_JSON):
            return None
        said = read_json(response.body)
        told = said if isinstance(said, dict) else {}
        issues = told.get("issue")
        outcome = told.get("resourceType") == "OperationOutcome" and bool(issues)
        if outcome or isinstance(told.get("error"), str):
            return None
        kind = f"{response.status} {told.get('resourceType', '-')}"
        return Fault(kind=kind, expected="OperationOutcome / error", actual=kind)

    yield from _promised(view, judge)


def fuzz_nothing_internal(view: View) -> Iterator[Observation]:
    """No answer shows a stack trace or another inside of the server."""

    def fault(one: Tried) -> Fault | None:
        response = one.exchange.response
        if response is None or response.status < _REFUSED:
            return None
        body = response.body.decode("utf-8", "replace")
        seen = ", ".join(mark for mark in INTERNALS if mark in body)
        return Fault(kind=seen, expected="-", actual=seen) if seen else None

    yield from _observed(view, tried(view), fault)


def fuzz_request_id(view: View) -> Iterator[Observation]:
    """Every answer carries the X-Request-Id that was sent."""

    def judge(one: Tried, response: Response, _promised: Promised) -> Fault | None:
        sent, got = _id(one), response.header("x-request-id") or "-"
        if sent == got:
            return None
        return Fault(kind=str(response.status), expected=sent, actual=got)

    yield from _promised(view, judge)


def fuzz_data_refused(view: View) -> Iterator[Observation]:
    """No request with data that is wrong beyond doubt is answered with success."""

    def judge(one: Tried, response: Response, promised: Promised) -> Fault | None:
        if not _OK <= response.status < _REDIRECTED:
            return None
        wrong = promised.accepted_fault(one.exchange)
        if wrong is None:
            return None
        return Fault(kind=wrong, expected=f"4xx ({wrong})", actual=str(response.status))

    yield from _promised(view, judge)


def fuzz_token_demanded(view: View) -> Iterator[Observation]:
    """No operation that demands a token answers with success without one."""

    def judge(one: Tried, response: Response, promised: Promised) -> Fault | None:
        bare = one.exchange.request.header("authorization") is None
        if not promised.needs_token or not bare or response.status >= _REFUSED:
            return None
        return Fault(kind=str(response.status), expected="401", actual=str(response.status))

    yield from _promised(view, judge)


def _promised(view: View, judge: Judge) -> Iterator[Observation]:
    """Observe the answers to operations that the document knows."""
    known = tuple(
        one for one in tried(view) if one.promised is not None and one.exchange.response is not None
    )

    def fault(one: Tried) -> Fault | None:
        response, promised = one.exchange.response, one.promised
        return None if response is None or promised is None else judge(one, response, promised)

    yield from _observed(view, known, fault)


def _observed(
    view: View, everything: tuple[Tried, ...], look: Callable[[Tried], Fault | None]
) -> Iterator[Observation]:
    """Yield each distinct fault once; where there is none, that it held for all."""
    if not everything:
        yield view.unobserved("no-request")
        return
    faults: dict[tuple[str, str], list[tuple[Tried, Fault]]] = defaultdict(list)
    for one in everything:
        fault = look(one)
        if fault is not None:
            faults[one.label, fault.kind].append((one, fault))
    if not faults:
        first = min(everything, key=_smallest)
        held = view.held(in_request(first.exchange), expected="0", actual="0")
        yield replace(held, params={**held.params, "count": len(everything)})
    for key in sorted(faults)[:MOST]:
        one, fault = min(faults[key], key=lambda pair: _smallest(pair[0]))
        exchange = one.exchange
        place = in_request(exchange) if exchange.response is None else in_response(exchange)
        broken = view.broken(place, expected=fault.expected, actual=fault.actual)
        params = {**broken.params, "operation": one.label, "count": len(faults[key])}
        yield replace(broken, params=params)


def _whole(exchange: Exchange) -> bool:
    """Tell whether an answer came to its end, as far as its length tells."""
    response = exchange.response
    if response is None:
        return False
    length = response.header("content-length") or ""
    altered = any(not one.where.startswith("header:") for one in exchange.redactions)
    promised = int(length) if length.isascii() and length.isdigit() else 0
    return altered or exchange.request.method == "HEAD" or len(response.body) >= promised


def _smallest(one: Tried) -> tuple[int, int]:
    return one.size, one.exchange.record


def _id(one: Tried) -> str:
    return one.exchange.request.header("x-request-id") or ""
