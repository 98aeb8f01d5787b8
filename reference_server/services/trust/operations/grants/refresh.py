"""The grant `refresh_token` (RFC 6749 §6, RFC 9700 §4.14): rotation, and reuse ends the family."""

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthRefusal,
    UnauthorizedClient,
)
from reference_server.services.trust.model import OFFLINE, Principal
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.grants.issuing import (
    Asking,
    Issued,
    issue_access,
    new_refresh,
    refresh_until,
    revoke_grant,
)
from reference_server.services.trust.store import KeptRefresh
from reference_server.world import Call


def refresh_token(call: Call, tx: Transaction, asking: Asking) -> Issued | OAuthRefusal:
    """Give new tokens for a refresh token.

    One that was used already is returned as a refusal, not raised: that the whole family is
    revoked must be committed.
    """
    presented = asking.params.get("refresh_token")
    if presented is None:
        raise InvalidRequest("refresh-token-missing")
    if not asking.client.refreshes:
        raise UnauthorizedClient("refresh-not-registered")
    kept = store.refresh(tx, presented)
    if kept is None or kept.grant.request.client_id != asking.client.client_id:
        raise InvalidGrant("refresh-unknown")
    if kept.is_used:
        revoke_grant(call, tx, kept.grant.grant_id)
        return InvalidGrant("refresh-reused")
    _check_alive(call, tx, kept)
    _check_binding(asking, kept)
    return _renew(call, tx, asking, kept)


def _check_alive(call: Call, tx: Transaction, kept: KeptRefresh) -> None:
    now, grant = seconds_now(call.world), kept.grant
    if kept.expires_at <= now:
        raise InvalidGrant("refresh-expired")
    ended = OFFLINE not in grant.request.scopes and not store.is_open(tx, grant.sid, now=now)
    if ended or store.is_revoked(tx, grant.grant_id, None):
        raise InvalidGrant("session-over")
    store.see_session(tx, grant.sid, now=now)


def _check_binding(asking: Asking, kept: KeptRefresh) -> None:
    """RFC 9449 §5, RFC 8705 §4: a public client's is bound as its tokens are."""
    bound, refresh = asking.confirmation, kept.refresh
    if refresh.key not in {None, bound.key}:
        raise InvalidGrant("refresh-binding")
    if refresh.certificate not in {None, bound.certificate}:
        raise InvalidGrant("refresh-binding")


def _renew(call: Call, tx: Transaction, asking: Asking, kept: KeptRefresh) -> Issued:
    params, grant = asking.params, kept.grant
    scopes = rules.check_scope(params.get("scope"), kept.refresh.scopes)
    if params.get("resource", grant.request.resource) != grant.request.resource:
        raise InvalidTarget("resource-not-granted")
    known = store.credentials(tx, grant.proven.username)
    if known is None:
        raise InvalidGrant("refresh-unknown")
    principal = Principal(client=asking.client, account=known.account)
    access = issue_access(
        call,
        tx,
        principal,
        scopes=scopes,
        audience=grant.request.resource,
        under=issue.Under(
            grant_id=grant.grant_id, proven=grant.proven, confirmation=asking.confirmation
        ),
    )
    return Issued(
        access=access,
        id_token=issue.id_token(
            call.world, principal, grant, access=access.token, is_first=False, within=tx
        ),
        refresh_token=_rotate(call, tx, asking, kept),
    )


def _rotate(call: Call, tx: Transaction, asking: Asking, kept: KeptRefresh) -> str:
    presented = asking.params["refresh_token"]
    if not asking.client.rotates:
        until = refresh_until(call, kept.grant)
        store.prolong_refresh(tx, presented, until=until)
        store.prolong_grant(tx, kept.grant.grant_id, until=until)
        return presented
    store.use_refresh(tx, presented)
    return new_refresh(call, tx, kept.grant, kept.refresh)
