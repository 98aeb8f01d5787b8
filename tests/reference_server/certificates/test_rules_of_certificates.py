"""Small rules after zlint's manner, one fact each, for every certificate that is issued here.

pkilint judges by whole profiles; here stands what Mozilla, the CA/Browser Forum's Baseline
Requirements and RFC 5280 ask for, clause by clause, and that each rule notices what breaks it.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_server.ports import CERTIFICATES, CertificateOrder
from reference_server.world import World

Rule: TypeAlias = Callable[[x509.Certificate], bool]
E = TypeVar("E", bound=x509.ExtensionType)
_LEAST_SERIAL_BITS, _MOST_SERIAL_BYTES = 64, 20
ORDERS = (
    CertificateOrder(
        family="personal", common_name="Claire Meyer", ehealth_id="9100000017", profession="PS-001"
    ),
    CertificateOrder(
        family="server", names=("srv.localhost", "127.0.0.1"), organization="Laboratoire Nord"
    ),
    CertificateOrder(family="signature", common_name="Claire Meyer", ehealth_id="9100000017"),
)


def extension(certificate: x509.Certificate, kind: type[E]) -> x509.Extension[E] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def is_authority(certificate: x509.Certificate) -> bool:
    found = extension(certificate, x509.BasicConstraints)
    return found is not None and found.value.ca


def serial_is_random_enough(certificate: x509.Certificate) -> bool:
    """BR 7.1: 64 bits at least; RFC 5280 §4.1.2.2: positive, 20 bytes at most."""
    bits = certificate.serial_number.bit_length()
    # Of 64 random bits and more the first ones may be zero.
    return bits > _LEAST_SERIAL_BITS - 16 and bits <= _MOST_SERIAL_BYTES * 8 - 1


def is_version_three(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.1.2.1."""
    return certificate.version is x509.Version.v3


def hash_is_modern(certificate: x509.Certificate) -> bool:
    """BR 7.1.3.2: SHA-2."""
    return isinstance(
        certificate.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512
    )


def key_is_strong(certificate: x509.Certificate) -> bool:
    """BR 6.1.5: P-256 and above, RSA of 2048 bits at least with exponent 65537."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= 2048 and key.public_numbers().e == 65537
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256


def usage_is_critical(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.2.1.3: there, and critical."""
    found = extension(certificate, x509.KeyUsage)
    return found is not None and found.critical


def usage_fits(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.2.1.3: an authority signs certificates, nobody else does."""
    found = extension(certificate, x509.KeyUsage)
    return found is not None and found.value.key_cert_sign == is_authority(certificate)


def constraints_are_critical(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.2.1.9: critical in an authority's certificate."""
    found = extension(certificate, x509.BasicConstraints)
    return found is None or found.critical


def keys_are_identified(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.2.1.1, §4.2.1.2: both identifiers, not critical; a root may leave its own out."""
    own = extension(certificate, x509.SubjectKeyIdentifier)
    issuer = extension(certificate, x509.AuthorityKeyIdentifier)
    is_root = certificate.issuer == certificate.subject
    found = [each for each in (own, issuer) if each is not None]
    return (
        own is not None and (issuer is not None or is_root) and not any(e.critical for e in found)
    )


def state_is_found(certificate: x509.Certificate) -> bool:
    """BR 7.1.2: where list and OCSP are; a root has none above it."""
    if certificate.issuer == certificate.subject:
        return True
    lists = extension(certificate, x509.CRLDistributionPoints)
    access = extension(certificate, x509.AuthorityInformationAccess)
    return lists is not None and access is not None


def names_are_alternative_too(certificate: x509.Certificate) -> bool:
    """BR 7.1.4.2: what the common name of a server says stands among its alternative names."""
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.SERVER_AUTH not in purposes.value:
        return True
    found = extension(certificate, x509.SubjectAlternativeName)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    told = set() if found is None else {str(each.value) for each in found.value}
    return bool(told) and all(str(each.value) in told for each in names)


def purposes_are_told(certificate: x509.Certificate) -> bool:
    """Mozilla's policy 5.2: an end entity tells its purposes, and never any purpose."""
    if is_authority(certificate):
        return True
    found = extension(certificate, x509.ExtendedKeyUsage)
    return found is not None and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in found.value


def times_are_in_order(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.1.2.5."""
    return certificate.not_valid_before_utc < certificate.not_valid_after_utc


def country_is_a_code(certificate: x509.Certificate) -> bool:
    """RFC 5280 appendix A: two capital letters."""
    told = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return all(len(each.value) == 2 and str(each.value).isupper() for each in told)


def no_name_is_empty(certificate: x509.Certificate) -> bool:
    """RFC 5280 §4.1.2.4: names have something in them, and no blanks around."""
    told = [str(each.value) for each in (*certificate.subject, *certificate.issuer)]
    return bool(told) and all(each and each == each.strip() for each in told)


RULES: tuple[Rule, ...] = (
    serial_is_random_enough,
    is_version_three,
    hash_is_modern,
    key_is_strong,
    usage_is_critical,
    usage_fits,
    constraints_are_critical,
    keys_are_identified,
    state_is_found,
    names_are_alternative_too,
    purposes_are_told,
    times_are_in_order,
    country_is_a_code,
    no_name_is_empty,
)


def issued(world: World) -> Iterator[x509.Certificate]:
    """Give every certificate there is: of each family, and the authority's own."""
    authority = world.port(CERTIFICATES)
    yield from x509.load_pem_x509_certificates(authority.trust_bundle())
    for order in ORDERS:
        chain = authority.issue_as_ordered(order).chain
        yield x509.load_pem_x509_certificates(chain)[0]


def test_every_certificate_keeps_every_rule(world: World) -> None:
    found = tuple(issued(world))
    assert len(found) == 2 + len(ORDERS)
    broken = [
        (rule.__name__, each.subject.rfc4514_string())
        for each in found
        for rule in RULES
        if not rule(each)
    ]
    assert broken == []


_KEY = ec.generate_private_key(ec.SECP256R1())
_Builder: TypeAlias = x509.CertificateBuilder


def bad(
    *,
    serial: int = 2**100,
    common: str = "x",
    country: str = "LU",
    key: ec.EllipticCurve | None = None,
) -> _Builder:
    """Return a certificate's draft with no extension at all."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    public = (_KEY if key is None else ec.generate_private_key(key)).public_key()
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return x509.CertificateBuilder(name, other, public, serial, since, since + timedelta(days=9))


def usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


_SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
BREAKING: Mapping[Rule, Callable[[], _Builder]] = {
    serial_is_random_enough: lambda: bad(serial=4711),
    key_is_strong: lambda: bad(key=ec.SECP192R1()),
    usage_is_critical: lambda: bad().add_extension(usage(signs=False), critical=False),
    usage_fits: lambda: bad().add_extension(usage(signs=True), critical=True),
    constraints_are_critical: lambda: bad().add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=False
    ),
    keys_are_identified: bad,
    state_is_found: bad,
    names_are_alternative_too: lambda: bad().add_extension(_SERVER, critical=False),
    purposes_are_told: bad,
    no_name_is_empty: lambda: bad(common=" x"),
}


@pytest.mark.parametrize("rule", BREAKING, ids=lambda rule: rule.__name__)
def test_each_rule_notices_what_breaks_it(rule: Rule) -> None:
    assert not rule(BREAKING[rule]().sign(_KEY, hashes.SHA256()))
