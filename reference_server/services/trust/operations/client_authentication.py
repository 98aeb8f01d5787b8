"""Who a client is at our own endpoints: by assertion, by certificate, or a public client's id."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from joserfc.jwk import ECKey

from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.errors import InvalidClient
from reference_server.services.trust.model import (
    Authentication,
    Client,
    PublicKey,
    TlsRegistration,
)
from reference_server.services.trust.model.issuer import INTROSPECTION, PUSHED_REQUESTS
from reference_server.services.trust.operations.context import issuer_of
from reference_server.services.trust.operations.jose import (
    Peeked,
    TokenMalformedError,
    peek,
    verify,
)
from reference_server.services.trust.rules import check_assertion_claims
from reference_server.world import Call

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_REMEMBERED = 512
_AUDIENCES = ("token", PUSHED_REQUESTS, INTROSPECTION, "revoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenting:
    """What a client shows besides its parameters: a header, a DPoP proof, a certificate."""

    authorization: str | None = None
    proof: str | None = None
    certificate: ClientCertificate | None = None


def prove(call: Call, tx: Transaction, params: Mapping[str, str], presenting: Presenting) -> Client:
    """Return who the client is and use its assertion up; raises InvalidClient."""
    if presenting.authorization is not None:
        raise InvalidClient("client-method")
    if "client_secret" in params:
        raise InvalidClient("client-secret")
    if "client_assertion" in params or "client_assertion_type" in params:
        client = _by_assertion(call, tx, params)
    else:
        client = _by_name(tx, params.get("client_id"), presenting.certificate)
    call.deed.entities.append(f"Client/{client.client_id}")
    return client


def _by_name(
    tx: Transaction, client_id: str | None, certificate: ClientCertificate | None
) -> Client:
    """Return a public client, or one whose certificate the TLS handshake verified."""
    if client_id is None:
        raise InvalidClient("client-missing")
    client = store.client(tx, client_id)
    if client is None:
        raise InvalidClient("client-unproven")
    if client.tls is not None:
        _check_certificate(client.tls, certificate)
    elif client.is_confidential:
        raise InvalidClient("client-unproven")
    return client


def _check_certificate(registered: TlsRegistration, shown: ClientCertificate | None) -> None:
    """RFC 8705 §2: the certificate is the registered one, or its subject's."""
    if shown is None:
        raise InvalidClient("client-certificate-missing")
    if registered.thumbprints:
        fits = any(hmac.compare_digest(shown.thumbprint, one) for one in registered.thumbprints)
    elif registered.dns_name:
        fits = registered.dns_name in shown.dns_names
    else:
        fits = bool(registered.subject) and registered.subject == shown.subject
    if not fits:
        raise InvalidClient("client-certificate-wrong")


def _by_assertion(call: Call, tx: Transaction, params: Mapping[str, str]) -> Client:
    """ERX-SEC-005: an assertion works once (RFC 7523 §3)."""
    assertion = params.get("client_assertion")
    if assertion is None or params.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient("assertion-type")
    peeked = _peeked(assertion)
    client = _claimed(tx, peeked, params.get("client_id"))
    issuer = issuer_of(call)
    jti, expires_at = check_assertion_claims(
        _verified(assertion, peeked, client.keys),
        client_id=client.client_id,
        audiences=(issuer.url, *map(issuer.endpoint, _AUDIENCES)),
        now=call.world.clock.wire_now().timestamp(),
        longest=call.world.settings.assertion_seconds,
        strict=client.binding.fapi,
    )
    if not store.use_assertion(tx, client.client_id, jti, expires_at=expires_at):
        raise InvalidClient("assertion-replayed", requirement="ERX-SEC-005")
    return client


def _peeked(assertion: str) -> Peeked:
    try:
        return peek(assertion)
    except TokenMalformedError:
        raise InvalidClient("assertion-malformed") from None


def _claimed(tx: Transaction, peeked: Peeked, client_id: str | None) -> Client:
    """Return the client an assertion claims to come from, before its signature is checked."""
    if client_id not in {None, peeked.subject}:
        raise InvalidClient("assertion-subject")
    client = store.client(tx, peeked.subject)
    if client is None or client.authentication is not Authentication.PRIVATE_KEY_JWT:
        raise InvalidClient("client-unknown")
    return client


def _verified(assertion: str, peeked: Peeked, keys: tuple[PublicKey, ...]) -> Mapping[str, object]:
    named = peeked.header.get("kid")
    candidates = [key for key in keys if named in {None, key.kid}]
    try:
        return verify(assertion, map(_jwk, candidates))
    except TokenMalformedError:
        raise InvalidClient("assertion-signature") from None


@lru_cache(maxsize=_REMEMBERED)
def _jwk(key: PublicKey) -> ECKey:
    """Read a registered key; making one costs as much as verifying with it."""
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y, "kid": key.kid})
