"""Whom a certificate names, as X.509 writes it (dossier of the agency's certificates)."""

import ipaddress
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from reference_server.services.certificates.model.records import Holder

COUNTRY = "LU"
_AGENCY = "Agence eSante"
# The agency's name is that of the certificates that clients know; this word tells them apart.
_SPECIMEN = "Specimen"


def subject_of(holder: Holder) -> x509.Name:
    """Return the subject: country, title, names, serialNumber = eHealthID, common name."""
    return x509.Name(_parts(holder))


def authority_name(common_name: str) -> x509.Name:
    """Return the name of one of the authority's own certificates."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _AGENCY),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _SPECIMEN),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def alternative_names(holder: Holder) -> x509.SubjectAlternativeName | None:
    """Return the names besides the subject: hosts, addresses, e-mail."""
    names = [general_name(name) for name in holder.names]
    if holder.email is not None:
        names.append(x509.RFC822Name(holder.email))
    return x509.SubjectAlternativeName(names) if names else None


def general_name(name: str) -> x509.GeneralName:
    """Return a host name or an IP address as a certificate has it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _parts(holder: Holder) -> Iterator[x509.NameAttribute[str]]:
    told = (
        (NameOID.COUNTRY_NAME, COUNTRY),
        (NameOID.ORGANIZATION_NAME, holder.organization),
        (NameOID.TITLE, holder.profession),
        (NameOID.SURNAME, holder.family_name),
        (NameOID.GIVEN_NAME, holder.given_name),
        (NameOID.SERIAL_NUMBER, holder.ehealth_id),
        (NameOID.COMMON_NAME, holder.common_name),
    )
    for oid, text in told:
        if text:
            yield x509.NameAttribute(oid, text)
