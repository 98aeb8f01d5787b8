"""For each check of sign-in and TLS under attack: where it holds, and where it breaks."""

from dataclasses import replace

from test_suites.core.message import WireEvent, WireKind
from test_suites.core.view import View
from tests.test_suites.core.build import BASE, Loose, ok, outcome, said, secret, shown, view

TRAP = "state-other"
ELSEWHERE = "/s/elsewhere"
PLAIN = WireEvent(record=8, at=2.0, step="act", kind=WireKind.TLS_REFUSED, detail="http-request")

UNTRUSTED = {"wire_events": (replace(PLAIN, detail="tlsv1-alert-unknown-ca"),)}


def trapped(check: str, *after: Loose, operation: str = "token", **more: Loose) -> View:
    """Return a view of a step whose first answer was made false, and what came after it."""
    forged = said(operation, None, {}, deviation=TRAP, record=1)
    return view(check, forged, *after, deviation=TRAP, **more)


def redirected(check: str, *after: Loose) -> View:
    forged = said(
        "token",
        status=307,
        deviation=TRAP,
        answer_headers={"Location": f"{BASE}{ELSEWHERE}"},
    )
    return view(check, forged, *after, deviation=TRAP)


def asked(record: int, method: str = "S256", **query: str) -> Loose:
    pairs = {"client_id": "c", "code_challenge_method": method, **query}
    target = "/s/auth?" + "&".join(f"{name}={value}" for name, value in pairs.items())
    return said("authorize", None, None, target=target, record=record)


def redeemed(length: int) -> Loose:
    verifier = secret("form:code_verifier", "b" * 64)
    code = secret("form:code", "c" * 64)
    sized = type(verifier)(
        where=verifier.where, kind=verifier.kind, sha256=verifier.sha256, length=length
    )
    return said("token", redactions=(code, sized))


SUBMITTED = said("submit-prescription", {}, ok(), record=2)
REFUSED = said("submit-prescription", {}, outcome("pdf-missing"), status=422, record=2)
WARNED = shown("error", "L'authentification a échoué.")

HOLDS: dict[str, View] = {
    "stops-at-forgery": trapped("stops-at-forgery", operations=["token", "api"]),
    "forgery-told": trapped("forgery-told", WARNED),
    "distrust-told": view("distrust-told", WARNED, more=UNTRUSTED),
    "bears-forgery": trapped("bears-forgery", REFUSED),
    "no-downgrade": trapped("no-downgrade", asked(2), operation="discovery"),
    "no-plain-http": trapped("no-plain-http", operation="discovery"),
    "nothing-sent-on": redirected(
        "nothing-sent-on", said("metadata", target=ELSEWHERE, tokens=(), record=2)
    ),
    "fresh-each-time": view(
        "fresh-each-time", asked(1, state="a"), asked(2, state="b"), parameter="state"
    ),
    "verifier-length": view("verifier-length", redeemed(64)),
}
BREAKS: dict[str, View] = {
    "stops-at-forgery": trapped("stops-at-forgery", SUBMITTED, operations=["token", "api"]),
    "forgery-told": trapped("forgery-told", shown("info", "Opération terminée.")),
    "distrust-told": view("distrust-told", shown("info", "Terminé"), more=UNTRUSTED),
    "bears-forgery": trapped("bears-forgery"),
    "no-downgrade": trapped("no-downgrade", asked(2, "plain"), operation="discovery"),
    "no-plain-http": trapped(
        "no-plain-http", operation="discovery", more={"wire_events": (PLAIN,)}
    ),
    "nothing-sent-on": redirected("nothing-sent-on", said("metadata", target=ELSEWHERE, record=2)),
    "fresh-each-time": view(
        "fresh-each-time", asked(1, state="a"), asked(2, state="a"), parameter="state"
    ),
    "verifier-length": view("verifier-length", redeemed(24)),
}
