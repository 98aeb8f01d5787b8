"""What the identity provider says of itself: metadata, keys, tokens; signs nobody in."""

import base64
import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, KeySet

from test_suites.core.message import JsonValue
from test_suites.engine.players.trouble import SignInFailed, Unreadable
from test_suites.engine.players.wire import Wire, readable_json

JSON: Final = "application/json"
ID_TOKEN_ALGORITHMS: Final = ("ES256", "ES384", "PS256", "RS256")
_LEEWAY: Final = 5
_OK: Final = 200
_LONGEST_SECONDS: Final = 86_400
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the players need of an issuer's metadata (OpenID Connect Discovery 1.0 §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token and how many seconds it lasts from when it was asked for.

    `id_token` is the ID token that came with it, for a person; `redemption` is the form that
    redeemed the person's code for both. `cookies` are those of the browser she signed in with.
    """

    token: str
    seconds: float
    id_token: str | None = None
    redemption: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    cookies: httpx.Cookies | None = field(default=None, repr=False)


async def discover(wire: Wire, issuer: str) -> Metadata:
    """Return the issuer's metadata; raises SignInFailed when it is another issuer's."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    told = json_of(await wire.ask("GET", url, headers={"Accept": JSON}), "discovery")
    if text_in(told, "issuer", "discovery") != issuer:
        raise SignInFailed("discovery-issuer")
    scheme = issuer.partition("://")[0]
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(told, "authorization_endpoint", scheme),
        token_endpoint=_endpoint(told, "token_endpoint", scheme),
        jwks_uri=_endpoint(told, "jwks_uri", scheme),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        userinfo_endpoint=_optional(told, "userinfo_endpoint", scheme),
        end_session_endpoint=_optional(told, "end_session_endpoint", scheme),
    )


def _optional(told: Mapping[str, JsonValue], name: str, scheme: str) -> str | None:
    return _endpoint(told, name, scheme) if name in told else None


def _endpoint(told: Mapping[str, JsonValue], name: str, scheme: str) -> str:
    """Return an endpoint that is reached as safely as the issuer itself; raises SignInFailed."""
    url = text_in(told, name, "discovery")
    if scheme == "https" and url.startswith("http://"):
        raise SignInFailed(f"{name}-without-tls")
    return url


def json_of(answer: httpx.Response, what: str) -> Mapping[str, JsonValue]:
    """Return the JSON object of an answer; raises SignInFailed for a no, Unreadable else."""
    told = readable_json(answer.content, what)
    if answer.status_code != _OK:
        raise SignInFailed(f"{what}-{answer.status_code}", reasons=_oauth_reasons(told))
    if not isinstance(told, dict):
        raise Unreadable(what)
    return told


def _oauth_reasons(told: JsonValue) -> tuple[str, ...]:
    """Return what an OAuth refusal says (RFC 6749 §5.2)."""
    said = told if isinstance(told, dict) else {}
    words = (said.get("error"), said.get("error_description"))
    sentence = ": ".join(word for word in words if isinstance(word, str))
    return (sentence,) if sentence else ()


def text_in(told: Mapping[str, JsonValue], name: str, what: str) -> str:
    """Return a member that must be text; raises Unreadable."""
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{what}-{name}")
    return value


def access_token_of(told: Mapping[str, JsonValue]) -> AccessToken:
    """Return the access token of a token answer (RFC 6749 §5.1); raises Unreadable."""
    if text_in(told, "token_type", "token").lower() != "bearer":
        raise Unreadable("token-token_type")
    token, seconds = text_in(told, "access_token", "token"), told.get("expires_in", 0)
    if not _B64TOKEN.fullmatch(token):
        raise Unreadable("token-access_token")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unreadable("token-expires_in")
    lasts = seconds if 0 <= seconds <= _LONGEST_SECONDS else 0
    refresh = told.get("refresh_token")
    return AccessToken(
        token=token,
        seconds=float(lasts),
        refresh_token=refresh if isinstance(refresh, str) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an ID token must be about; `now` is in seconds."""

    client_id: str
    nonce: str | None
    access_token: str
    now: int


async def published_key(wire: Wire, metadata: Metadata, token: str) -> ECKey:
    """Return the key the issuer publishes for a token's signature; raises SignInFailed."""
    told = json_of(await wire.ask("GET", metadata.jwks_uri, headers={"Accept": JSON}), "jwks")
    named = jws.extract_compact(token.encode("ascii")).headers().get("kid")
    for key in _keys(told).keys:
        if isinstance(key, ECKey) and key.kid == named:
            return key
    raise SignInFailed("jwks-kid")


async def check_id_token(wire: Wire, metadata: Metadata, id_token: str, wanted: Wanted) -> str:
    """Check signature and claims (OpenID Connect Core §3.1.3.7); raises SignInFailed.

    Return the subject. A nonce that is None is not asked for: a refresh has none (§12.2).
    """
    told = json_of(await wire.ask("GET", metadata.jwks_uri, headers={"Accept": JSON}), "jwks")
    claims = jwt.JWTClaimsRegistry(
        now=wanted.now,
        leeway=_LEEWAY,
        iss={"essential": True, "value": metadata.issuer},
        aud={"essential": True, "value": wanted.client_id},
        azp={"value": wanted.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={} if wanted.nonce is None else {"essential": True, "value": wanted.nonce},
    )
    try:
        token = jwt.decode(id_token, _keys(told), algorithms=list(ID_TOKEN_ALGORITHMS))
        claims.validate(token.claims)
    except Exception as error:  # whatever a hostile token or key makes the library raise
        raise SignInFailed(f"id-token-{type(error).__name__}") from error
    if token.claims["aud"] not in (wanted.client_id, [wanted.client_id]):
        raise SignInFailed("id-token-aud")
    named = token.claims.get("at_hash")
    if named is not None and named != _half_hash(wanted.access_token, str(token.header["alg"])):
        raise SignInFailed("id-token-at_hash")
    return str(token.claims["sub"])


async def check_userinfo(wire: Wire, endpoint: str, token: str, *, subject: str) -> None:
    """Check that userinfo is about the person of the ID token (§5.3.2); raises SignInFailed."""
    headers = {"Accept": JSON, "Authorization": f"Bearer {token}"}
    told = json_of(await wire.ask("GET", endpoint, headers=headers), "userinfo")
    if told.get("sub") != subject:
        raise SignInFailed("userinfo-sub")


def _half_hash(access_token: str, algorithm: str) -> str:
    """Return what `at_hash` must be beside an access token (OpenID Connect Core §3.1.3.6)."""
    whole = hashlib.new(f"sha{algorithm[-3:]}", access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode("ascii")


def _keys(told: Mapping[str, JsonValue]) -> KeySet:
    """Return the issuer's signature keys; one that the library does not know is left out."""
    keys = KeySet([])
    found = told.get("keys")
    for jwk in found if isinstance(found, list) else ():
        if isinstance(jwk, dict) and jwk.get("kty") in {"EC", "RSA"} and jwk.get("use") != "enc":
            with contextlib.suppress(JoseError, ValueError, TypeError, KeyError):
                keys.keys.append(JWKRegistry.import_key(cast("dict[str, str | list[str]]", jwk)))
    return keys
