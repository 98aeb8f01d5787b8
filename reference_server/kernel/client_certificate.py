"""A verified client certificate, and who its subject says it belongs to; trusts nobody itself."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from reference_server.kernel.base64url import base64url

_EHEALTH_ID = re.compile(r"\d{10}", re.ASCII)
_REMEMBERED = 512


class ClientCertificates(StrEnum):
    """Whether a World wants its callers to show a certificate: never, if they like, always."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """What a caller's certificate says. `subject` and `issuer` are RFC 4514 strings.

    `ehealth_id` (10 digits) is the subject's serialNumber, `profession` its title (`PS-001`), as in
    the agency's certificates, `organization` its O; None where the subject has none. `dns_names`
    are those of its subjectAltName. `thumbprint` is `x5t#S256` of RFC 8705 §3.1: base64url, no
    padding.
    `serial` is the certificate's own number, `issuer_key` its authority key identifier in hex,
    `policies` are the OIDs of its certificatePolicies.
    """

    der: bytes
    subject: str
    issuer: str
    serial: int
    common_name: str | None
    ehealth_id: str | None
    profession: str | None
    dns_names: tuple[str, ...]
    thumbprint: str
    issuer_key: str | None
    not_before: datetime
    not_after: datetime
    organization: str | None = None
    policies: frozenset[str] = frozenset()

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "ClientCertificate":
        """Read a certificate that was verified already."""
        der = certificate.public_bytes(Encoding.DER)
        number = _attribute(certificate.subject, NameOID.SERIAL_NUMBER)
        return cls(
            der=der,
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=certificate.serial_number,
            common_name=_attribute(certificate.subject, NameOID.COMMON_NAME),
            ehealth_id=number if number and _EHEALTH_ID.fullmatch(number) else None,
            profession=_attribute(certificate.subject, NameOID.TITLE),
            dns_names=_dns_names(certificate),
            thumbprint=thumbprint(der),
            issuer_key=_issuer_key(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            organization=_attribute(certificate.subject, NameOID.ORGANIZATION_NAME),
            policies=_policies(certificate),
        )


def thumbprint(der: bytes) -> str:
    """Return `x5t#S256` of a certificate (RFC 8705 §3.1)."""
    return base64url(sha256(der).digest())


@lru_cache(maxsize=_REMEMBERED)
def read_certificate(pem: str) -> ClientCertificate:
    """Read a PEM certificate that a handshake verified; a client's is read once, not each time."""
    return ClientCertificate.of(x509.load_pem_x509_certificate(pem.encode("ascii")))


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _policies(certificate: x509.Certificate) -> frozenset[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(each.policy_identifier.dotted_string for each in found.value)


def _issuer_key(certificate: x509.Certificate) -> str | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    identifier = found.value.key_identifier
    return None if identifier is None else identifier.hex()
