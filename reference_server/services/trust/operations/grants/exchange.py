"""Token exchange (RFC 8693): a registered team member acts for a practitioner.

Either the practitioner's own token comes as `subject_token` and the member's as `actor_token`, or
the member's alone as `subject_token` with the practitioner's eHealthID as `requested_subject`.
"""

from dataclasses import dataclass

from reference_server.kernel.errors import AccessRefusal
from reference_server.kernel.store import Transaction
from reference_server.ports import PROVIDERS
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import InvalidRequest, UnauthorizedClient
from reference_server.services.trust.model import Account, Confirmation, Principal, Proven
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.bearer import AccessClaims, BearerTokens
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.grants.issuing import Asking, Issued, issue_access
from reference_server.world import Call

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name of RFC 8693


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parties:
    """Who is acted for, who acts, and the token that shows the latter."""

    practitioner: str
    member: AccessClaims


def token_exchange(call: Call, tx: Transaction, asking: Asking) -> Issued:
    """Give a token in the practitioner's name that names the member as its actor (`act`)."""
    client, params = asking.client, asking.params
    if not client.exchanges:
        raise UnauthorizedClient("exchange-not-registered")
    for name in ("subject_token_type", "actor_token_type", "requested_token_type"):
        if params.get(name, ACCESS_TOKEN) != ACCESS_TOKEN:
            raise InvalidRequest("token-type")
    parties = _parties(call, asking)
    member, practitioner = _both(call, tx, parties)
    claims = parties.member
    allowed = client.scopes & frozenset(claims.scope.split())
    # RFC 8693 §2.1 calls it `audience`, too.
    resource = params.get("resource", params.get("audience"))
    access = issue_access(
        call,
        tx,
        Principal(client=client, account=practitioner, actor=member),
        scopes=rules.check_scope(params.get("scope"), allowed),
        audience=rules.check_resource(resource, issuer_of(call).resources),
        under=issue.Under(
            grant_id=claims.grant_id,
            proven=_proven(tx, claims),
            confirmation=asking.confirmation,
        ),
    )
    return Issued(access=access, kind=ACCESS_TOKEN)


def _parties(call: Call, asking: Asking) -> _Parties:
    params = asking.params
    if "subject_token" not in params or "subject_token_type" not in params:
        raise InvalidRequest("subject-token-missing")
    subject = _read(call, asking, params["subject_token"])
    if "actor_token" in params:
        member = _read(call, asking, params["actor_token"])
        return _Parties(practitioner=subject.sub, member=member)
    if "requested_subject" not in params:
        raise InvalidRequest("subject-token-missing")
    return _Parties(practitioner=params["requested_subject"], member=subject)


def _read(call: Call, asking: Asking, token: str) -> AccessClaims:
    """Return the claims of a person's token that was issued to this very client."""
    try:
        claims = BearerTokens(call.world).valid(token)
    except AccessRefusal:
        raise InvalidRequest("subject-token-wrong") from None
    bound = Confirmation(certificate=claims.cnf.certificate, key=claims.cnf.key)
    held = asking.confirmation
    shown = bound.key in {None, held.key} and bound.certificate in {None, held.certificate}
    is_delegated = claims.act is not None
    if claims.client_id != asking.client.client_id or not shown or is_delegated:
        raise InvalidRequest("subject-token-wrong")
    return claims


def _both(call: Call, tx: Transaction, parties: _Parties) -> tuple[Account, Account]:
    practitioner, member = parties.practitioner, parties.member.sub
    known = (store.credentials(tx, member), store.credentials(tx, practitioner))
    teams = call.world.port(PROVIDERS).teams_of(tx, member)
    if known[0] is None or known[1] is None or practitioner not in teams:
        raise InvalidRequest("not-in-team")
    return known[0].account, known[1].account


def _proven(tx: Transaction, claims: AccessClaims) -> Proven | None:
    granted = None if claims.grant_id is None else store.grant(tx, claims.grant_id)
    return None if granted is None else granted.proven
