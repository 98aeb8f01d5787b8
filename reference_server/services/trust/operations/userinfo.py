"""Who the person of an access token is (OpenID Connect Core §5.3)."""

from dataclasses import dataclass

from reference_server.kernel.errors import TokenInvalid
from reference_server.ports import Presented
from reference_server.services.trust import store
from reference_server.services.trust.errors import InsufficientScope
from reference_server.services.trust.model import OPENID, Client
from reference_server.services.trust.operations.bearer import BearerTokens, caller_of
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.jose import sign
from reference_server.services.trust.operations.person_claims import claims_of
from reference_server.world import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The claims about a person; `signed` is the same as a JWT where the client wants that."""

    claims: dict[str, object]
    signed: str | None = None


def userinfo(call: Call, presented: Presented) -> Told:
    """Return the claims about the person; raises AccessRefusals, InsufficientScope."""
    claims = BearerTokens(call.world).of_any_audience(presented)
    call.deed.caller = caller_of(claims, call.request_id)
    scopes = frozenset(claims.scope.split())
    if OPENID not in scopes:
        raise InsufficientScope("openid-missing")
    with call.world.store.read() as tx:
        known = store.credentials(tx, claims.sub)
        client = store.client(tx, claims.client_id)
        grant = None if claims.grant_id is None else store.grant(tx, claims.grant_id)
    if known is None or client is None:
        raise TokenInvalid
    names = () if grant is None else grant.request.userinfo_claims
    told = claims_of(known.account, issuer_of(call), scopes=scopes, names=names)
    return _told(call, {"sub": claims.sub, **told}, client)


def _told(call: Call, told: dict[str, object], client: Client) -> Told:
    """OpenID Connect Core §5.3.2: signed, it says by whom and for whom."""
    if not client.userinfo_alg:
        return Told(claims=told)
    now = call.world.clock.wire_now()
    key = call.world.keys.signing_by(client.userinfo_alg, now=now)
    named = {**told, "iss": issuer_of(call).url, "aud": client.client_id}
    return Told(claims=told, signed=sign(named, key, kind="JWT"))
