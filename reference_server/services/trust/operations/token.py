"""The token endpoint (RFC 6749 §3.2): a code or a system's own proof against a token."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthRefusal,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from reference_server.services.trust.model import API_SCOPES, Grant, Issuer, Principal
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.client_authentication import (
    Proof,
    identify,
    use_up,
)
from reference_server.world import Call, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the token endpoint answers."""

    access: issue.AccessToken
    id_token: str | None = None


def token(call: Call, params: Mapping[str, str]) -> Issued:
    """Authenticate the client and issue what its grant allows; raises OAuthRefusal.

    A code presented twice also revokes the token it was redeemed for, and that stays.
    """
    grant_type = params.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant-type-missing")
    operation = _GRANTS.get(grant_type)
    if operation is None:
        raise UnsupportedGrantType("grant-type")
    with call.world.store.write() as tx:
        proof = _authenticate(call, tx, params)
        outcome = operation(call, tx, params, proof)
    if isinstance(outcome, OAuthRefusal):
        raise outcome
    return outcome


def _authenticate(call: Call, tx: Transaction, params: Mapping[str, str]) -> Proof:
    now = call.world.clock.wire_now().timestamp()
    longest = call.world.settings.assertion_seconds
    issuer = Issuer(base_url=call.world.base_url)
    proof = identify(tx, params, issuer=issuer, now=now, longest=longest)
    use_up(tx, proof)
    call.deed.entities.append(f"Client/{proof.client.client_id}")
    return proof


def _client_credentials(
    call: Call, tx: Transaction, params: Mapping[str, str], proof: Proof
) -> Issued:
    client = proof.client
    if not client.systems_only:
        raise UnauthorizedClient("people-only")
    issuer = Issuer(base_url=call.world.base_url)
    scopes = rules.check_scope(params.get("scope"), client.scopes & API_SCOPES)
    audience = rules.check_resource(params.get("resource"), issuer.resources)
    principal = Principal(client=client, account=None)
    return Issued(access=_issue(call, tx, principal, scopes=scopes, audience=audience))


def _authorization_code(
    call: Call, tx: Transaction, params: Mapping[str, str], proof: Proof
) -> Issued | OAuthRefusal:
    """ERX-SEC-030: redeem a code, once (RFC 6749 §4.1.2).

    A reuse is returned, not raised: the revocation of what it gave must be committed.
    """
    code = params.get("code")
    if code is None:
        raise InvalidRequest("code-missing")
    now = int(call.world.clock.wire_now().timestamp())
    kept = store.code(tx, code)
    if kept is None or kept.grant.request.client_id != proof.client.client_id:
        raise InvalidGrant("code-unknown")
    if kept.token_id is not None:
        lifetime = call.world.settings.access_token_seconds
        store.revoke(tx, kept.token_id, expires_at=now + lifetime)
        return InvalidGrant("code-reused", requirement="ERX-SEC-030")
    if kept.expires_at <= now:
        raise InvalidGrant("code-expired")
    _check_binding(params, kept.grant)
    return _redeem(call, tx, code, Redemption(grant=kept.grant, proof=proof))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A grant and the client that redeems it."""

    grant: Grant
    proof: Proof


def _check_binding(params: Mapping[str, str], grant: Grant) -> None:
    """RFC 6749 §4.1.3: the code belongs to one redirect address, one PKCE proof, one API."""
    if params.get("redirect_uri") != grant.request.redirect_uri:
        raise InvalidGrant("redirect-uri-differs")
    rules.check_code_verifier(params.get("code_verifier"), grant.request.code_challenge)
    if params.get("resource", grant.request.resource) != grant.request.resource:
        raise InvalidTarget("resource-not-granted")


def _redeem(call: Call, tx: Transaction, code: str, redemption: Redemption) -> Issued:
    grant = redemption.grant
    known = store.credentials(tx, grant.username)
    if known is None:
        raise InvalidGrant("code-unknown")
    principal = Principal(client=redemption.proof.client, account=known.account)
    request = grant.request
    access = _issue(call, tx, principal, scopes=request.scopes, audience=request.resource)
    store.redeem_code(tx, code, token_id=access.token_id)
    return Issued(access=access, id_token=issue.id_token(call.world, principal, grant))


def _issue(
    call: Call,
    tx: Transaction,
    principal: Principal,
    *,
    scopes: frozenset[str],
    audience: str,
) -> issue.AccessToken:
    access = issue.access_token(call.world, principal, scopes=scopes, audience=audience)
    call.deed.caller = issue.caller(principal, access, correlation=call.request_id)
    record(call, tx)
    return access


_Operation = Callable[[Call, Transaction, Mapping[str, str], Proof], Issued | OAuthRefusal]
_GRANTS: Mapping[str, _Operation] = {
    "authorization_code": _authorization_code,
    "client_credentials": _client_credentials,
}
