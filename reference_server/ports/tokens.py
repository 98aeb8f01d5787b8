"""How a service learns who calls, from the Authorization header and what goes with it."""

from dataclasses import dataclass
from typing import Protocol

from reference_server.kernel.access import Caller
from reference_server.kernel.port import Port


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a request shows of its caller: headers, the request itself, the TLS certificate.

    `url` is without query; `proof` the DPoP header; `certificate` the `x5t#S256` of the client's
    verified certificate (RFC 8705 §3.1), or None. `visitor` is the grant of somebody whom our own
    pages know by their session, and who shows no token.
    """

    authorization: str | None
    method: str = "GET"
    url: str = ""
    proof: str | None = None
    certificate: str | None = None
    visitor: str | None = None


class Tokens(Protocol):
    """Verifies access tokens of the World's own issuer."""

    def authenticate(self, presented: Presented, *, audience: str, correlation: str) -> Caller:
        """Return the caller of a Bearer or DPoP header.

        Raises TokenMissing, TokenInvalid, TokenExpired or TokenAudienceWrong, and others of the
        AccessRefusals where the token is bound to a key or a certificate that was not shown.
        """
        ...


TOKENS: Port[Tokens] = Port("tokens")
