"""Facts about every request that a client sends, whatever it is for."""

from collections.abc import Iterator

from test_suites.core.finding import Observation
from test_suites.core.view import API_OPERATIONS, View, in_request
from test_suites.match.jsontext import flaws


def request_media_type(view: View) -> Iterator[Observation]:
    """Every FHIR body that the step sends has the expected media type."""
    posts = [e for e in view.api() if e.request.body]
    if not posts:
        yield view.unobserved("no-request")
        return
    wanted = view.text("media_type")
    types = [
        ((e.request.header("content-type") or "-").partition(";")[0].strip().lower(), e)
        for e in posts
    ]
    wrong = [(given, e) for given, e in types if given != wanted]
    given, exchange = (wrong or types)[0]
    yield view.decide(in_request(exchange), holds=not wrong, expected=wanted, actual=given)


def json_clean(view: View) -> Iterator[Observation]:
    """Every JSON body that the step sends is what FHIR allows JSON to be."""
    posts = [e for e in (view.exchanges() if view.of else view.api()) if e.request.body]
    if not posts:
        yield view.unobserved("no-request")
    for exchange in posts:
        found = flaws(exchange.request.body)
        place = in_request(exchange, found[0].pointer if found else "")
        yield view.decide(
            place,
            holds=not found,
            expected="-",
            actual=", ".join(f"{flaw.what} {flaw.pointer}".strip() for flaw in found) or "-",
        )


def request_id_sent(view: View) -> Iterator[Observation]:
    """Every API request of the case carries an X-Request-Id that no other one carries."""
    requests = [e for e in view.whole_case() if e.operation in API_OPERATIONS]
    if not requests:
        yield view.unobserved("no-request")
        return
    seen = [e.request.header("x-request-id") for e in requests]
    wrong = [
        e for e, value in zip(requests, seen, strict=True) if not value or seen.count(value) > 1
    ]
    yield view.decide(
        in_request((wrong or requests)[0]),
        holds=not wrong,
        expected=f"{len(requests)}",
        actual=len({value for value in seen if value}),
    )


def user_agent_sent(view: View) -> Iterator[Observation]:
    """Every API request of the case names the software in User-Agent."""
    requests = [e for e in view.whole_case() if e.operation in API_OPERATIONS]
    if not requests:
        yield view.unobserved("no-request")
        return
    bare = [e for e in requests if not (e.request.header("user-agent") or "").strip()]
    shown = (bare or requests)[0]
    yield view.decide(
        in_request(shown),
        holds=not bare,
        expected="User-Agent",
        actual=shown.request.header("user-agent") or "-",
    )


def discovery_read(view: View) -> Iterator[Observation]:
    """Whoever asks for a token has read the discovery document before."""
    asked = [e for e in view.whole_case() if e.operation in {"token", "authorize"}]
    if not asked:
        yield view.unobserved("no-sign-in")
        return
    read = [e for e in view.whole_case() if e.operation == "discovery" and e.at <= asked[0].at]
    yield view.decide(
        in_request((read or asked)[0]),
        holds=bool(read),
        expected="openid-configuration",
        actual="openid-configuration" if read else "-",
    )
