"""False ID tokens: what they claim and who signed them; knows no HTTP."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from scenarios.tricks import Forgery
from test_suites.deviations.workshop import LIES_BY, Workshop, encoded

Make: TypeAlias = Callable[[str, str, Workshop], str]
"""Makes a false ID token from the right one and the access token beside it."""
Claims: TypeAlias = dict[str, object]

STRANGER: Final = "0000000000"
OTHER_NONCE: Final = "a-nonce-of-another-sign-in"
OTHER_CLIENT: Final = "another-client"
CLOCK_AHEAD: Final = 3
"""Seconds by which an honest clock may be ahead of another."""


def stranger(workshop: Workshop) -> Claims:
    """Return what a token says of a person who is not the one at the client."""
    now = workshop.now()
    return {"iss": workshop.issuer, "sub": STRANGER, "iat": now, "exp": now + LIES_BY}


def claims_of(token: str) -> Claims:
    """Return the claims of a compact token."""
    claims: Claims = json.loads(_decoded(token.split(".")[1]))
    return claims


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _claiming(change: Callable[[Claims, Workshop], Mapping[str, object]]) -> Make:
    """Have the service's own key sign other claims."""
    return lambda token, _access, workshop: workshop.signed(
        change(claims_of(token), workshop), workshop.signing()
    )


def _other(**claims: object) -> Make:
    return _claiming(lambda given, _workshop: {**given, **claims})


def _dropping(name: str) -> Make:
    return _claiming(lambda given, _workshop: {k: v for k, v in given.items() if k != name})


def unsigned(token: str, workshop: Workshop) -> str:
    """Return the same claims under `alg` none."""
    header = encoded(json.dumps({"alg": "none", "typ": workshop.kind}).encode("ascii"))
    return f"{header}.{token.split('.')[1]}."


def _unsigned(token: str, _access: str, workshop: Workshop) -> str:
    return unsigned(token, workshop)


def _confused(token: str, _access: str, workshop: Workshop) -> str:
    return workshop.confused(claims_of(token))


def _altered(token: str, _access: str, _workshop: Workshop) -> str:
    """Prolong the token under its old signature."""
    header, _, signature = token.split(".")
    claims = claims_of(token)
    claims["exp"] = int(str(claims["exp"])) + LIES_BY
    return ".".join((header, encoded(json.dumps(claims).encode("utf-8")), signature))


def _by_stranger(token: str, _access: str, workshop: Workshop) -> str:
    return workshop.signed(claims_of(token), workshop.stranger)


def _under_right_kid(token: str, _access: str, workshop: Workshop) -> str:
    header = {"kid": workshop.signing().kid}
    return workshop.signed(claims_of(token), workshop.stranger, header=header)


def _with_own_key(token: str, _access: str, workshop: Workshop) -> str:
    """Bring the key along that verifies the token."""
    header = {"jwk": workshop.stranger.as_dict(private=False)}
    return workshop.signed(claims_of(token), workshop.stranger, header=header)


def by_next_key(token: str, _access: str, workshop: Workshop) -> str:
    """Sign with the key that the service publishes next: not false at all."""
    return workshop.signed(claims_of(token), workshop.next)


def _hash_other(token: str, access: str, workshop: Workshop) -> str:
    """Name another access token than the one beside it (OpenID Connect Core §3.1.3.6)."""
    half = hashlib.sha256(f"{access}-another".encode("ascii")).digest()[:16]
    claims = {**claims_of(token), "at_hash": encoded(half)}
    return workshop.signed(claims, workshop.signing())


def _expired(given: Claims, workshop: Workshop) -> Claims:
    now = workshop.now()
    return {**given, "iat": now - 2 * LIES_BY, "exp": now - LIES_BY}


def _from_future(given: Claims, workshop: Workshop) -> Claims:
    now = workshop.now()
    return {**given, "iat": now + LIES_BY, "exp": now + 2 * LIES_BY}


def _clock_ahead(given: Claims, workshop: Workshop) -> Claims:
    return {**given, "iat": workshop.now() + CLOCK_AHEAD}


def _audience_more(given: Claims, _workshop: Workshop) -> Claims:
    client = given.get("aud")
    own = client[0] if isinstance(client, list) else client
    return {**given, "aud": [own, OTHER_CLIENT], "azp": own}


MAKES: Final[Mapping[Forgery, Make]] = {
    Forgery.IDENTITY_UNSIGNED: _unsigned,
    Forgery.IDENTITY_CONFUSED: _confused,
    Forgery.IDENTITY_ALTERED: _altered,
    Forgery.IDENTITY_UNKNOWN_KEY: _by_stranger,
    Forgery.IDENTITY_FOREIGN_KEY: _under_right_kid,
    Forgery.IDENTITY_OWN_KEY: _with_own_key,
    Forgery.IDENTITY_ISSUER_OTHER: _other(iss="https://other.example/auth/realms/organization"),
    Forgery.IDENTITY_AUDIENCE_OTHER: _other(aud=OTHER_CLIENT),
    Forgery.IDENTITY_AUDIENCE_MORE: _claiming(_audience_more),
    Forgery.IDENTITY_PARTY_OTHER: _other(azp=OTHER_CLIENT),
    Forgery.IDENTITY_EXPIRED: _claiming(_expired),
    Forgery.IDENTITY_WITHOUT_EXPIRY: _dropping("exp"),
    Forgery.IDENTITY_FROM_FUTURE: _claiming(_from_future),
    Forgery.IDENTITY_HASH_OTHER: _hash_other,
    Forgery.IDENTITY_NONCE_OTHER: _other(nonce=OTHER_NONCE),
    Forgery.IDENTITY_NONCE_MISSING: _dropping("nonce"),
    Forgery.IDENTITY_WITHOUT_SUBJECT: _dropping("sub"),
    Forgery.IDENTITY_CLOCK_AHEAD: _claiming(_clock_ahead),
}
