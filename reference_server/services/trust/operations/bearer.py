"""The Tokens port: who calls, from a bearer token of this World's own issuer (RFC 6750)."""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from reference_server.kernel.access import Caller
from reference_server.kernel.errors import (
    TokenAudienceWrong,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from reference_server.services.trust import store
from reference_server.services.trust.model import Issuer
from reference_server.services.trust.operations.issue import ACCESS_TOKEN_TYPE
from reference_server.services.trust.operations.jose import (
    TokenMalformedError,
    peek_header,
    verify,
)
from reference_server.world import World
from reference_server.world.ids import time_of

_REMEMBERED = 4096


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an access token, as we issue them."""

    iss: str
    sub: str
    aud: str
    exp: int
    jti: str
    client_id: str
    scope: str
    role: str
    organization: str
    ehealth_id: str | None = None
    profession: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A token whose signature was verified."""

    claims: _Claims
    issued_ms: int


class BearerTokens:
    """Verifies a token's signature once and its validity every time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._issuer = Issuer(base_url=world.base_url)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def authenticate(self, authorization: str | None, *, audience: str, correlation: str) -> Caller:
        """Return the caller of a token for one API; see the port for what is raised."""
        claims = self._valid(authorization)
        if claims.aud != audience:
            raise TokenAudienceWrong(audience=audience)
        return _caller(claims, correlation)

    def of_any_audience(self, authorization: str | None, *, correlation: str) -> Caller:
        """Return the caller at the issuer's own userinfo, whichever API the token is for."""
        return _caller(self._valid(authorization), correlation)

    def _valid(self, authorization: str | None) -> _Claims:
        known = self._verified(_bearer(authorization))
        now = self._world.clock.wire_now().timestamp()
        if known.claims.exp <= now or known.issued_ms < self._world.tokens_not_before():
            raise TokenExpired
        with self._world.store.read() as tx:
            if store.is_revoked(tx, known.claims.jti):
                raise TokenInvalid
        return known.claims

    def _verified(self, token: str) -> _Known:
        key = sha256(token.encode()).digest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._verify(token)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _verify(self, token: str) -> _Known:
        try:
            header = peek_header(token)
            signer = self._world.keys.verifying(str(header.get("kid")))
            verified = verify(token, () if signer is None else (signer,))
            claims = msgspec.convert(verified, _Claims)
            issued_ms = time_of(claims.jti)
        except (TokenMalformedError, msgspec.ValidationError, ValueError):
            raise TokenInvalid from None
        if header.get("typ") != ACCESS_TOKEN_TYPE or claims.iss != self._issuer.url:
            raise TokenInvalid
        return _Known(claims=claims, issued_ms=issued_ms)


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing
    return token.strip()


def _caller(claims: _Claims, correlation: str) -> Caller:
    return Caller(
        subject=claims.sub,
        client_id=claims.client_id,
        role=claims.role,
        organization=claims.organization,
        ehealth_id=claims.ehealth_id,
        profession=claims.profession,
        scopes=frozenset(claims.scope.split()),
        token_id=claims.jti,
        correlation=correlation,
    )
