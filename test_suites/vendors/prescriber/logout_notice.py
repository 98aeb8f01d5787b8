"""Looks closely at a logout token (OIDC Back-Channel Logout 1.0 §2.6); knows no network."""

import time
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from test_suites.vendors.kit.answer import SignInRefused
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.prescriber.caution import Caution
from test_suites.vendors.prescriber.id_token import ALGORITHM, part_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class NotBelieved(SignInRefused):
    """The notice is not our provider's, or not about a sign-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Whose sign-out a notice tells of; `jti` is its own number."""

    subject: str | None
    sid: str | None
    jti: str


def issuer_of(token: str) -> str | None:
    """Return who a token says it is of, before anything of it is believed."""
    try:
        issuer = part_of(token, 1).get("iss")
    except (ValueError, IndexError):
        return None
    return issuer if isinstance(issuer, str) else None


def check_logout_token(
    token: str, *, keys: JsonObject, issuer: str, client_id: str, caution: Caution
) -> Signed:
    """Return what a notice says where all of it holds. Raises NotBelieved."""
    try:
        claims = _verified(token, keys, caution)
    except (JoseError, ValueError, KeyError, TypeError, IndexError) as wrong:
        raise NotBelieved from wrong
    audience = claims.get("aud")
    events = claims.get("events")
    faults = (
        claims.get("iss") != issuer,
        caution.logout_audience and audience not in (client_id, [client_id]),
        caution.logout_nonce and "nonce" in claims,
        caution.logout_events and not (isinstance(events, dict) and EVENT in events),
        _is_untimely(claims, caution.clock_leeway),
        not isinstance(claims.get("jti"), str),
        not any(isinstance(claims.get(name), str) for name in ("sub", "sid")),
    )
    if any(faults):
        raise NotBelieved
    subject, sid = claims.get("sub"), claims.get("sid")
    return Signed(
        subject=subject if isinstance(subject, str) else None,
        sid=sid if isinstance(sid, str) else None,
        jti=str(claims["jti"]),
    )


def _is_untimely(claims: JsonObject, leeway: int) -> bool:
    now = time.time()
    ends, began = claims.get("exp", now), claims.get("iat")
    if not isinstance(ends, int | float) or not isinstance(began, int | float):
        return True
    return ends < now - leeway or began > now + leeway


def _verified(token: str, keys: JsonObject, caution: Caution) -> JsonObject:
    """Return the claims of a token that a published key signed."""
    if not caution.logout_signature:  # defect: believes-any-logout-notice
        return part_of(token, 1)
    listed = keys.get("keys")
    ours = [
        ECKey.import_key(dict(jwk))
        for jwk in (listed if isinstance(listed, list) else ())
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256"
    ]
    return dict(jwt.decode(token, KeySet(list(ours)), algorithms=[ALGORITHM]).claims)
