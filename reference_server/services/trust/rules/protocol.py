"""PKCE, redirect addresses, scopes, APIs, client assertions; pure, knows no table."""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from reference_server.kernel.base64url import base64url
from reference_server.services.trust.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RedirectUriWrong,
)
from reference_server.services.trust.model import Client
from reference_server.services.trust.rules.smart import is_part_of_any

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
LEEWAY_SECONDS = 5
JTI_LENGTH_LIMIT = 256


def check_code_challenge(challenge: str | None, method: str | None) -> str:
    """ERX-SEC-001: PKCE is mandatory, and only S256 (RFC 7636 §4.2)."""
    if challenge is None:
        raise InvalidRequest("code-challenge-missing", requirement="ERX-SEC-001")
    if method != "S256":
        raise InvalidRequest("code-challenge-method", requirement="ERX-SEC-001")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code-challenge-malformed", requirement="ERX-SEC-001")
    return challenge


def check_code_verifier(verifier: str | None, challenge: str) -> None:
    """ERX-SEC-001: whoever redeems the code proves to have asked for it."""
    if verifier is None:
        raise InvalidRequest("code-verifier-missing", requirement="ERX-SEC-001")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code-verifier-wrong", requirement="ERX-SEC-001")
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64url(digest)
    if not hmac.compare_digest(made, challenge):
        raise InvalidGrant("code-verifier-wrong", requirement="ERX-SEC-001")


def check_redirect_uri(asked: str | None, client: Client) -> str:
    """ERX-SEC-028: exact match (RFC 9700 §2.1); on loopback any port (RFC 8252 §7.3)."""
    if asked is None:
        if len(client.redirect_uris) != 1 or _is_loopback(client.redirect_uris[0]):
            raise RedirectUriWrong
        return client.redirect_uris[0]
    if is_registered(asked, client.redirect_uris):
        return asked
    raise RedirectUriWrong


def is_registered(asked: str, registered: Collection[str]) -> bool:
    """Tell whether an address is registered letter for letter; on loopback with any port."""
    if asked in registered:
        return True
    if not _is_loopback(asked):
        return False
    bare = _without_port(asked)
    return any(_without_port(uri) == bare for uri in filter(_is_loopback, registered))


def check_scope(asked: str | None, allowed: Collection[str]) -> frozenset[str]:
    """ERX-SEC-029: nothing the client is not registered for (RFC 6749 §3.3); no scope: all.

    A SMART scope may also be a part of a registered one.
    """
    if asked is None or not asked.strip():
        return frozenset(allowed)
    scopes = frozenset(asked.split())
    for scope in sorted(scopes):
        if scope not in allowed and not is_part_of_any(scope, allowed):
            raise InvalidScope("scope-not-allowed", scope=scope[:80])
    return scopes


def check_resource(asked: str | None, allowed: tuple[str, ...]) -> str:
    """ERX-SEC-029: a token is for exactly one registered API (RFC 8707 §2)."""
    if asked is None:
        return allowed[0]
    if asked not in allowed:
        raise InvalidTarget("resource-unknown")
    return asked


def check_assertion_claims(
    claims: Mapping[str, object],
    *,
    client_id: str,
    audiences: Collection[str],
    now: float,
    longest: int,
    strict: bool = False,
) -> tuple[str, int]:
    """ERX-SEC-004, ERX-SEC-006: a client assertion is for us, now, and short (RFC 7523 §3).

    Returns its jti and until when that must be remembered. `now` is seconds since 1970,
    `longest` how many seconds ahead it may expire. `strict`: its audience is one string, the
    first of `audiences`, as the FAPI 2.0 security profile has it.
    """
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidClient("assertion-subject")
    audience = claims.get("aud")
    fits = audience == next(iter(audiences)) if strict else _names_one_of(audience, audiences)
    if not fits:
        raise InvalidClient("assertion-audience")
    expires = _seconds(claims, "exp")
    if expires is None or expires <= now - LEEWAY_SECONDS:
        raise InvalidClient("assertion-expired")
    if expires > now + longest + LEEWAY_SECONDS:
        raise InvalidClient("assertion-too-long", requirement="ERX-SEC-006", seconds=longest)
    for name in ("nbf", "iat"):
        begins = _seconds(claims, name)
        if begins is not None and begins > now + LEEWAY_SECONDS:
            raise InvalidClient("assertion-early")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= JTI_LENGTH_LIMIT:
        raise InvalidClient("assertion-jti")
    return jti, int(expires) + LEEWAY_SECONDS + 1


def _seconds(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidClient("assertion-malformed")
    return float(value)


def _names_one_of(audience: object, accepted: Collection[str]) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(item, str) and item in accepted for item in named)


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.port != 0
    except ValueError:
        return False


def _without_port(uri: str) -> tuple[str | None, str, str, str]:
    parts = urlsplit(uri)
    plain = "" if parts.username is None and not parts.fragment else "never"
    return parts.hostname, parts.path, parts.query, plain
