"""The Tokens port: who calls, from an access token of this World's own issuer.

RFC 6750, and what a token may be bound to: RFC 9449 (a key), RFC 8705 (a certificate).
"""

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
from reference_server.ports import Presented
from reference_server.ports.sign_in import VISITORS
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    InvalidDpopProof,
    ProofNonceMissing,
    ProofWrong,
    TokenBoundToCertificate,
    TokenBoundToKey,
    UseDpopNonce,
)
from reference_server.services.trust.model import Issuer
from reference_server.services.trust.operations.issue import ACCESS_TOKEN_TYPE
from reference_server.services.trust.operations.jose import (
    TokenMalformedError,
    peek_header,
    verify,
)
from reference_server.services.trust.operations.proof import check_proof
from reference_server.world import World
from reference_server.world.ids import time_of

_REMEMBERED = 4096
_BEARER, _DPOP = "bearer", "dpop"


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The claim `cnf` (RFC 7800)."""

    certificate: str | None = msgspec.field(default=None, name="x5t#S256")
    key: str | None = msgspec.field(default=None, name="jkt")


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The claim `act` (RFC 8693 §4.1)."""

    sub: str


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an access token, as we issue them."""

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    jti: str
    client_id: str
    scope: str
    role: str
    organization: str
    ehealth_id: str | None = None
    profession: str | None = None
    grant_id: str | None = None
    auth_time: int | None = None
    acr: str | None = None
    cnf: Bound = Bound()
    act: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A token whose signature was verified."""

    claims: AccessClaims
    issued_ms: int


class BearerTokens:
    """Verifies a token's signature once and its validity every time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._issuer = Issuer(base_url=world.base_url)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def authenticate(self, presented: Presented, *, audience: str, correlation: str) -> Caller:
        """Return the caller of a token for one API; see the port for what is raised."""
        if presented.visitor is not None:
            visitors = self._world.port(VISITORS)
            return visitors.caller(presented.visitor, audience=audience, correlation=correlation)
        claims = self._shown(presented)
        if claims.aud != audience:
            raise TokenAudienceWrong(audience=audience)
        return caller_of(claims, correlation)

    def of_any_audience(self, presented: Presented) -> AccessClaims:
        """Return what a token says at the issuer's own userinfo, whichever API it is for."""
        return self._shown(presented)

    def valid(self, token: str) -> AccessClaims:
        """Return what a token says that is valid now, whoever holds it; raises AccessRefusals."""
        known = self._verified(token)
        now = self._world.clock.wire_now().timestamp()
        if known.claims.exp <= now or known.issued_ms < self._world.tokens_not_before():
            raise TokenExpired
        with self._world.store.read() as tx:
            if store.is_revoked(tx, known.claims.jti, known.claims.grant_id):
                raise TokenInvalid
        return known.claims

    def _shown(self, presented: Presented) -> AccessClaims:
        scheme, token = _parted(presented.authorization)
        claims = self.valid(token)
        if (scheme == _DPOP) != (claims.cnf.key is not None):
            raise TokenBoundToKey
        if claims.cnf.key is not None:
            self._check_key(presented, token, claims.cnf.key)
        if claims.cnf.certificate not in {None, presented.certificate}:
            raise TokenBoundToCertificate
        return claims

    def _check_key(self, presented: Presented, token: str, key: str) -> None:
        """RFC 9449 §7.1: the proof is by the token's key, for this request, and used once."""
        if presented.proof is None:
            raise TokenBoundToKey
        request = rules.Request(method=presented.method, url=presented.url)
        try:
            proof = check_proof(self._world, presented.proof, request, access_token=token)
        except UseDpopNonce as refusal:
            raise ProofNonceMissing(nonce=refusal.nonce) from None
        except InvalidDpopProof:
            raise ProofWrong from None
        if proof.key != key:
            raise ProofWrong
        with self._world.store.write() as tx:
            if not store.use_proof(tx, proof.key, proof.jti, expires_at=proof.expires_at):
                raise ProofWrong

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
            claims = msgspec.convert(verified, AccessClaims)
            issued_ms = time_of(claims.jti)
        except (TokenMalformedError, msgspec.ValidationError, ValueError):
            raise TokenInvalid from None
        if header.get("typ") != ACCESS_TOKEN_TYPE or claims.iss != self._issuer.url:
            raise TokenInvalid
        return _Known(claims=claims, issued_ms=issued_ms)


def _parted(authorization: str | None) -> tuple[str, str]:
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() not in {_BEARER, _DPOP} or not token.strip():
        raise TokenMissing
    return scheme.lower(), token.strip()


def caller_of(claims: AccessClaims, correlation: str) -> Caller:
    """Return whom a token names; `correlation` is the request id."""
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
        actor=None if claims.act is None else claims.act.sub,
        is_bound=claims.cnf.certificate is not None,
    )
