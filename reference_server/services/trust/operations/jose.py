"""Signed tokens, ES256 only; knows no claim."""

from collections.abc import Iterable, Mapping

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_LONGEST = 8192


class TokenMalformedError(ValueError):
    """This is no signed token, or its signature is not by any of the keys."""


def peek_subject(token: str) -> str:
    """Return the subject a token claims, before anything about it is believed."""
    try:
        claims = msgspec.json.decode(_extract(token).payload, type=dict[str, object])
    except msgspec.DecodeError:
        raise TokenMalformedError from None
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise TokenMalformedError
    return subject


def peek_header(token: str) -> Mapping[str, object]:
    """Return a token's header, before anything about it is believed."""
    return _extract(token).headers()


def verify(token: str, keys: Iterable[ECKey]) -> Mapping[str, object]:
    """Return the claims of a token signed by one of the keys."""
    if len(token) > _LONGEST:
        raise TokenMalformedError
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError):
            continue
    raise TokenMalformedError


def sign(claims: Mapping[str, object], key: ECKey, *, kind: str) -> str:
    """Return a signed token; `kind` is its `typ`."""
    header = {"typ": kind, "alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])


def _extract(token: str) -> jws.CompactSignature:
    if len(token) > _LONGEST:
        raise TokenMalformedError
    try:
        return jws.extract_compact(token.encode())
    except (JoseError, ValueError, TypeError):
        raise TokenMalformedError from None
