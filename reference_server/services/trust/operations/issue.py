"""Making access, ID and logout tokens; knows who is meant, not how they proved it."""

from dataclasses import dataclass

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.services.trust.model import (
    OPENID,
    Account,
    Confirmation,
    Grant,
    Issuer,
    Principal,
    Proven,
    level_of,
)
from reference_server.services.trust.model.issuer import MULTI_FACTOR
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.jose import half_hash, sign
from reference_server.services.trust.operations.person_claims import claims_of
from reference_server.services.trust.store import Notice
from reference_server.world import World
from reference_server.world.ids import milliseconds

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, no secret
LOGOUT_TOKEN_TYPE = "logout+jwt"  # noqa: S105 - as above
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_SECONDS = 120
_FACTORS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token, its id and lifetime; `kind` is Bearer or DPoP."""

    token: str
    token_id: str
    seconds: int
    scopes: frozenset[str]
    kind: str = "Bearer"


_UNBOUND = Confirmation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """What a token is issued under: a grant, how its person is known, what it is bound to."""

    grant_id: str | None = None
    proven: Proven | None = None
    confirmation: Confirmation = _UNBOUND


def access_token(
    world: World,
    principal: Principal,
    *,
    scopes: frozenset[str],
    audience: str,
    under: Under | None = None,
    within: Transaction | None = None,
) -> AccessToken:
    """Issue an access token (RFC 9068).

    Its id carries the time in milliseconds, so that a token issued right after `expire_tokens`
    is told from those before.
    """
    under = under or Under()
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
        **_of_person(principal),
        **_of_grant(under),
    }
    token = sign(claims, world.keys.signing(now=now, within=within), kind=ACCESS_TOKEN_TYPE)
    kind = "Bearer" if under.confirmation.key is None else "DPoP"
    return AccessToken(token=token, token_id=token_id, seconds=seconds, scopes=scopes, kind=kind)


def _of_person(principal: Principal) -> dict[str, object]:
    if principal.account is None:
        return {}
    claims = _professional(principal.account)
    if principal.actor is not None:
        claims["act"] = {"sub": principal.actor.username}
    return claims


def _professional(account: Account) -> dict[str, object]:
    """Return what tokens tell of a professional; of a patient nothing of it is true."""
    if account.ehealth_id is None:
        return {}
    return {"ehealth_id": account.ehealth_id, "profession": account.profession}


def _of_grant(under: Under) -> dict[str, object]:
    claims: dict[str, object] = {}
    if under.grant_id is not None:
        claims["grant_id"] = under.grant_id
    if under.proven is not None:
        claims |= {"auth_time": under.proven.at, "acr": level_of(under.proven.methods)}
    confirmation = under.confirmation.claim()
    return {**claims, "cnf": confirmation} if confirmation else claims


def id_token(
    world: World,
    principal: Principal,
    grant: Grant,
    *,
    access: str,
    is_first: bool,
    within: Transaction | None = None,
) -> str | None:
    """Issue an ID token (OpenID Connect Core §2) when `openid` was granted to a person.

    `is_first`: for the code; the nonce is not in those of refreshes (§12.2).
    """
    account, request = principal.account, grant.request
    if account is None or OPENID not in request.scopes:
        return None
    issuer, issued = Issuer(base_url=world.base_url), seconds_now(world)
    methods = grant.proven.methods
    claims: dict[str, object] = {
        **claims_of(account, issuer, scopes=(), names=request.id_token_claims),
        "iss": issuer.url,
        "sub": principal.subject,
        "aud": principal.client.client_id,
        "exp": issued + world.settings.access_token_seconds,
        "iat": issued,
        "auth_time": grant.proven.at,
        "acr": level_of(methods),
        "amr": [*methods, MULTI_FACTOR] if len(methods) >= _FACTORS else list(methods),
        "sid": grant.sid,
        "at_hash": half_hash(access),
        **_professional(account),
    }
    if is_first and request.nonce is not None:
        claims["nonce"] = request.nonce
    alg = principal.client.id_token_alg
    key = world.keys.signing_by(alg, now=world.clock.wire_now(), within=within)
    return sign(claims, key, kind="JWT")


def logout_token(world: World, notice: Notice, *, alg: str) -> str:
    """Issue a logout token (OpenID Connect Back-Channel Logout §2.4)."""
    issued = seconds_now(world)
    claims: dict[str, object] = {
        "iss": Issuer(base_url=world.base_url).url,
        "sub": notice.subject,
        "aud": notice.client_id,
        "iat": issued,
        "exp": issued + _LOGOUT_SECONDS,
        "jti": world.ids.uuid(),
        "sid": notice.sid,
        "events": {_LOGOUT_EVENT: {}},
    }
    key = world.keys.signing_by(alg, now=world.clock.wire_now())
    return sign(claims, key, kind=LOGOUT_TOKEN_TYPE)


def caller(principal: Principal, issued: AccessToken, *, correlation: str) -> Caller:
    """Return whom the audit trail names for a token issued."""
    account, actor = principal.account, principal.actor
    return Caller(
        subject=principal.subject,
        client_id=principal.client.client_id,
        role=principal.role,
        organization=principal.organization,
        ehealth_id=None if account is None else account.ehealth_id,
        profession=None if account is None else account.profession,
        scopes=issued.scopes,
        token_id=issued.token_id,
        correlation=correlation,
        actor=None if actor is None else actor.username,
    )
