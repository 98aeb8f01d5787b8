"""The grant `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 9449 §10)."""

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthRefusal,
)
from reference_server.services.trust.model import Grant, Principal
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.grants.issuing import (
    Asking,
    Issued,
    issue_access,
    new_refresh,
    revoke_grant,
)
from reference_server.world import Call


def authorization_code(call: Call, tx: Transaction, asking: Asking) -> Issued | OAuthRefusal:
    """ERX-SEC-030: redeem a code, once (RFC 6749 §4.1.2).

    A reuse is returned, not raised: the revocation of what it gave must be committed.
    """
    code = asking.params.get("code")
    if code is None:
        raise InvalidRequest("code-missing")
    kept = store.code(tx, code)
    if kept is None or kept.grant.request.client_id != asking.client.client_id:
        raise InvalidGrant("code-unknown")
    if kept.is_used:
        revoke_grant(call, tx, kept.grant.grant_id)
        return InvalidGrant("code-reused", requirement="ERX-SEC-030")
    if kept.expires_at <= seconds_now(call.world):
        raise InvalidGrant("code-expired")
    if store.is_revoked(tx, kept.grant.grant_id, None):
        raise InvalidGrant("session-over")
    _check_binding(asking, kept.grant)
    store.redeem_code(tx, code)
    return _redeem(call, tx, asking, kept.grant)


def _check_binding(asking: Asking, grant: Grant) -> None:
    """RFC 6749 §4.1.3: the code belongs to one redirect address, one PKCE proof, one API."""
    params, request = asking.params, grant.request
    if params.get("redirect_uri") != request.redirect_uri:
        raise InvalidGrant("redirect-uri-differs")
    rules.check_code_verifier(params.get("code_verifier"), request.code_challenge)
    if params.get("resource", request.resource) != request.resource:
        raise InvalidTarget("resource-not-granted")
    if request.key is not None and request.key != asking.confirmation.key:
        raise InvalidGrant("code-key-differs")


def _redeem(call: Call, tx: Transaction, asking: Asking, grant: Grant) -> Issued:
    known = store.credentials(tx, grant.proven.username)
    if known is None:
        raise InvalidGrant("code-unknown")
    principal = Principal(client=asking.client, account=known.account)
    request, bound = grant.request, asking.confirmation
    access = issue_access(
        call,
        tx,
        principal,
        scopes=request.scopes,
        audience=request.resource,
        under=issue.Under(grant_id=grant.grant_id, proven=grant.proven, confirmation=bound),
    )
    refresh_token = None
    if asking.client.refreshes:
        public = not asking.client.is_confidential
        refresh = store.Refresh(
            scopes=request.scopes,
            key=bound.key if public else None,
            certificate=bound.certificate if public else None,
        )
        refresh_token = new_refresh(call, tx, grant, refresh)
    return Issued(
        access=access,
        id_token=issue.id_token(
            call.world, principal, grant, access=access.token, is_first=True, within=tx
        ),
        refresh_token=refresh_token,
    )
