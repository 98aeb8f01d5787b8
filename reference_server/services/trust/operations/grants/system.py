"""The grant `client_credentials` (RFC 6749 §4.4): a system speaks for its organisation."""

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules
from reference_server.services.trust.errors import UnauthorizedClient
from reference_server.services.trust.model import OFFLINE, Principal
from reference_server.services.trust.model.issuer import PERSON_SCOPES
from reference_server.services.trust.operations import issue
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.grants.issuing import Asking, Issued, issue_access
from reference_server.world import Call


def client_credentials(call: Call, tx: Transaction, asking: Asking) -> Issued:
    """Give a system a token; no refresh token (RFC 6749 §4.4.3)."""
    client, params = asking.client, asking.params
    if not client.systems_only:
        raise UnauthorizedClient("people-only")
    own = client.scopes - PERSON_SCOPES - {OFFLINE}
    scopes = rules.check_scope(params.get("scope"), own)
    audience = rules.check_resource(params.get("resource"), issuer_of(call).resources)
    principal = Principal(client=client, account=None)
    access = issue_access(
        call,
        tx,
        principal,
        scopes=scopes,
        audience=audience,
        under=issue.Under(confirmation=asking.confirmation),
    )
    return Issued(access=access)
