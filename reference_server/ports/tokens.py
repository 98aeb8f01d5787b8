"""How a service learns who calls, from the Authorization header."""

from typing import Protocol

from reference_server.kernel.access import Caller
from reference_server.kernel.port import Port


class Tokens(Protocol):
    """Verifies access tokens of the World's own issuer."""

    def authenticate(self, authorization: str | None, *, audience: str, correlation: str) -> Caller:
        """Return the caller of a Bearer header.

        Raises TokenMissing, TokenInvalid, TokenExpired or TokenAudienceWrong.
        """
        ...


TOKENS: Port[Tokens] = Port("tokens")
