"""What the lab as a client makes of a logout token (OpenID Connect Back-Channel Logout §2.6)."""

from collections.abc import Mapping
from typing import Final

from joserfc import jws, jwt
from joserfc.errors import JoseError

from test_suites.engine.players.issuer import Metadata, published_key
from test_suites.engine.players.trouble import Trouble
from test_suites.engine.players.wire import Wire

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LEEWAY: Final = 30


async def believed(
    wire: Wire, metadata: Metadata, token: str, *, client_id: str, now: int
) -> Mapping[str, object] | None:
    """Return the claims of a logout token that holds, None of one that does not."""
    try:
        if jws.extract_compact(token.encode("ascii")).headers().get("alg") != "ES256":
            return None
        key = await published_key(wire, metadata, token)
        claims = jwt.decode(token, key, algorithms=["ES256"]).claims
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY,
            iss={"essential": True, "value": metadata.issuer},
            aud={"essential": True, "value": client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, Trouble):
        return None
    events = claims.get("events")
    is_logout = isinstance(events, dict) and isinstance(events.get(EVENT), dict)
    names_somebody = isinstance(claims.get("sub"), str) or isinstance(claims.get("sid"), str)
    return claims if is_logout and names_somebody and "nonce" not in claims else None
