"""How a page of a service lets somebody in by name and password; knows no account's home."""

from dataclasses import dataclass
from typing import Protocol

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


SIGN_IN: Port[SignIn] = Port("sign-in")
