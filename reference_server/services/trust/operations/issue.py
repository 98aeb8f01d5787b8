"""Making access and ID tokens; knows who is meant, not how they proved it."""

from dataclasses import dataclass

from reference_server.kernel.access import Caller
from reference_server.services.trust.model import OPENID, Grant, Issuer, Principal
from reference_server.services.trust.operations.jose import sign
from reference_server.world import World
from reference_server.world.ids import milliseconds

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token, its id and lifetime."""

    token: str
    token_id: str
    seconds: int
    scopes: frozenset[str]


def access_token(
    world: World, principal: Principal, *, scopes: frozenset[str], audience: str
) -> AccessToken:
    """Issue an access token (RFC 9068).

    Its id carries the time in milliseconds, so that a token issued right after `expire_tokens`
    is told from those before.
    """
    now = world.clock.wire_now()
    issued_ms = max(milliseconds(now), world.tokens_not_before())
    token_id = world.ids.timed_uuid(issued_ms)
    seconds = world.settings.access_token_seconds
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": Issuer(base_url=world.base_url).url,
        "sub": principal.subject,
        "aud": audience,
        "exp": issued + seconds,
        "iat": issued,
        "jti": token_id,
        "client_id": principal.client.client_id,
        "scope": " ".join(sorted(scopes)),
        "role": principal.role,
        "organization": principal.organization,
    }
    if principal.account is not None:
        claims["ehealth_id"] = principal.account.username
        claims["profession"] = principal.account.profession
    token = sign(claims, world.keys.signing(now=now), kind=ACCESS_TOKEN_TYPE)
    return AccessToken(token=token, token_id=token_id, seconds=seconds, scopes=scopes)


def id_token(world: World, principal: Principal, grant: Grant) -> str | None:
    """Issue an ID token (OpenID Connect Core §2) when `openid` was granted to a person."""
    account = principal.account
    if account is None or OPENID not in grant.request.scopes:
        return None
    now = world.clock.wire_now()
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": Issuer(base_url=world.base_url).url,
        "sub": principal.subject,
        "aud": principal.client.client_id,
        "exp": issued + world.settings.access_token_seconds,
        "iat": issued,
        "auth_time": grant.signed_in_at,
        "ehealth_id": account.username,
        "profession": account.profession,
    }
    if grant.request.nonce is not None:
        claims["nonce"] = grant.request.nonce
    return sign(claims, world.keys.signing(now=now), kind="JWT")


def caller(principal: Principal, issued: AccessToken, *, correlation: str) -> Caller:
    """Return whom the audit trail names for a token issued."""
    account = principal.account
    return Caller(
        subject=principal.subject,
        client_id=principal.client.client_id,
        role=principal.role,
        organization=principal.organization,
        ehealth_id=None if account is None else account.username,
        profession=None if account is None else account.profession,
        scopes=issued.scopes,
        token_id=issued.token_id,
        correlation=correlation,
    )
