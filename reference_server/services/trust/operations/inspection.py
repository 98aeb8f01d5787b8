"""Introspection (RFC 7662) and revocation (RFC 7009): what a token is worth, and giving it up."""

from collections.abc import Mapping

from reference_server.kernel.errors import AccessRefusal
from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.errors import (
    InvalidGrant,
    InvalidRequest,
    UnauthorizedClient,
)
from reference_server.services.trust.model import OFFLINE, Client
from reference_server.services.trust.operations.bearer import AccessClaims, BearerTokens
from reference_server.services.trust.operations.client_authentication import Presenting, prove
from reference_server.services.trust.operations.context import issuer_of, seconds_now
from reference_server.services.trust.operations.grants.issuing import revoke_grant
from reference_server.services.trust.store import KeptRefresh
from reference_server.world import Call, record

INACTIVE: Mapping[str, object] = {"active": False}


def introspect(
    call: Call, params: Mapping[str, str], presenting: Presenting
) -> Mapping[str, object]:
    """Tell a client about a token of its own, an API about any; raises OAuthRefusal.

    What is invalid, over, revoked or another's is not active, and nothing else is told of it.
    """
    with call.world.store.write() as tx:
        client = prove(call, tx, params, presenting)
        if not client.is_confidential:
            raise UnauthorizedClient("introspection-not-registered")
        token = _token(params)
        access, kept = _access(call, token), store.refresh(tx, token)
        record(call, tx)
        if access is not None and _may_know(client, access.client_id):
            return _of_access(call, tx, access)
        if kept is not None and _may_know(client, kept.grant.request.client_id):
            return _of_refresh(call, tx, kept)
    return INACTIVE


def revoke(call: Call, params: Mapping[str, str], presenting: Presenting) -> None:
    """Revoke a token of the client's own; nothing happens where there is none (RFC 7009 §2.2).

    A refresh token takes all that was issued under its grant with it.
    """
    with call.world.store.write() as tx:
        client = prove(call, tx, params, presenting)
        token = _token(params)
        access, kept = _access(call, token), store.refresh(tx, token)
        if access is not None:
            _check_own(client, access.client_id)
            store.revoke(tx, access.jti, expires_at=access.exp)
        elif kept is not None:
            _check_own(client, kept.grant.request.client_id)
            revoke_grant(call, tx, kept.grant.grant_id)
        record(call, tx)


def _token(params: Mapping[str, str]) -> str:
    token = params.get("token")
    if token is None:
        raise InvalidRequest("token-missing")
    return token


def _check_own(client: Client, client_id: str) -> None:
    if client.client_id != client_id:
        raise InvalidGrant("token-of-another")


def _may_know(client: Client, client_id: str) -> bool:
    return client.introspects or client.client_id == client_id


def _access(call: Call, token: str) -> AccessClaims | None:
    try:
        return BearerTokens(call.world).valid(token)
    except AccessRefusal:
        return None


def _of_access(call: Call, tx: Transaction, claims: AccessClaims) -> Mapping[str, object]:
    told: dict[str, object] = {
        "active": True,
        "token_type": "Bearer" if claims.cnf.key is None else "DPoP",
        "iss": issuer_of(call).url,
        "sub": claims.sub,
        "aud": claims.aud,
        "client_id": claims.client_id,
        "scope": claims.scope,
        "exp": claims.exp,
        "iat": claims.iat,
        "jti": claims.jti,
        "role": claims.role,
        "organization": claims.organization,
    }
    bound = {"x5t#S256": claims.cnf.certificate, "jkt": claims.cnf.key}
    confirmation = {name: value for name, value in bound.items() if value is not None}
    optional: dict[str, object | None] = {
        "username": claims.ehealth_id,
        "ehealth_id": claims.ehealth_id,
        "profession": claims.profession,
        "auth_time": claims.auth_time,
        "acr": claims.acr,
        "act": None if claims.act is None else {"sub": claims.act.sub},
        "cnf": confirmation or None,
    }
    known = store.credentials(tx, claims.sub) is not None or claims.ehealth_id is None
    given = {name: value for name, value in optional.items() if value is not None}
    return {**told, **given} if known else INACTIVE


def _of_refresh(call: Call, tx: Transaction, kept: KeptRefresh) -> Mapping[str, object]:
    now, grant = seconds_now(call.world), kept.grant
    scopes = grant.request.scopes
    ended = OFFLINE not in scopes and not store.is_open(tx, grant.sid, now=now)
    revoked = store.is_revoked(tx, grant.grant_id, None)
    if kept.is_used or kept.expires_at <= now or ended or revoked:
        return INACTIVE
    return {
        "active": True,
        "iss": issuer_of(call).url,
        "sub": grant.proven.username,
        "client_id": grant.request.client_id,
        "scope": " ".join(sorted(kept.refresh.scopes)),
        "exp": kept.expires_at,
    }
