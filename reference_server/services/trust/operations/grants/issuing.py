"""What every grant does at its end: issue, bind, record; knows no grant type."""

from collections.abc import Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.errors import InvalidClient
from reference_server.services.trust.model import OFFLINE, Client, Confirmation, Grant, Principal
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.secret import new_secret
from reference_server.world import Call, is_impersonal, record

_MARGIN_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A client that is known, what it asks with, and what its tokens are bound to."""

    client: Client
    params: Mapping[str, str]
    confirmation: Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the token endpoint answers; `kind` is `issued_token_type` of an exchange."""

    access: issue.AccessToken
    id_token: str | None = None
    refresh_token: str | None = None
    kind: str | None = None


def issue_access(
    call: Call,
    tx: Transaction,
    principal: Principal,
    *,
    scopes: frozenset[str],
    audience: str,
    under: issue.Under,
) -> issue.AccessToken:
    """Issue an access token and record it; raises InvalidClient for a certificate of nobody's."""
    _check_family(call, principal, under)
    access = issue.access_token(
        call.world, principal, scopes=scopes, audience=audience, under=under, within=tx
    )
    call.deed.caller = issue.caller(principal, access, correlation=call.request_id)
    record(call, tx)
    return access


def _check_family(call: Call, principal: Principal, under: issue.Under) -> None:
    """Software without a credential of its own binds a professional's tokens to their certificate.

    [G] A system that is registered for itself may bind them to that of its server.
    """
    account, is_bound = principal.account, under.confirmation.certificate is not None
    if account is None or account.ehealth_id is None or principal.client.is_confidential:
        return
    if is_bound and is_impersonal(call):
        raise InvalidClient("client-certificate-family")


def new_refresh(call: Call, tx: Transaction, grant: Grant, refresh: store.Refresh) -> str:
    """Issue a refresh token under a grant."""
    token = new_secret(call.world)
    until = refresh_until(call, grant)
    store.put_refresh(tx, token, grant, refresh, expires_at=until)
    longer = call.world.settings.access_token_seconds + _MARGIN_SECONDS
    store.prolong_grant(tx, grant.grant_id, until=until + longer)
    return token


def refresh_until(call: Call, grant: Grant) -> int:
    """Return when a refresh token that is used now will be over, in seconds since 1970."""
    settings = call.world.settings
    offline = OFFLINE in grant.request.scopes
    seconds = settings.offline_seconds if offline else settings.refresh_seconds
    return seconds_now(call.world) + seconds


def revoke_grant(call: Call, tx: Transaction, grant_id: str) -> None:
    """Revoke all that was issued under a grant, for as long as any of it could live."""
    settings = call.world.settings
    longest = max(settings.offline_seconds, settings.refresh_seconds, settings.access_token_seconds)
    store.revoke(tx, grant_id, expires_at=seconds_now(call.world) + longest)
