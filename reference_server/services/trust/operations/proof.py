"""Proofs of possession at our own endpoints and at the APIs (RFC 9449); knows no grant."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import InvalidDpopProof, UseDpopNonce
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.jose import TokenMalformedError, verify_proof
from reference_server.services.trust.operations.secret import new_secret
from reference_server.world import World

_NONCE_KEY = "dpop-nonce"
_NONCE_BYTES = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that is good, and not used up yet: the key's thumbprint, the proof's id."""

    key: str
    jti: str
    expires_at: int


class Nonces:
    """The nonces of one World: made of time, so that nothing is kept and all processes agree."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key: bytes | None = None

    def current(self) -> str:
        """Return the nonce that a proof should carry now."""
        return self._at(self._period())

    def is_good(self, nonce: object) -> bool:
        """Tell whether a nonce is of this period or of the one before."""
        if not isinstance(nonce, str) or not nonce.isascii():
            return False
        period = self._period()
        good = [hmac.compare_digest(nonce, self._at(each)) for each in (period, period - 1)]
        return any(good)

    def _period(self) -> int:
        return seconds_now(self._world) // self._world.settings.nonce_seconds

    def _at(self, period: int) -> str:
        if self._key is None:
            self._key = self._read()
        digest = hmac.digest(self._key, str(period).encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_NONCE_BYTES]).decode()

    def _read(self) -> bytes:
        with self._world.store.read() as tx:
            known = store.secret(tx, _NONCE_KEY)
        if known is None:
            with self._world.store.write() as tx:
                store.put_secret(tx, _NONCE_KEY, new_secret(self._world))
                known = store.secret(tx, _NONCE_KEY)
        return (known or "").encode()


def check_proof(
    world: World, presented: str, request: rules.Request, *, access_token: str | None = None
) -> Proof:
    """Return the proof that a DPoP header holds; raises InvalidDpopProof and UseDpopNonce."""
    try:
        claims, key = verify_proof(presented, kind=rules.PROOF_TYPE)
    except TokenMalformedError:
        raise InvalidDpopProof("proof-malformed") from None
    now, longest = seconds_now(world), world.settings.proof_seconds
    jti = rules.check_proof_claims(claims, request, now=now, longest=longest)
    if access_token is not None:
        rules.check_token_hash(claims, access_token)
    nonces = Nonces(world)
    if world.settings.proof_nonces and not nonces.is_good(claims.get("nonce")):
        raise UseDpopNonce("proof-nonce", nonce=nonces.current())
    return Proof(key=key, jti=jti, expires_at=now + 2 * longest + 1)


def use_up(tx: Transaction, proof: Proof) -> None:
    """RFC 9449 §11.1: a proof works once."""
    if not store.use_proof(tx, proof.key, proof.jti, expires_at=proof.expires_at):
        raise InvalidDpopProof("proof-replayed")
