"""Facts about tokens, transport, logs and addresses: what leaks and to whom."""

from collections.abc import Iterator

from test_suites.checks.answers import genuine
from test_suites.core.finding import Observation
from test_suites.core.message import WireEvent, WireKind
from test_suites.core.transcript import StepState
from test_suites.core.view import API_OPERATIONS, View, in_exhibit, in_request, in_step
from test_suites.match.address import identity_in, query, secrets_in
from test_suites.match.fhir import faults

VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TOKEN_PARAMETERS = ("access_token", "token", "id_token")
UNUSED = "closed-without-request"
"""How the wire tells of a connection on which the client asked for nothing at all."""
BEARER = "header:authorization"


def token_in_header(view: View) -> Iterator[Observation]:
    """Every API request carries its token in the Authorization header and in no address."""
    requests = [e for e in view.whole_case() if e.operation in API_OPERATIONS]
    if not requests:
        yield view.unobserved("no-request")
        return
    leaks = [e for e in requests if any(name in query(e) for name in TOKEN_PARAMETERS)]
    bare = [
        e
        for e in requests
        if not (e.request.header("authorization") or "").lower().startswith("bearer ")
    ]
    wrong = [*leaks, *bare]
    yield view.decide(
        in_request((wrong or requests)[0]),
        holds=not wrong,
        expected="Authorization: Bearer",
        actual="URL" if leaks else "-" if bare else "Authorization: Bearer",
    )


def token_audience(view: View) -> Iterator[Observation]:
    """Every token presented to the API names, as its audience, the API it is presented to."""
    presented = [
        (exchange, token)
        for exchange in view.whole_case()
        for token in exchange.tokens
        if exchange.operation in API_OPERATIONS and token.where == BEARER
    ]
    if not presented:
        yield view.unobserved("no-token")
        return
    for exchange, token in presented:
        audience = token.claims.get("aud")
        names = [str(a) for a in audience] if isinstance(audience, list) else [str(audience)]
        path = exchange.request.target.partition("/fhir")[0] + "/fhir"
        holds = any(name.rstrip("/").endswith(path) for name in names)
        if not holds or exchange is presented[-1][0]:
            yield view.decide(
                in_request(exchange), holds=holds, expected=path, actual=", ".join(names)
            )


def token_renewed(view: View) -> Iterator[Observation]:
    """After the API says that a token has expired, the client asks for a new one."""
    expired = [e for e in genuine(view.api()) if "token-expired" in [f.code for f in faults(e)]]
    if not expired:
        yield view.unobserved("no-expiry")
        return
    asked = [e for e in view.exchanges("token") if e.at >= expired[0].at]
    yield view.decide(
        in_request((asked or expired)[0]),
        holds=bool(asked),
        expected="token",
        actual="token" if asked else "-",
    )


def tls_version(view: View) -> Iterator[Observation]:
    """No exchange of the case used a TLS version older than the oldest allowed."""
    oldest = VERSIONS.index(view.text("oldest"))
    known = [e for e in view.whole_case() if e.channel.tls_version in VERSIONS]
    if not known:
        yield view.unobserved("no-channel")
        return
    old = [e for e in known if VERSIONS.index(str(e.channel.tls_version)) < oldest]
    shown = (old or known)[0]
    yield view.decide(
        in_request(shown),
        holds=not old,
        expected=view.text("oldest"),
        actual=shown.channel.tls_version,
    )


def refusals(view: View) -> tuple[WireEvent, ...]:
    """Return the refusals of TLS in this step: in the handshake, or right after it."""
    return tuple(
        event
        for event in view.transcript.wire_events
        if (event.kind is WireKind.TLS_REFUSED or event.detail == UNUSED)
        and event.step in {None, view.step.id}
    )


def untrusted_refused(view: View) -> Iterator[Observation]:
    """The client sends no request to the server whose certificate it cannot trust."""
    sent = view.exchanges()
    if sent:
        yield view.broken(in_request(sent[0]), expected="0", actual=len(sent))
        return
    if refusals(view) and view.state in {StepState.DONE, StepState.FAILED}:
        yield view.held(in_step(view), expected="0", actual="0")
    else:
        yield view.unobserved("no-channel")


def log_holds_no_secret(view: View) -> Iterator[Observation]:
    """The product's log holds no token, assertion, password or key."""
    logs = view.logs()
    if not logs:
        yield view.unobserved("no-log")
    for log in logs:
        kinds = secrets_in(log.content.decode("utf-8", "replace"))
        yield view.decide(
            in_exhibit(log), holds=not kinds, expected="-", actual=", ".join(kinds) or "-"
        )


def log_holds_no_identity(view: View) -> Iterator[Observation]:
    """The product's log holds no matricule of a patient and no QR code's text."""
    logs = view.logs()
    if not logs:
        yield view.unobserved("no-log")
    codes = [bound.code for bound in view.transcript.bindings.values() if bound.code]
    for log in logs:
        text = log.content.decode("utf-8", "replace")
        numbers = [p.id for p in view.patients() if p.matricule and p.matricule in text]
        named = [f"{person}.matricule" for person in numbers]
        named += ["QR"] * any(code in text for code in codes)
        yield view.decide(
            in_exhibit(log), holds=not named, expected="-", actual=", ".join(named) or "-"
        )


def url_holds_no_identity(view: View) -> Iterator[Observation]:
    """No address that the client asked for holds a trait of a patient."""
    requests = view.whole_case()
    if not requests:
        yield view.unobserved("no-request")
        return
    found = [(e, identity_in(e.request.target, view.patients())) for e in requests]
    wrong = [(e, traits) for e, traits in found if traits]
    exchange, traits = (wrong or found)[0]
    yield view.decide(
        in_request(exchange), holds=not wrong, expected="-", actual=", ".join(traits) or "-"
    )
