"""Who a client is at the token endpoint: private_key_jwt (RFC 7523) or a public client's id."""

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.jwk import ECKey

from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.errors import InvalidClient
from reference_server.services.trust.model import Client, Issuer, PublicKey
from reference_server.services.trust.operations.jose import (
    TokenMalformedError,
    peek_header,
    peek_subject,
    verify,
)
from reference_server.services.trust.rules import check_assertion_claims

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A client that is known; `jti` and `expires_at` of its assertion, None for a public one."""

    client: Client
    jti: str | None = None
    expires_at: int = 0


def identify(
    tx: Transaction, params: Mapping[str, str], *, issuer: Issuer, now: float, longest: int
) -> Proof:
    """Return who the client is; raises InvalidClient. The assertion is not used up yet."""
    assertion, kind = params.get("client_assertion"), params.get("client_assertion_type")
    if "client_secret" in params:
        raise InvalidClient("client-secret")
    if assertion is None and kind is None:
        return _public(tx, params.get("client_id"))
    if assertion is None or kind != ASSERTION_TYPE:
        raise InvalidClient("assertion-type")
    client = _claimed(tx, assertion, params.get("client_id"))
    claims = _verified(assertion, client.keys)
    jti, expires_at = check_assertion_claims(
        claims,
        client_id=client.client_id,
        audiences=(issuer.url, issuer.endpoint("token")),
        now=now,
        longest=longest,
    )
    return Proof(client=client, jti=jti, expires_at=expires_at)


def use_up(tx: Transaction, proof: Proof) -> None:
    """ERX-SEC-005: an assertion works once; raises InvalidClient at the second time."""
    if proof.jti is None:
        return
    fresh = store.use_assertion(tx, proof.client.client_id, proof.jti, expires_at=proof.expires_at)
    if not fresh:
        raise InvalidClient("assertion-replayed", requirement="ERX-SEC-005")


def _public(tx: Transaction, client_id: str | None) -> Proof:
    if client_id is None:
        raise InvalidClient("client-missing")
    client = store.client(tx, client_id)
    if client is None or client.is_confidential:
        raise InvalidClient("client-unproven")
    return Proof(client=client)


def _claimed(tx: Transaction, assertion: str, client_id: str | None) -> Client:
    """Return the client an assertion claims to come from, before its signature is checked."""
    try:
        subject = peek_subject(assertion)
    except TokenMalformedError:
        raise InvalidClient("assertion-malformed") from None
    if client_id not in {None, subject}:
        raise InvalidClient("assertion-subject")
    client = store.client(tx, subject)
    if client is None or not client.keys:
        raise InvalidClient("client-unknown")
    return client


def _verified(assertion: str, keys: tuple[PublicKey, ...]) -> Mapping[str, object]:
    named = peek_header(assertion).get("kid")
    candidates = [key for key in keys if named in {None, key.kid}]
    try:
        return verify(assertion, map(_jwk, candidates))
    except TokenMalformedError:
        raise InvalidClient("assertion-signature") from None


def _jwk(key: PublicKey) -> ECKey:
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y, "kid": key.kid})
