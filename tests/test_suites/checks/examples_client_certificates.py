"""For each check of client certificates: where it holds, and where it breaks."""

from test_suites.core.message import Channel, WireEvent, WireKind
from test_suites.core.view import View
from tests.test_suites.core.build import Loose, ok, outcome, said, shown, view

OLD, NEW = "a" * 64, "b" * 64
WARNED = shown("error", "Notre certificat n'est pas accepté.")


def asked(certificate: str | None, record: int = 1, **more: Loose) -> Loose:
    channel = Channel(tls_version="TLSv1.3", client_certificate_sha256=certificate)
    return said(
        "submit-prescription",
        {},
        more.pop("answer", ok()),
        channel=channel,
        record=record,
        **more,
    )


def turned_away(times: int) -> dict[str, Loose]:
    """Return that a certificate was refused in so many handshakes."""
    return {
        "wire_events": tuple(
            WireEvent(
                record=90 + n,
                at=1.0,
                step="act",
                kind=WireKind.TLS_REFUSED,
                detail="certificate-verify-failed",
            )
            for n in range(times)
        )
    }


BARE = asked(None, status=403, answer=outcome("client-certificate-missing"))

HOLDS: dict[str, View] = {
    "certificate-shown": view("certificate-shown", asked(OLD)),
    "no-bare-connection": view("no-bare-connection", WARNED, more=turned_away(1)),
    # One that is revoked is refused in words, and once more with a new token.
    "refused-certificate-left": view(
        "refused-certificate-left",
        asked(OLD, status=403, answer=outcome("client-certificate-revoked")),
        asked(OLD, 2, status=403, answer=outcome("client-certificate-revoked")),
        attempts=5,
    ),
    "certificate-refusal-told": view("certificate-refusal-told", WARNED, more=turned_away(1)),
    "certificate-replaced": view(
        "certificate-replaced", asked(OLD, step="first"), asked(NEW, 2), before="first"
    ),
    "ending-told": view("ending-told", asked(OLD), shown("warning", "expire le 3 mai")),
}
BREAKS: dict[str, View] = {
    "certificate-shown": view("certificate-shown", asked(OLD), BARE),
    "no-bare-connection": view("no-bare-connection", BARE, more=turned_away(1)),
    "refused-certificate-left": view("refused-certificate-left", more=turned_away(6), attempts=5),
    "certificate-refusal-told": view(
        "certificate-refusal-told", shown("info", "Terminé."), more=turned_away(1)
    ),
    "certificate-replaced": view(
        "certificate-replaced", asked(OLD, step="first"), asked(OLD, 2), before="first"
    ),
    "ending-told": view("ending-told", asked(OLD), shown("info", "Terminé.")),
}
