"""What a forger works with: the issuer's own key, keys of strangers, and the time."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.jwk import ECKey

LIES_BY = 3600
"""Seconds by which a false time is wrong."""


def _stranger() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Owns the keys of one session's forgeries.

    `signing` gives the key with which the service signs; `stranger` is a key that nobody
    publishes, `next` one that is published from when it signs. `now` is in seconds, `kind`
    is the `typ` of tokens.
    """

    base_url: str
    issuer: str
    signing: Callable[[], ECKey]
    now: Callable[[], int]
    kind: str = "JWT"
    stranger: ECKey = field(default_factory=_stranger)
    next: ECKey = field(default_factory=_stranger)

    def signed(
        self,
        claims: Mapping[str, object],
        key: ECKey,
        *,
        header: Mapping[str, object] | None = None,
    ) -> str:
        """Return a token signed by a key; `header` adds to `alg`, `typ` and `kid`."""
        whole = {"alg": "ES256", "typ": self.kind, "kid": key.kid, **(header or {})}
        return jwt.encode(whole, dict(claims), key, algorithms=["ES256"])

    def confused(self, claims: Mapping[str, object]) -> str:
        """Return a token whose HMAC key is the public key of the service, as it is published."""
        key = self.signing()
        # By hand: no library lends itself to this.
        header = {"alg": "HS256", "typ": self.kind, "kid": key.kid}
        signed = ".".join(encoded(json.dumps(part).encode("utf-8")) for part in (header, claims))
        digest = hmac.digest(key.as_pem(private=False), signed.encode("ascii"), "sha256")
        return f"{signed}.{encoded(digest)}"


def encoded(content: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
