"""Facts about how people and systems sign in: PKCE, state, assertions, codes."""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from test_suites.checks.answers import last_answer
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue, Token
from test_suites.core.view import View, in_request, in_response
from test_suites.match.address import form, query
from test_suites.match.fhir import answered
from test_suites.match.path import first_text

ASSERTION = "form:client_assertion"
CHALLENGE_LENGTH = 43


def _of(view: View, operation: str) -> tuple[Exchange, ...]:
    return tuple(e for e in view.whole_case() if e.operation == operation)


def pkce_s256(view: View) -> Iterator[Observation]:
    """Every authorisation request is a code request with an S256 challenge."""
    requests = _of(view, "authorize")
    if not requests:
        yield view.unobserved("no-sign-in")
    for exchange in requests:
        asked = {**query(exchange), **form(exchange)}
        method, kind = asked.get("code_challenge_method", "-"), asked.get("response_type", "-")
        length = len(asked.get("code_challenge", ""))
        holds = (kind, method, length) == ("code", "S256", CHALLENGE_LENGTH)
        yield view.decide(
            in_request(exchange),
            holds=holds,
            expected="code, S256, 43",
            actual=f"{kind}, {method}, {length}",
        )


def authorize_has(view: View) -> Iterator[Observation]:
    """Every authorisation request carries a non-empty parameter of a name."""
    requests, name = _of(view, "authorize"), view.text("parameter")
    if not requests:
        yield view.unobserved("no-sign-in")
    for exchange in requests:
        value = {**query(exchange), **form(exchange)}.get(name)
        yield view.decide(
            in_request(exchange), holds=bool(value), expected=name, actual=value or "-"
        )


def code_used_once(view: View) -> Iterator[Observation]:
    """No authorisation code is exchanged for a token twice."""
    used = [
        (exchange, redaction.sha256)
        for exchange in _of(view, "token")
        for redaction in exchange.redactions
        if redaction.where == "form:code"
    ]
    if not used:
        yield view.unobserved("no-sign-in")
        return
    seen = [digest for _, digest in used]
    again = [exchange for n, (exchange, digest) in enumerate(used) if digest in seen[:n]]
    yield view.decide(
        in_request((again or [used[-1][0]])[0]),
        holds=not again,
        expected=f"{len(seen)}",
        actual=f"{len(set(seen))}",
    )


def _assertions(view: View) -> tuple[tuple[Exchange, Token], ...]:
    return tuple(
        (exchange, token)
        for exchange in _of(view, "token")
        for token in exchange.tokens
        if token.where == ASSERTION
    )


def assertion_claims(view: View) -> Iterator[Observation]:
    """Every client assertion has iss and sub equal to the client, aud, exp and jti."""
    found = _assertions(view)
    if not found:
        yield view.unobserved("no-sign-in")
    for exchange, token in found:
        claims = token.claims
        missing = [name for name in ("iss", "sub", "aud", "exp", "jti") if not claims.get(name)]
        client = form(exchange).get("client_id", claims.get("iss"))
        differ = [name for name in ("iss", "sub") if claims.get(name) != client]
        yield view.decide(
            in_request(exchange),
            holds=not missing and not differ,
            expected="iss = sub = client_id, aud, exp, jti",
            actual=", ".join(sorted({*missing, *differ})) or "iss = sub = client_id, aud, exp, jti",
        )


def assertion_jti_fresh(view: View) -> Iterator[Observation]:
    """No two client assertions of the case carry the same jti."""
    found = [(e, t) for e, t in _assertions(view) if t.claims.get("jti")]
    if not found:
        yield view.unobserved("no-sign-in")
        return
    seen = [str(token.claims["jti"]) for _, token in found]
    again = [e for n, (e, t) in enumerate(found) if str(t.claims["jti"]) in seen[:n]]
    yield view.decide(
        in_request((again or [found[-1][0]])[0]),
        holds=not again,
        expected=f"{len(seen)} jti",
        actual=f"{len(set(seen))} jti",
    )


def assertion_lifetime(view: View) -> Iterator[Observation]:
    """Every client assertion expires within so many seconds of being sent."""
    found = _assertions(view)
    if not found:
        yield view.unobserved("no-sign-in")
    for exchange, token in found:
        sent_at, expiry = _sent_at(exchange, token.claims), token.claims.get("exp")
        if sent_at is None or not isinstance(expiry, int | float):
            yield view.unobserved("no-time", in_request(exchange))
            continue
        left, most = round(expiry - sent_at), view.number("seconds")
        yield view.decide(
            in_request(exchange),
            holds=left <= most + 1,
            expected=f"<= {most} s",
            actual=f"{left} s" if left > most + 1 else f"<= {most} s",
        )


def _sent_at(exchange: Exchange, claims: Mapping[str, JsonValue]) -> float | None:
    """Return when a request was answered by the server's clock, else what the claims say."""
    header = exchange.response.header("date") if exchange.response else None
    if header is not None:
        try:
            return parsedate_to_datetime(header).timestamp()
        except ValueError:
            return None
    issued = claims.get("iat")
    return float(issued) if isinstance(issued, int | float) else None


def not_sent_back(view: View) -> Iterator[Observation]:
    """The last answer refuses, and sends the browser nowhere."""
    exchange = last_answer(view)
    if exchange is None or exchange.response is None:
        yield view.unobserved("no-answer")
        return
    status, place = exchange.response.status, exchange.response.header("location")
    yield view.decide(
        in_response(exchange),
        holds=place is None and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR,
        expected="4xx",
        actual=f"{status} {place or ''}".strip(),
    )


def oauth_error(view: View) -> Iterator[Observation]:
    """The last answer tells the client the expected OAuth error, in the address or in JSON."""
    exchange = last_answer(view)
    if exchange is None or exchange.response is None:
        yield view.unobserved("no-answer")
        return
    sent_back = dict(parse_qsl(urlsplit(exchange.response.header("location") or "").query))
    told = sent_back.get("error") or first_text(answered(exchange), "error") or "-"
    yield view.decide(
        in_response(exchange),
        holds=told == view.text("error"),
        expected=view.text("error"),
        actual=f"{exchange.response.status} {told}",
    )
