"""Looks closely at an ID token (OpenID Connect Core 1.0 §3.1.3.7); knows no network."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from test_suites.vendors.kit.answer import SignInRefused
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.prescriber.caution import Caution

ALGORITHM = "ES256"


class UnknownKey(SignInRefused):
    """No key of the set we hold made this signature; the provider may have changed keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the ID token must say."""

    issuer: str
    client_id: str
    nonce: str | None
    access_token: str


def check_id_token(
    id_token: str, *, keys: JsonObject, expected: Expected, caution: Caution
) -> JsonObject:
    """Return the claims where signature, issuer, audience, times, nonce and hash hold.

    Raises SignInRefused.
    """
    try:
        claims = _verified(id_token, keys, caution)
    except (JoseError, ValueError, KeyError, TypeError, IndexError) as wrong:
        raise UnknownKey from wrong
    faults = (
        caution.mandatory_claims and not {"sub", "exp", "iat", "iss", "aud"} <= claims.keys(),
        caution.token_issuer and claims.get("iss") != expected.issuer,
        _is_for_others(claims, expected.client_id, caution),
        caution.party and claims.get("azp", expected.client_id) != expected.client_id,
        _is_untimely(claims, caution),
        caution.nonce and expected.nonce is not None and claims.get("nonce") != expected.nonce,
        caution.access_token_hash
        and claims.get("at_hash", _hash(expected.access_token)) != _hash(expected.access_token),
    )
    if any(faults):
        raise SignInRefused
    return claims


def _is_for_others(claims: JsonObject, client_id: str, caution: Caution) -> bool:
    named = claims.get("aud")
    audience = named if isinstance(named, list) else [named]
    if caution.audience and client_id not in audience:
        return True
    return caution.only_audience and audience != [client_id]


def _is_untimely(claims: JsonObject, caution: Caution) -> bool:
    now, leeway = time.time(), caution.clock_leeway
    ends, began = claims.get("exp", now), claims.get("iat", now)
    if not isinstance(ends, int | float) or not isinstance(began, int | float):
        return True
    if caution.expiry and ends < now - leeway:
        return True
    return caution.issued_at and int(began) > int(now) + leeway


def _hash(access_token: str) -> str:
    """Return what `at_hash` must be (§3.1.3.6), for ES256."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode("ascii")


def _verified(id_token: str, keys: JsonObject, caution: Caution) -> JsonObject:
    """Return the claims of a token that one of the provider's keys signed.

    Raises JoseError or ValueError. What is not ES256 under a published key is a defect.
    """
    if not caution.signature:  # defect: ignores-signature
        return part_of(id_token, 1)
    header = part_of(id_token, 0)
    if header.get("alg") == "none" and not caution.refuses_unsigned:  # defect: accepts-unsigned
        return part_of(id_token, 1)
    known = _key_set(keys, caution)
    if header.get("alg") == "HS256" and not caution.refuses_hmac:  # defect: confuses-keys
        return _hmac_verified(id_token, known)
    if "jwk" in header and not caution.published_keys_only:  # defect: trusts-enclosed-key
        known = KeySet([ECKey.import_key(cast("dict[str, Any]", header["jwk"]))])
        return dict(jwt.decode(id_token, known.keys[0], algorithms=[ALGORITHM]).claims)
    return dict(jwt.decode(id_token, known, algorithms=[ALGORITHM]).claims)


def _key_set(keys: JsonObject, caution: Caution) -> KeySet:
    """Return the provider's signature keys of the kind we know; others are not for us."""
    listed = keys.get("keys")
    found = KeySet([])
    for jwk in listed if isinstance(listed, list) else ():
        ours = jwk.get("kty") == "EC" and jwk.get("crv") == "P-256"
        if ours or not caution.skips_strange_keys:  # defect: chokes-on-strange-keys
            found.keys.append(ECKey.import_key(dict(jwk)))
    return found


def _hmac_verified(id_token: str, keys: KeySet) -> JsonObject:
    signed, _, signature = id_token.rpartition(".")
    for key in keys.keys:
        secret = cast("ECKey", key).as_pem(private=False)
        if hmac.compare_digest(hmac.digest(secret, signed.encode(), "sha256"), _decoded(signature)):
            return part_of(id_token, 1)
    raise ValueError("no key fits")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def part_of(token: str, index: int) -> JsonObject:
    """Return header (0) or claims (1) of a token, not verified. Raises ValueError, IndexError."""
    value = json.loads(_decoded(token.split(".")[index]))
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  whoever catches it minds the token only
    return value
