"""Facts about what a client does after an answer that was made false, or strange, on purpose."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from test_suites.checks.secrecy import refusals
from test_suites.checks.telling import told_of
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, WireKind
from test_suites.core.transcript import StepState
from test_suites.core.view import API_OPERATIONS, View, in_request, in_response, in_step
from test_suites.match.address import form, query
from test_suites.match.fhir import accepted

API = "api"
"""Stands for every operation on prescription data."""

CREDENTIALS = frozenset({"header:authorization", "form:code", "form:client_assertion"})
PLAIN_HTTP = "http-request"
"""How the wire tells of a request without TLS on a port that speaks TLS."""

SHORTEST_VERIFIER, LONGEST_VERIFIER = 43, 128


def _forged(view: View) -> Exchange | None:
    """Return the first exchange of the step whose answer was made false."""
    return next((e for e in view.exchanges() if e.deviation == view.text("deviation")), None)


def _after(view: View, forged: Exchange) -> tuple[Exchange, ...]:
    exchanges = view.exchanges()
    return exchanges[exchanges.index(forged) + 1 :]


def stops_at_forgery(view: View) -> Iterator[Observation]:
    """After the false answer the client asks for none of the operations it would lead to."""
    forged = _forged(view)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    named = set(view.words("operations"))
    unwanted = (named - {API}) | (API_OPERATIONS if API in named else frozenset())
    followed = [e for e in _after(view, forged) if e.operation in unwanted]
    yield view.decide(
        in_request(followed[0]) if followed else in_response(forged),
        holds=not followed,
        expected="-",
        actual=", ".join(str(e.operation) for e in followed) or "-",
    )


def forgery_told(view: View) -> Iterator[Observation]:
    """After the false answer the person is warned, where it stopped the client at all."""
    forged = _forged(view)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    if any(accepted(e) for e in _after(view, forged) if e.operation in API_OPERATIONS):
        yield view.unobserved("broken-before", in_response(forged))
        return
    yield told_of(view)


def distrust_told(view: View) -> Iterator[Observation]:
    """A server that nothing was sent to leads to a warning of the person."""
    if view.exchanges():
        yield view.unobserved("broken-before", in_request(view.exchanges()[0]))
        return
    if not refusals(view):
        yield view.unobserved("no-channel")
        return
    yield told_of(view)


def bears_forgery(view: View) -> Iterator[Observation]:
    """The client goes on to the API after an answer that is strange and right."""
    forged = _forged(view)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    reached = [e for e in _after(view, forged) if e.operation in API_OPERATIONS]
    if not reached and view.state is not StepState.DONE:
        yield view.unobserved("step-failed", in_step(view))
        return
    yield view.decide(
        in_request(reached[0]) if reached else in_response(forged),
        holds=bool(reached),
        expected=">= 1",
        actual=len(reached),
    )


def no_downgrade(view: View) -> Iterator[Observation]:
    """After the answer that tempts it the client begins no sign-in without S256."""
    forged = _forged(view)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    asked = [e for e in _after(view, forged) if e.operation == "authorize" and "client_id" in
             {**query(e), **form(e)}]  # fmt: skip
    methods = [({**query(e), **form(e)}.get("code_challenge_method", "-"), e) for e in asked]
    weaker = [(method, e) for method, e in methods if method != "S256"]
    yield view.decide(
        in_request(weaker[0][1]) if weaker else in_response(forged),
        holds=not weaker,
        expected="S256",
        actual=weaker[0][0] if weaker else "S256",
    )


def no_plain_http(view: View) -> Iterator[Observation]:
    """The client sends nothing without TLS, whatever address it was told."""
    forged = _forged(view)
    if forged is None:
        yield view.unobserved("no-trouble")
        return
    plain = [
        event
        for event in view.transcript.wire_events
        if event.step == view.step.id
        and event.kind is WireKind.TLS_REFUSED
        and event.detail == PLAIN_HTTP
    ]
    yield view.decide(in_response(forged), holds=not plain, expected="0", actual=len(plain))


def nothing_sent_on(view: View) -> Iterator[Observation]:
    """The client carries no token, code or assertion to where an answer redirects it."""
    forged = _forged(view)
    if forged is None or forged.response is None:
        yield view.unobserved("no-trouble")
        return
    place = forged.response.header("location") or ""
    carried = [e for e in _after(view, forged) if _is_at(e, place) and _credentials(e)]
    yield view.decide(
        in_request(carried[0]) if carried else in_response(forged),
        holds=not carried,
        expected="-",
        actual=", ".join(_credentials(carried[0])) if carried else "-",
    )


def _is_at(exchange: Exchange, place: str) -> bool:
    wanted, base = urlsplit(place), urlsplit(exchange.base_url)
    target = exchange.request.target.partition("?")[0]
    return (wanted.netloc, wanted.path) == (base.netloc, target.replace("%24", "$"))


def _credentials(exchange: Exchange) -> tuple[str, ...]:
    held = {redaction.where for redaction in exchange.redactions}
    held |= {token.where for token in exchange.tokens}
    return tuple(sorted(held & CREDENTIALS))


def fresh_each_time(view: View) -> Iterator[Observation]:
    """No two sign-ins of the case share the value of a parameter."""
    name = view.text("parameter")
    asked = [e for e in view.whole_case() if e.operation == "authorize"]
    given = [(value, e) for e in asked if (value := {**query(e), **form(e)}.get(name))]
    if len(given) < 2:  # noqa: PLR2004  two are needed to compare
        yield view.unobserved("no-second-attempt")
        return
    values = [value for value, _ in given]
    again = [e for n, (value, e) in enumerate(given) if value in values[:n]]
    yield view.decide(
        in_request((again or [given[-1][1]])[0]),
        holds=not again,
        expected=f"{len(values)}",
        actual=f"{len(set(values))}",
    )


def verifier_length(view: View) -> Iterator[Observation]:
    """Every code is redeemed with a verifier of a length that the norm allows."""
    asked = [e for e in view.whole_case() if e.operation == "token" and _has_code(e)]
    if not asked:
        yield view.unobserved("no-sign-in")
    for exchange in asked:
        length = next((r.length for r in exchange.redactions if r.where == "form:code_verifier"), 0)
        yield view.decide(
            in_request(exchange),
            holds=SHORTEST_VERIFIER <= length <= LONGEST_VERIFIER,
            expected=f"{SHORTEST_VERIFIER}-{LONGEST_VERIFIER}",
            actual=length,
        )


def _has_code(exchange: Exchange) -> bool:
    return any(redaction.where == "form:code" for redaction in exchange.redactions)
