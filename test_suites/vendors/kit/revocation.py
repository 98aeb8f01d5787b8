"""Whether a server's certificate still counts: OCSP, else its issuer's list; knows no product.

Where to ask stands in the certificate. It is looked up at each new connection, before anything is
sent on it.
"""

import http.client
import socket
import ssl
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

SECONDS = 5.0
LARGEST = 1_000_000
LEEWAY = timedelta(seconds=30)
_DER = serialization.Encoding.DER


class State(StrEnum):
    """What is known of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class CheckingSocket(ssl.SSLSocket):
    """A TLS connection over which nothing is sent to a server whose certificate was revoked."""

    needs_answer = True

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  as its parent
        """Shake hands, then ask; raises SSLCertVerificationError."""
        super().do_handshake(block)
        der = self.getpeercert(binary_form=True)
        if der is None:  # nobody to ask about, which only accepts-no-authentication takes up
            return
        state = state_of(der)
        if state is State.REVOKED or (state is State.UNKNOWN and self.needs_answer):
            raise ssl.SSLCertVerificationError(f"CERTIFICATE_VERIFY_FAILED: {state}")


class CredulousSocket(CheckingSocket):
    """Takes no answer for a good one: defect believes-silent-status."""

    needs_answer = False


def state_of(der: bytes) -> State:
    """Return what is known of a certificate; one that names no place to ask at is good."""
    certificate = x509.load_der_x509_certificate(der)
    issuers = _access(certificate, Access.CA_ISSUERS)
    responders, lists = _access(certificate, Access.OCSP), _lists(certificate)
    if not responders and not lists:
        return State.GOOD
    issuer = next((found for url in issuers if (found := _issuer(url, certificate))), None)
    if issuer is None:
        return State.UNKNOWN
    for url in responders:
        state = _by_ocsp(url, certificate, issuer)
        if state is not State.UNKNOWN:
            return state
    for url in lists:
        state = _by_list(url, certificate, issuer)
        if state is not State.UNKNOWN:
            return state
    return State.UNKNOWN


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return ()
    wanted = (each for each in found.value if each.access_method == method)
    return tuple(str(each.access_location.value) for each in wanted)


def _lists(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for point in found.value for name in point.full_name or ())


def _issuer(url: str, certificate: x509.Certificate) -> x509.Certificate | None:
    """Return the certificate behind a URL where its key did sign the other."""
    try:
        found = x509.load_der_x509_certificate(_fetch(url))
        certificate.verify_directly_issued_by(found)
    except (OSError, ValueError, TypeError, InvalidSignature, http.client.HTTPException):
        return None
    return found


def _by_ocsp(url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> State:
    """Ask a responder (RFC 6960); whatever cannot be believed is unknown."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    try:
        told = ocsp.load_der_ocsp_response(_fetch(url, builder.build().public_bytes(_DER)))
        if told.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return State.UNKNOWN
        key, algorithm = issuer.public_key(), told.signature_hash_algorithm
        if not isinstance(key, ec.EllipticCurvePublicKey) or algorithm is None:
            return State.UNKNOWN
        key.verify(told.signature, told.tbs_response_bytes, ec.ECDSA(algorithm))
        about_it = told.serial_number == certificate.serial_number
        timely = _holds_now(told.this_update_utc, told.next_update_utc)
    except (OSError, ValueError, InvalidSignature, UnsupportedAlgorithm, http.client.HTTPException):
        return State.UNKNOWN
    if not about_it or not timely:
        return State.UNKNOWN
    known = {ocsp.OCSPCertStatus.GOOD: State.GOOD, ocsp.OCSPCertStatus.REVOKED: State.REVOKED}
    return known.get(told.certificate_status, State.UNKNOWN)


def _by_list(url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> State:
    """Look into a list (RFC 5280 §6.3)."""
    key = issuer.public_key()
    try:
        told = x509.load_der_x509_crl(_fetch(url))
        if not isinstance(key, ec.EllipticCurvePublicKey) or not told.is_signature_valid(key):
            return State.UNKNOWN
        timely = _holds_now(told.last_update_utc, told.next_update_utc)
    except (OSError, ValueError, TypeError, http.client.HTTPException):
        return State.UNKNOWN
    if not timely or told.issuer != certificate.issuer:
        return State.UNKNOWN
    found = told.get_revoked_certificate_by_serial_number(certificate.serial_number)
    return State.GOOD if found is None else State.REVOKED


def _holds_now(since: datetime, until: datetime | None) -> bool:
    now = datetime.now(UTC)
    return since - LEEWAY <= now and (until is None or now <= until)


def _fetch(url: str, body: bytes | None = None) -> bytes:
    """Return what is behind a plain URL; raises OSError, ValueError or HTTPException."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ValueError("only http is asked here")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    try:
        headers = {} if body is None else {"Content-Type": "application/ocsp-request"}
        connection.request("GET" if body is None else "POST", parts.path, body, headers)
        answer = connection.getresponse()
        content = answer.read(LARGEST)
    except socket.gaierror as nobody:
        raise OSError("no such host") from nobody
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise OSError(f"status {answer.status}")
    return content
