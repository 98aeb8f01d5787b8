"""What a certificate is worth, told to whoever asks: CRL (RFC 5280 §5) and OCSP (RFC 6960)."""

import base64
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from reference_server.kernel.store import Transaction
from reference_server.services.certificates.model.life import CertificateState, Reason
from reference_server.services.certificates.model.records import Issued
from reference_server.services.certificates.operations.authority import (
    ROOT,
    Authority,
    Signer,
)
from reference_server.services.certificates.operations.issue import serial_text
from reference_server.services.certificates.store import authority as lists
from reference_server.services.certificates.store import issued as store
from reference_server.world import World

_LIST_LIFE = timedelta(days=1)
_ROOT_LIST_LIFE = timedelta(days=90)
OCSP_LIFE = timedelta(seconds=60)
# RFC 5280 §3.3: an entry stays until one list after the certificate's end has shown it.
_STAYS = timedelta(days=2)
_LONGEST_NONCE = 128
_HASHES = (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)


def crl(world: World, authority: Authority, issuer: str) -> bytes:
    """Return the list (DER) of `root` or `issuing`; any change, or half its life, renews it."""
    life = _ROOT_LIST_LIFE if issuer == ROOT else _LIST_LIFE
    signer = authority.root if issuer == ROOT else authority.issuing
    now = world.clock.wire_now()
    with world.store.read() as tx:
        kept = lists.list_of(tx, issuer)
        changes = store.changes(tx)
    if kept is not None and _is_fresh(kept, changes=changes, now=now, life=life):
        return base64.b64decode(kept.der)
    with world.store.write() as tx:
        before, changes = lists.list_of(tx, issuer), store.changes(tx)
        number = 1 if before is None else before.number + 1
        found = () if issuer == ROOT else tuple(store.worthless(tx, since=now - _STAYS))
        der = _list(signer, found, number=number, now=now, life=life)
        made = lists.KeptList(
            number=number,
            changes=changes,
            der=base64.b64encode(der).decode(),
            made_at=int(now.timestamp()),
        )
        lists.keep_list(tx, issuer, made)
    return der


def _is_fresh(kept: lists.KeptList, *, changes: int, now: datetime, life: timedelta) -> bool:
    age = now.timestamp() - kept.made_at
    return kept.changes == changes and 0 <= age < life.total_seconds() / 2


def _list(
    signer: Signer, worthless: tuple[Issued, ...], *, number: int, now: datetime, life: timedelta
) -> bytes:
    now = now.replace(microsecond=0)
    issuer = signer.certificate
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    draft = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + life)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False
        )
    )
    for each in worthless:
        draft = draft.add_revoked_certificate(_entry(each))
    return draft.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _entry(worthless: Issued) -> x509.RevokedCertificate:
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(int(worthless.serial, 16))
        .revocation_date(worthless.changed_at or worthless.not_before)
    )
    reason = _flag(worthless.reason)
    if reason is not None:
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
    return entry.build()


def _flag(reason: Reason | None) -> x509.ReasonFlags | None:
    """RFC 5280 §5.3.1: `unspecified` is not written."""
    if reason is None or reason is Reason.UNSPECIFIED:
        return None
    return x509.ReasonFlags(reason.value)


def ocsp_answer(world: World, authority: Authority, asked: bytes) -> bytes:
    """Return the OCSP answer (DER) to a request (DER); one that cannot be read is told so."""
    try:
        request = ocsp.load_der_ocsp_request(asked)
        nonce = _nonce(request)
        algorithm = request.hash_algorithm
    except (ValueError, NotImplementedError, TypeError):
        return _unsigned(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if not isinstance(algorithm, _HASHES) or not _is_ours(request, authority.issuing.certificate):
        # RFC 6960 §2.3: not authoritative for that issuer.
        return _unsigned(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    with world.store.read() as tx:
        draft = _single(world, tx, request)
    signer = authority.responder
    draft = draft.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    draft = draft.certificates([signer.certificate])
    if nonce is not None:
        draft = draft.add_extension(nonce, critical=False)
    answer = draft.sign(signer.key, hashes.SHA256())
    return answer.public_bytes(serialization.Encoding.DER)


def _nonce(request: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    """RFC 9654 §2.1: 1 to 128 bytes, echoed."""
    try:
        found = request.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(found.nonce) <= _LONGEST_NONCE:
        raise ValueError("a nonce has 1 to 128 bytes")
    return found


def _is_ours(request: ocsp.OCSPRequest, issuer: x509.Certificate) -> bool:
    """RFC 6960 §4.1.1: the hash of the issuer's name, and of its key's bits."""
    name = _digest(request.hash_algorithm, issuer.subject.public_bytes())
    key = _digest(request.hash_algorithm, _bits(issuer))
    return (request.issuer_name_hash, request.issuer_key_hash) == (name, key)


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _bits(issuer: x509.Certificate) -> bytes:
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def _single(world: World, tx: Transaction, request: ocsp.OCSPRequest) -> ocsp.OCSPResponseBuilder:
    now = world.clock.wire_now().replace(microsecond=0)
    kept = store.find(tx, serial_text(request.serial_number))
    status = ocsp.OCSPCertStatus.UNKNOWN
    at = reason = None
    if kept is not None and kept.state is CertificateState.VALID:
        status = ocsp.OCSPCertStatus.GOOD
    elif kept is not None:
        status, reason = ocsp.OCSPCertStatus.REVOKED, _flag(kept.reason)
        at = kept.changed_at
    return ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=request.issuer_name_hash,
        issuer_key_hash=request.issuer_key_hash,
        serial_number=request.serial_number,
        algorithm=request.hash_algorithm,
        cert_status=status,
        this_update=now,
        next_update=now + OCSP_LIFE,
        revocation_time=at,
        revocation_reason=reason,
    )


def _unsigned(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(
        serialization.Encoding.DER
    )
