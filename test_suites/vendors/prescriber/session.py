"""What a sign-in leaves behind: refresh token, ID token, browser, the person's name; no network."""

from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlencode

from requests.cookies import RequestsCookieJar

from test_suites.vendors.kit.answer import SignInRefused
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.prescriber.caution import Caution
from test_suites.vendors.prescriber.logout_notice import Signed

Form: TypeAlias = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Left:
    """Owns what the last sign-in left behind; nothing of it outlives a sign-out."""

    refresh_token: str | None = None
    id_token: str | None = None
    holder: str | None = None
    subject: object = None
    sid: object = None
    cookies: RequestsCookieJar = field(default_factory=RequestsCookieJar)

    def keep(self, told: JsonObject, caution: Caution) -> None:
        """Keep what a token answer brings; a new refresh token replaces the old (RFC 6749 §6)."""
        token, identity = told.get("refresh_token"), told.get("id_token")
        if isinstance(token, str) and (caution.newest_refresh_token or not self.refresh_token):
            self.refresh_token = token  # else defect: keeps-old-refresh-token
        if isinstance(identity, str):
            self.id_token = identity

    def is_of(self, signed: Signed) -> bool:
        """Tell whether a notice is about this sign-in: by its session, else by its person."""
        if signed.sid is not None:
            return self.sid == signed.sid
        return self.subject == signed.subject

    def leaving(self, client_id: str) -> str:
        """Return the query of a sign-out (OpenID Connect RP-Initiated Logout 1.0 §2)."""
        hint = {} if self.id_token is None else {"id_token_hint": self.id_token}
        return urlencode({**hint, "client_id": client_id})


def renewal(token: str, *, client_id: str, resource: str) -> Form:
    """Return the form that asks for a new access token (RFC 6749 §6)."""
    return {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": client_id,
        "resource": resource,
    }


def holder_of(told: JsonObject, *, subject: object, caution: Caution) -> str | None:
    """Return the name that userinfo tells of the person who signed in.

    Raises SignInRefused where it is about somebody else (OpenID Connect Core 1.0 §5.3.2).
    """
    other = not isinstance(told.get("sub"), str) or told["sub"] != subject
    # Without a subject the ID token was missing or bare: its own defect, and nothing to compare.
    if other and subject is not None and caution.userinfo_subject:  # else: believes-any-userinfo
        raise SignInRefused
    name = told.get("name")
    return name if isinstance(name, str) else None
