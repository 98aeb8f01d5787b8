"""Who is signed in (OpenID Connect Core §5.3)."""

from reference_server.kernel.errors import TokenInvalid
from reference_server.services.trust import store
from reference_server.services.trust.errors import InsufficientScope
from reference_server.services.trust.model import OPENID
from reference_server.services.trust.operations.bearer import BearerTokens
from reference_server.world import Call


def userinfo(call: Call) -> dict[str, str]:
    """Return the claims about the person; raises AccessRefusals, InsufficientScope."""
    tokens = BearerTokens(call.world)
    caller = tokens.of_any_audience(call.headers.get("authorization"), correlation=call.request_id)
    call.deed.caller = caller
    if OPENID not in caller.scopes:
        raise InsufficientScope("openid-missing")
    with call.world.store.read() as tx:
        known = store.credentials(tx, caller.subject)
    if known is None:
        raise TokenInvalid
    account = known.account
    return {
        "sub": caller.subject,
        "name": f"{account.given} {account.family}",
        "given_name": account.given,
        "family_name": account.family,
        "ehealth_id": account.username,
        "profession": account.profession,
        "organization": account.organization,
    }
