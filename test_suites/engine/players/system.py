"""A system signs in with its own key: client credentials, private_key_jwt (RFC 7523)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from test_suites.core.message import JsonValue
from test_suites.engine.players.issuer import (
    JSON,
    AccessToken,
    Metadata,
    access_token_of,
    json_of,
)
from test_suites.engine.players.model import LabError, Surroundings
from test_suites.engine.players.wire import FORM, Wire

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS: Final = 60
_ALGORITHMS: Final = {"P-256": "ES256", "P-384": "ES384"}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Which software signs in, for what."""

    client_id: str
    private_jwk: Mapping[str, JsonValue] = field(repr=False)
    scopes: tuple[str, ...]


async def sign_in(
    wire: Wire,
    metadata: Metadata,
    system: System,
    *,
    resource: str,
    surroundings: Surroundings,
) -> AccessToken:
    """Return an access token for `resource`; raises Trouble. Every attempt has its own jti."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": system.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": _assertion(system, metadata, surroundings),
        "scope": " ".join(system.scopes),
        "resource": resource,
    }
    headers = {"Accept": JSON, "Content-Type": FORM}
    body = urlencode(fields).encode("ascii")
    answer = await wire.ask("POST", metadata.token_endpoint, headers=headers, body=body)
    return access_token_of(json_of(answer, "token"))


def _assertion(system: System, metadata: Metadata, surroundings: Surroundings) -> str:
    now = int(surroundings.wire_now().timestamp())
    claims = {
        "iss": system.client_id,
        "sub": system.client_id,
        "aud": metadata.issuer,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": surroundings.uuid(),
    }
    try:
        key = _key(system.private_jwk)
        algorithm = _algorithm(system.private_jwk)
        header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
        return jwt.encode(header, claims, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise LabError("private-key-unusable") from error


def _key(jwk: Mapping[str, JsonValue]) -> Key:
    return JWKRegistry.import_key(cast("dict[str, str | list[str]]", dict(jwk)))


def _algorithm(jwk: Mapping[str, JsonValue]) -> str:
    """Return what the key says it is for, else what fits its kind."""
    named = jwk.get("alg")
    if isinstance(named, str):
        return named
    return _ALGORITHMS.get(str(jwk.get("crv")), "PS256")
