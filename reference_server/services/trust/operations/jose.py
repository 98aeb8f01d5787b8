"""Signed tokens: ES256, and RS256 where a client is registered for it; knows no claim."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_server.kernel.base64url import base64url
from reference_server.world.keys import ES256, RS256, SigningKey

ALGORITHM = ES256
ALGORITHMS = (ES256, RS256)
PROOF_ALGORITHMS = ("ES256", "PS256")
_LONGEST = 8192
_ES256_BYTES = 32
_REMEMBERED = 64
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
    """Return a signed token (RFC 7515 §7.1); `kind` is its `typ`.

    ES256 is put together here: the library reads and checks our own header and key each time, and
    that costs more than the signature.
    """
    if isinstance(key, RSAKey):
        header = {"typ": kind, "alg": RS256, "kid": key.kid}
        return jwt.encode(header, dict(claims), key, algorithms=[RS256])
    signed = f"{_head(kind, str(key.kid))}.{base64url(msgspec.json.encode(claims))}"
    return f"{signed}.{base64url(_es256(key, signed.encode()))}"


@lru_cache(maxsize=_REMEMBERED)
def _head(kind: str, kid: str) -> str:
    return base64url(msgspec.json.encode({"typ": kind, "alg": ES256, "kid": kid}))


def _es256(key: ECKey, message: bytes) -> bytes:
    """RFC 7518 §3.4: the two numbers of the signature side by side, 32 bytes each."""
    private = key.private_key
    if private is None:
        raise ValueError("only a private key signs")
    numbers = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(_ES256_BYTES, "big") for number in numbers)


def half_hash(value: str) -> str:
    """Return the left half of a SHA-256 (OpenID Connect Core §3.1.3.6: `at_hash`)."""
    digest = hashlib.sha256(value.encode()).digest()[:16]
    return base64url(digest)


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
