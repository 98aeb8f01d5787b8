"""Signed tokens: ES256, and RS256 where a client is registered for it; knows no claim."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_server.world.keys import ES256, RS256, SigningKey

ALGORITHM = ES256
ALGORITHMS = (ES256, RS256)
PROOF_ALGORITHMS = ("ES256", "PS256")
_LONGEST = 8192
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_LEAST_RSA_BITS = 2048


class TokenMalformedError(ValueError):
    """This is no signed token, or its signature is not by any of the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeked:
    """What a token says of itself, before anything about it is believed."""

    header: Mapping[str, object]
    subject: str


def peek(token: str) -> Peeked:
    """Return a token's header and the subject it claims; raises TokenMalformedError."""
    extracted = _extract(token)
    try:
        claims = msgspec.json.decode(extracted.payload, type=dict[str, object])
    except msgspec.DecodeError:
        raise TokenMalformedError from None
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise TokenMalformedError
    return Peeked(header=extracted.headers(), subject=subject)


def peek_header(token: str) -> Mapping[str, object]:
    """Return a token's header, before anything about it is believed."""
    return _extract(token).headers()


def verify(
    token: str, keys: Iterable[SigningKey], *, algorithms: Collection[str] = (ALGORITHM,)
) -> Mapping[str, object]:
    """Return the claims of a token signed by one of the keys."""
    if len(token) > _LONGEST:
        raise TokenMalformedError
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=list(algorithms)).claims
        except (JoseError, ValueError, TypeError):
            continue
    raise TokenMalformedError


def verify_proof(token: str, *, kind: str) -> tuple[Mapping[str, object], str]:
    """Return the claims of a token signed by the key in its own header, and that key's thumbprint.

    RFC 9449 §4.3: `typ` is `kind`, the algorithm asymmetric, the key public; RFC 7638 thumbprint.
    """
    header = peek_header(token)
    jwk, alg = header.get("jwk"), header.get("alg")
    if header.get("typ") != kind or alg not in PROOF_ALGORITHMS or not isinstance(jwk, dict):
        raise TokenMalformedError
    if _SECRET_MEMBERS & set(jwk):
        raise TokenMalformedError
    key = _public_key(jwk, str(alg))
    return verify(token, (key,), algorithms=(str(alg),)), key.thumbprint()


def sign(claims: Mapping[str, object], key: SigningKey, *, kind: str) -> str:
    """Return a signed token; `kind` is its `typ`."""
    alg = RS256 if isinstance(key, RSAKey) else ES256
    header = {"typ": kind, "alg": alg, "kid": key.kid}
    return jwt.encode(header, dict(claims), key, algorithms=[alg])


def half_hash(value: str) -> str:
    """Return the left half of a SHA-256 (OpenID Connect Core §3.1.3.6: `at_hash`)."""
    digest = hashlib.sha256(value.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _public_key(jwk: dict[str, object], alg: str) -> SigningKey:
    try:
        if alg == ES256:
            elliptic = ECKey.import_key(jwk)  # type: ignore[arg-type]  # checked by the library
            if elliptic.curve_name == "P-256":
                return elliptic
            raise TokenMalformedError
        rsa = RSAKey.import_key(jwk)  # type: ignore[arg-type]  # as above
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenMalformedError from None
    if rsa.public_key.key_size < _LEAST_RSA_BITS:
        raise TokenMalformedError
    return rsa


def _extract(token: str) -> jws.CompactSignature:
    if len(token) > _LONGEST:
        raise TokenMalformedError
    try:
        return jws.extract_compact(token.encode())
    except (JoseError, ValueError, TypeError):
        raise TokenMalformedError from None
