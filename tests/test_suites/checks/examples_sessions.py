"""For each check of sessions: where it holds, and where it breaks."""

from dataclasses import replace

from test_suites.core.view import View
from tests.test_suites.core.build import Loose, ok, said, secret, shown, token, view

REFUSED, OTHER = "refresh-revoked", "userinfo-subject-other"
STRANGER = "Inconnue-Lesage"


def refreshed(digest: str, record: int, **more: Loose) -> Loose:
    presented = secret("form:refresh_token", digest * 64)
    return said("token", None, {}, redactions=(presented,), record=record, **more)


def bearing(digest: str, record: int, step: str) -> Loose:
    borne = replace(token(), sha256=digest * 64)
    return said("submit-prescription", {}, ok(), tokens=(borne,), record=record, step=step)


def notified(check: str, status: int | None, *after: Loose, **params: Loose) -> View:
    """Return a view of an act after a notice of a sign-out, which came after an earlier act."""
    sent = replace(
        said("metadata", None, None, status=status, record=2, step="notice", tokens=()),
        operation="logout-notice",
        initiator="service",
        responder="prescriber",
    )
    return view(check, bearing("a", 1, "before"), sent, *after, notice="notice", **params)


def told(*after: Loose) -> View:
    forged = said("userinfo", None, {}, deviation=OTHER, record=1)
    return view("false-words-unused", forged, *after, deviation=OTHER, words=[STRANGER])


HOLDS: dict[str, View] = {
    # One that got no answer may be presented again.
    "newest-refresh-token": view(
        "newest-refresh-token",
        refreshed("a", 1, status=None),
        refreshed("a", 2),
        refreshed("b", 3),
    ),
    "refused-refresh-left": view(
        "refused-refresh-left",
        refreshed("a", 1, status=400, deviation=REFUSED),
        said("authorize", None, None, record=2),
        deviation=REFUSED,
    ),
    "false-words-unused": told(shown("error", "Connexion refusée")),
    "old-tokens-dropped": view(
        "old-tokens-dropped", bearing("a", 1, "before"), bearing("b", 2, "act")
    ),
    "session-ended": view("session-ended", said("end-session", None, None, record=1)),
    "notice-answered": notified("notice-answered", 204, answer="taken"),
    "session-kept": notified("session-kept", 400, bearing("a", 3, "act")),
}
BREAKS: dict[str, View] = {
    "newest-refresh-token": view(
        "newest-refresh-token", refreshed("a", 1), refreshed("a", 2, status=400)
    ),
    "refused-refresh-left": view(
        "refused-refresh-left",
        refreshed("a", 1, status=400, deviation=REFUSED),
        refreshed("a", 2, status=400),
        deviation=REFUSED,
    ),
    "false-words-unused": told(shown("info", f"Signée par Camille {STRANGER}")),
    "old-tokens-dropped": view(
        "old-tokens-dropped", bearing("a", 1, "before"), bearing("a", 2, "act")
    ),
    "session-ended": view("session-ended", said("end-session", None, None, record=1, status=400)),
    "notice-answered": notified("notice-answered", 200, answer="refused"),
    "session-kept": notified(
        "session-kept",
        400,
        said("authorize", None, None, record=3, tokens=()),
        bearing("b", 4, "act"),
    ),
}
