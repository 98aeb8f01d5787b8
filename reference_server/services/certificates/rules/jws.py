"""What an ACME request must be (RFC 8555 §6.2): one flattened JWS, and who signed it; pure."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import FlattenedJSONSerialization, JWSRegistry

from reference_server.kernel.base64url import base64url
from reference_server.services.certificates.errors import (
    AcmeAccountRequired,
    AcmeBadPublicKey,
    AcmeBadSignatureAlgorithm,
    AcmeMalformed,
    AcmeUnauthorized,
)

MEDIA_TYPE: Final = "application/jose+json"
ALGORITHMS: Final = ("ES256", "RS256")
AccountKey = ECKey | RSAKey
_PARTS: Final = frozenset({"protected", "payload", "signature"})
_RSA_BITS: Final = range(2048, 4097)
_LONGEST: Final = 64 * 1024
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A JWS as it came, not yet verified. `jwk` or `kid` says by whom it claims to be."""

    parts: Mapping[str, str]
    algorithm: str
    url: str
    nonce: str | None
    jwk: Mapping[str, Any] | None
    kid: str | None

    @property
    def payload(self) -> bytes:
        """What was signed."""
        return decode(self.parts["payload"], what="payload")


def read_jws(raw: object) -> SignedRequest:
    """Return a flattened JWS without unprotected header (RFC 8555 §6.2)."""
    if not isinstance(raw, dict) or set(raw) != _PARTS:
        raise AcmeMalformed(what="jws")
    if not all(isinstance(part, str) and _BASE64URL.fullmatch(part) for part in raw.values()):
        raise AcmeMalformed(what="jws")
    header = read_object(decode(raw["protected"], what="protected"), what="protected")
    jwk, kid, nonce, url = (header.get(name) for name in ("jwk", "kid", "nonce", "url"))
    if (jwk is None) == (kid is None) or "crit" in header:
        raise AcmeMalformed(what="jwk, kid")
    if not isinstance(jwk, dict | None) or not isinstance(kid, str | None):
        raise AcmeMalformed(what="jwk, kid")
    if not isinstance(url, str) or not isinstance(nonce, str | None):
        raise AcmeMalformed(what="url, nonce")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise AcmeBadSignatureAlgorithm
    return SignedRequest(parts=raw, algorithm=algorithm, url=url, nonce=nonce, jwk=jwk, kid=kid)


def check_url(request: SignedRequest, url: str) -> None:
    """A signature counts for the address it was made for (RFC 8555 §6.4)."""
    if request.url != url:
        raise AcmeUnauthorized


def read_key(jwk: Mapping[str, Any]) -> AccountKey:
    """Return an account's public key: P-256 or RSA of 2048 to 4096 bits (RFC 8555 §6.2)."""
    public = {name: value for name, value in jwk.items() if name not in {"d", "p", "q"}}
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
            return ECKey.import_key(public)
        if jwk.get("kty") == "RSA":
            key = RSAKey.import_key(public)
            if key.raw_value.key_size in _RSA_BITS:
                return key
    except (JoseError, ValueError, TypeError, KeyError):
        pass
    raise AcmeBadPublicKey


def verify(request: SignedRequest, key: AccountKey) -> bytes:
    """Return the payload that this key signed (RFC 8555 §6.2)."""
    fitting = "ES256" if isinstance(key, ECKey) else "RS256"
    if request.algorithm not in ALGORITHMS or request.algorithm != fitting:
        raise AcmeBadSignatureAlgorithm
    _verify(request, key)
    return request.payload


def verify_binding(request: SignedRequest, key: bytes, *, url: str, thumbprint: str) -> None:
    """The office's key vouches for the account's (RFC 8555 §7.3.4)."""
    if request.algorithm != "HS256" or request.nonce is not None or request.url != url:
        raise AcmeAccountRequired
    try:
        _verify(request, OctKey.import_key(key))
    except AcmeUnauthorized:
        raise AcmeAccountRequired from None
    vouched = read_key(read_object(request.payload, what="externalAccountBinding"))
    if vouched.thumbprint() != thumbprint:
        raise AcmeAccountRequired


def _verify(request: SignedRequest, key: AccountKey | OctKey) -> None:
    """The signature is this key's (RFC 7515 §5.2)."""
    # ACME's own header fields, `nonce` and `url`, are none that the library knows.
    whole: FlattenedJSONSerialization = {
        "protected": request.parts["protected"],
        "payload": request.parts["payload"],
        "signature": request.parts["signature"],
    }
    registry = JWSRegistry(algorithms=[request.algorithm], strict_check_header=False)
    # A header with an RSA key is longer than the library expects; the body was bounded before.
    registry.max_header_length = registry.max_payload_length = _LONGEST
    try:
        jws.deserialize_json(whole, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        raise AcmeUnauthorized from None


def read_object(content: bytes, *, what: str) -> dict[str, Any]:
    """Return a JSON object (RFC 8555 §6.2)."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise AcmeMalformed(what=what)
    return found


def decode(text: str, *, what: str) -> bytes:
    """Return base64url without padding as bytes (RFC 8555 §6.1)."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise AcmeMalformed(what=what) from None


def encode(content: bytes) -> str:
    """Return bytes as base64url without padding (RFC 8555 §6.1)."""
    return base64url(content)
