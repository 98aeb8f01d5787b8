"""What ACME's payloads must hold (RFC 8555 §7); pure."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reference_server.services.certificates.errors import (
    AcmeBadCsr,
    AcmeBadRevocationReason,
    AcmeInvalidContact,
    AcmeMalformed,
    AcmeRejectedIdentifier,
    CertificateRefusal,
)
from reference_server.services.certificates.model.life import Reason
from reference_server.services.certificates.rules import requests
from reference_server.services.certificates.rules.jws import AccountKey, decode

_NAMES: Final = 20
_CONTACTS: Final = 5
_CONTACT: Final = re.compile(r"mailto:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LONGEST: Final = 253
# RFC 5280 §5.3.1: what a holder may say of itself.
_REASONS: Final = {
    0: Reason.UNSPECIFIED,
    1: Reason.KEY_COMPROMISE,
    3: Reason.AFFILIATION_CHANGED,
    4: Reason.SUPERSEDED,
    5: Reason.CESSATION_OF_OPERATION,
}


def contacts(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the contacts of an account (RFC 8555 §7.3)."""
    given = payload.get("contact", [])
    if not isinstance(given, list) or len(given) > _CONTACTS:
        raise AcmeMalformed(what="contact")
    for each in given:
        if not isinstance(each, str) or not _CONTACT.fullmatch(each):
            raise AcmeInvalidContact(contact=str(each)[:80])
    return tuple(given)


def names(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of an order, none twice (RFC 8555 §7.1.3, RFC 8738 §3)."""
    given = payload.get("identifiers")
    if not isinstance(given, list) or not 1 <= len(given) <= _NAMES:
        raise AcmeMalformed(what="identifiers")
    if {"notBefore", "notAfter"} & set(payload):
        raise AcmeMalformed(what="notBefore, notAfter")
    return tuple(dict.fromkeys(_name(each) for each in given))


def _name(identifier: object) -> str:
    """Return one name, no wildcard: http-01 cannot prove it (RFC 8555 §8.3)."""
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str):
        raise AcmeMalformed(what="identifiers")
    value = str(identifier["value"]).lower()
    match identifier.get("type"):
        case "ip":
            is_good = value == _address(value)
        case "dns":
            labels = value.split(".")
            is_good = len(value) <= _LONGEST and _address(value) is None
            is_good = is_good and all(_LABEL.fullmatch(label) for label in labels)
        case _:
            is_good = False
    if not is_good:
        raise AcmeRejectedIdentifier(name=value[:80])
    return value


def identifier(name: str) -> dict[str, str]:
    """Return a name as ACME writes it (RFC 8738 §3)."""
    return {"type": "dns" if _address(name) is None else "ip", "value": name}


def request_of(
    payload: Mapping[str, Any], *, names_ordered: tuple[str, ...], account: AccountKey
) -> x509.CertificateSigningRequest:
    """Return the signing request of an order: its names, and a key of its own (RFC 8555 §7.4)."""
    raw = payload.get("csr")
    if not isinstance(raw, str):
        raise AcmeMalformed(what="csr")
    try:
        request = requests.read_request_der(decode(raw, what="csr"))
        key = requests.check_key(request)
        named = requests.names_in(request)
    except CertificateRefusal:
        raise AcmeBadCsr from None
    own = account.raw_value
    public = own.public_key() if hasattr(own, "public_key") else own
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_bytes(*form) == public.public_bytes(*form) or named != set(names_ordered):
        raise AcmeBadCsr
    return request


def revoked(payload: Mapping[str, Any]) -> tuple[x509.Certificate, Reason]:
    """Return which certificate is to be revoked, and why (RFC 8555 §7.6)."""
    raw, code = payload.get("certificate"), payload.get("reason", 0)
    if not isinstance(raw, str):
        raise AcmeMalformed(what="certificate")
    if not isinstance(code, int) or isinstance(code, bool) or code not in _REASONS:
        raise AcmeBadRevocationReason(reason=str(code)[:20])
    try:
        return x509.load_der_x509_certificate(decode(raw, what="certificate")), _REASONS[code]
    except ValueError:
        raise AcmeMalformed(what="certificate") from None


def _address(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return None
