"""What a signing request must be: its own key's, strong, and asking for nothing else; pure."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from reference_server.services.certificates.errors import (
    RequestKeyWeak,
    RequestNamesOther,
    RequestSignatureWrong,
    RequestUnreadable,
)
from reference_server.services.certificates.model.records import Holder

_RSA_BITS, _EXPONENT = 4096, 65537
_LONGEST = 16_384
_SIGNED_WITH = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def read_request(pem: str) -> x509.CertificateSigningRequest:
    """Return a PKCS#10 request (RFC 2986 §4), signed by the key it is for."""
    try:
        request = x509.load_pem_x509_csr(pem[:_LONGEST].encode("ascii", "replace"))
    except ValueError:
        raise RequestUnreadable from None
    return check_signature(request)


def read_request_der(der: bytes) -> x509.CertificateSigningRequest:
    """Return a PKCS#10 request in DER, signed by the key it is for (RFC 2986 §4)."""
    try:
        request = x509.load_der_x509_csr(der[:_LONGEST])
    except ValueError:
        raise RequestUnreadable from None
    return check_signature(request)


def check_signature(
    request: x509.CertificateSigningRequest,
) -> x509.CertificateSigningRequest:
    """Whoever asks holds the private key (RFC 2986 §3), and shows it with SHA-2."""
    try:
        is_right = request.is_signature_valid
    except (ValueError, TypeError, InvalidSignature):
        is_right = False
    if not is_right or not isinstance(request.signature_hash_algorithm, _SIGNED_WITH):
        raise RequestSignatureWrong
    return request


def check_key(request: x509.CertificateSigningRequest) -> CertificatePublicKeyTypes:
    """RSA of 4096 bits, as the agency's are, or P-256 (RFC 3647 §6.1.5)."""
    try:
        key = request.public_key()
    except ValueError:
        raise RequestKeyWeak from None
    match key:
        case rsa.RSAPublicKey() if key.key_size == _RSA_BITS:
            is_strong = key.public_numbers().e == _EXPONENT
        case ec.EllipticCurvePublicKey():
            is_strong = isinstance(key.curve, ec.SECP256R1)
        case _:
            is_strong = False
    if not is_strong:
        raise RequestKeyWeak
    return key


def check_subject(request: x509.CertificateSigningRequest, holder: Holder) -> None:
    """A request may leave the names to us, but claims nobody else (RFC 2986 §4.1)."""
    claims = (
        (NameOID.SERIAL_NUMBER, holder.ehealth_id),
        (NameOID.TITLE, holder.profession),
        (NameOID.COMMON_NAME, holder.common_name),
    )
    for oid, truth in claims:
        for claimed in request.subject.get_attributes_for_oid(oid):
            if claimed.value != truth:
                raise RequestNamesOther(name=str(claimed.value)[:80])
    if _names_of(request) - set(holder.names):
        raise RequestNamesOther(name=min(_names_of(request) - set(holder.names))[:80])


def names_in(request: x509.CertificateSigningRequest) -> frozenset[str]:
    """Return every host that a request names: alternative names and common name (RFC 8555 §7.4)."""
    common = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return frozenset({*_names_of(request), *(str(each.value).lower() for each in common)})


def _names_of(request: x509.CertificateSigningRequest) -> frozenset[str]:
    """Return the alternative names that are no e-mail addresses (RFC 2986 §4.1)."""
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    except ValueError:
        raise RequestUnreadable from None
    return frozenset(
        str(name.value).lower() for name in found if not isinstance(name, x509.RFC822Name)
    )
