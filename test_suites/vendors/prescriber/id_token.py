"""Looks closely at an ID token (OpenID Connect Core 1.0 §3.1.3.7); knows no network."""

from dataclasses import dataclass
from typing import cast

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from test_suites.vendors.kit.answer import SignInRefused
from test_suites.vendors.kit.desk import JsonObject

CLOCK_LEEWAY = 10
"""Seconds by which the service's clock may differ from ours."""


class UnknownKey(SignInRefused):
    """No key of the set we hold made this signature; the provider may have changed keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the ID token must say."""

    issuer: str
    client_id: str
    nonce: str | None
    access_token: str


def check_id_token(id_token: str, *, keys: JsonObject, expected: Expected) -> None:
    """Raise SignInRefused unless signature, issuer, audience, times, nonce and hash hold."""
    try:
        key_set = KeySet.import_key_set(cast("KeySetSerialization", keys))
        token = jwt.decode(id_token, key_set, algorithms=["ES256"])
    except (JoseError, ValueError, KeyError) as wrong:
        raise UnknownKey from wrong
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        {
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": expected.access_token,
        },
    )
    try:
        claims.validate(leeway=CLOCK_LEEWAY)
    except (JoseError, ValueError) as wrong:
        raise SignInRefused from wrong
