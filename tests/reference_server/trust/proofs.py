"""Proofs of possession as a client makes them (RFC 9449)."""

import base64
import hashlib
import time
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey


def proof(
    key: ECKey,
    method: str,
    url: str,
    *,
    nonce: str | None = None,
    token: str | None = None,
    header: dict[str, object] | None = None,
    **changed: object,
) -> str:
    """Return a good proof; a claim changed to None is left out."""
    digest = None if token is None else hashlib.sha256(token.encode()).digest()
    good = {
        "jti": str(uuid4()),
        "htm": method,
        "htu": url,
        "iat": int(time.time()),
        "nonce": nonce,
        "ath": None if digest is None else base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }
    claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
    told = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jwt.encode({**told, **(header or {})}, claims, key)
