"""How pages of a service let somebody in; knows no account's home.

By name and password on a page of their own (`SIGN_IN`), or at the World's own identity provider,
whose relying party the pages then are (`VISITORS`).
"""

from dataclasses import dataclass
from typing import Any, Protocol

from reference_server.kernel.access import Caller
from reference_server.kernel.call import Call
from reference_server.kernel.port import Port


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPerson:
    """Who signed in: the account's name, who that is, and for which organisation in which role."""

    username: str
    name: str
    role: str
    organization: str


class SignIn(Protocol):
    """Checks a password, slowly, with the same patience for guesses as everywhere."""

    async def check(self, username: str, password: str) -> SignedPerson | None:
        """Return who it is; None for a wrong name or password, or an account that rests."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingPages:
    """Pages as a client of the identity provider: what they ask for, and where one comes back.

    `client_id` is theirs alone, `title` what a person is told they are called.
    """

    client_id: str
    title: str
    scopes: frozenset[str]
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who came back from the identity provider; `grant` is what all further calls name."""

    grant: str
    name: str


class Visitors(Protocol):
    """Lets people in by code and PKCE, as any other relying party, and knows them afterwards."""

    def address(
        self, pages: RelyingPages, *, state: str, nonce: str, challenge: str, language: str
    ) -> str:
        """Return where to send the browser; the pages are registered as a client by then."""
        ...

    def redeem(
        self, call: Call[Any], pages: RelyingPages, *, code: str, verifier: str, nonce: str
    ) -> Visitor:
        """Redeem a code and check the ID token that comes for it; raises Refusals."""
        ...

    def is_issuer(self, told: str) -> bool:
        """Tell whether an answer names this provider (RFC 9207)."""
        ...

    def caller(self, grant: str, *, audience: str, correlation: str) -> Caller:
        """Return who a visitor is; raises TokenExpired once the session is over."""
        ...

    def leave(self, call: Call[Any], grant: str) -> None:
        """End the session at the identity provider, for all its clients."""
        ...


SIGN_IN: Port[SignIn] = Port("sign-in")
VISITORS: Port[Visitors] = Port("visitors")
