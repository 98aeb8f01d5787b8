"""Reading back an ID token of our own (`id_token_hint`); its time does not matter."""

from collections.abc import Mapping
from dataclasses import dataclass

from reference_server.services.trust.model import Issuer
from reference_server.services.trust.operations.jose import (
    ALGORITHMS,
    TokenMalformedError,
    peek_header,
    verify,
)
from reference_server.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Whom an ID token of ours names, for which client, in which session."""

    subject: str
    client_id: str
    sid: str


def read_hint(world: World, token: str) -> Hint | None:
    """Return what an ID token of this issuer says, expired or not; None when it is none."""
    try:
        header = peek_header(token)
        key = world.keys.verifying(str(header.get("kid")))
        claims = verify(token, () if key is None else (key,), algorithms=ALGORITHMS)
    except TokenMalformedError:
        return None
    if header.get("typ") != "JWT" or claims.get("iss") != Issuer(base_url=world.base_url).url:
        return None
    return _hint(claims)


def _hint(claims: Mapping[str, object]) -> Hint | None:
    subject, audience, sid = (claims.get(name) for name in ("sub", "aud", "sid"))
    if not isinstance(subject, str) or not isinstance(audience, str):
        return None
    return Hint(subject=subject, client_id=audience, sid=sid if isinstance(sid, str) else "")
