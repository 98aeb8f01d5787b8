"""What stands in each kind of certificate, before it is signed (RFC 5280); holds no key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from reference_server.services.certificates.model.families import (
    PURPOSES,
    SIGNS,
    Family,
)
from reference_server.services.certificates.model.records import Holder
from reference_server.services.certificates.operations.names import alternative_names, subject_of
from reference_server.world import World

_ROOT_LIFE = timedelta(days=20 * 365)
_ISSUING_LIFE = timedelta(days=10 * 365)
_RESPONDER_LIFE = timedelta(days=90)
# Clocks of clients differ; nobody is refused for being an hour behind.
CLOCKS_DIFFER = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_SIGNS_OTHERS = frozenset({"key_cert_sign", "crl_sign"})
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where certificates say that lists, OCSP and issuers are found."""

    base: str

    @classmethod
    def of(cls, world: World) -> Self:
        return cls(base=f"{world.settings.public_http or world.base_url}/pki")

    def issuer(self, name: str) -> str:
        """Return where the certificate of `root` or `issuing` is."""
        return f"{self.base}/{name}.cer"

    def crl(self, name: str) -> str:
        """Return where the list of `root` or `issuing` is."""
        return f"{self.base}/{name}.crl"

    @property
    def ocsp(self) -> str:
        return f"{self.base}/ocsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mould:
    """What every certificate has."""

    subject: x509.Name
    public_key: CertificatePublicKeyTypes
    serial: int
    now: datetime

    def builder(
        self, issuer: x509.Name, *, until: datetime, since: datetime | None = None
    ) -> x509.CertificateBuilder:
        """Return the beginning of a certificate; times are cut to seconds."""
        since = (since or self.now - CLOCKS_DIFFER).replace(microsecond=0)
        return (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer)
            .public_key(self.public_key)
            .serial_number(self.serial)
            .not_valid_before(since)
            .not_valid_after(until.replace(microsecond=0))
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.public_key), critical=False
            )
        )


def root(mould: Mould) -> x509.CertificateBuilder:
    """Return the self-signed root."""
    draft = mould.builder(mould.subject, until=mould.now + _ROOT_LIFE)
    return draft.add_extension(
        x509.BasicConstraints(ca=True, path_length=1), critical=True
    ).add_extension(key_usage(_SIGNS_OTHERS), critical=True)


def issuing(mould: Mould, issuer: x509.Certificate, at: Addresses) -> x509.CertificateBuilder:
    """Return the issuing authority under the root; it may sign no further authority."""
    draft = mould.builder(issuer.subject, until=mould.now + _ISSUING_LIFE)
    policies = [
        x509.PolicyInformation(x509.ObjectIdentifier(purpose.policy), None)
        for purpose in PURPOSES.values()
    ]
    return (
        draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(_SIGNS_OTHERS), critical=True)
        .add_extension(_issuer_key(issuer), critical=False)
        .add_extension(x509.CertificatePolicies(policies), critical=False)
        .add_extension(_list_at(at.crl("root")), critical=False)
        .add_extension(_found_at(issuer=at.issuer("root")), critical=False)
    )


def responder(mould: Mould, issuer: x509.Certificate) -> x509.CertificateBuilder:
    """Return the delegate that signs OCSP answers; its own status is not asked for."""
    draft = mould.builder(issuer.subject, until=mould.now + _RESPONDER_LIFE)
    return (
        draft.add_extension(key_usage(frozenset({SIGNS})), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(_issuer_key(issuer), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when until when a certificate is valid."""

    since: datetime
    until: datetime

    @classmethod
    def lasting(cls, now: datetime, life: timedelta, *, issuer: x509.Certificate) -> Self:
        """Return a span from now on that does not outlive its issuer (RFC 5280 §4.1.2.5)."""
        since = max(now - CLOCKS_DIFFER, issuer.not_valid_before_utc)
        until = min(since + life - _SECOND, issuer.not_valid_after_utc)
        return cls(since=since, until=until)


def end_entity(
    mould: Mould,
    issuer: x509.Certificate | None,
    at: Addresses,
    *,
    family: Family,
    holder: Holder,
    span: Span,
    purposes: Sequence[str] | None = None,
) -> x509.CertificateBuilder:
    """Return a certificate of one of the families; its own issuer where `issuer` is None.

    `purposes` (OIDs) stand in the place of the family's where they are given.
    """
    purpose = PURPOSES[family]
    uses = [x509.ObjectIdentifier(oid) for oid in purposes or purpose.purposes]
    policy = x509.PolicyInformation(x509.ObjectIdentifier(purpose.policy), None)
    draft = (
        mould.builder(
            mould.subject if issuer is None else issuer.subject, since=span.since, until=span.until
        )
        .add_extension(key_usage(purpose.usages), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
    )
    names = alternative_names(holder)
    if names is not None:
        draft = draft.add_extension(names, critical=False)
    if issuer is None:
        return draft
    return (
        draft.add_extension(_issuer_key(issuer), critical=False)
        .add_extension(_list_at(at.crl("issuing")), critical=False)
        .add_extension(_found_at(issuer=at.issuer("issuing"), ocsp=at.ocsp), critical=False)
    )


def mould_for(
    holder: Holder, public_key: CertificatePublicKeyTypes, *, serial: int, now: datetime
) -> Mould:
    """Return the mould of a holder's certificate."""
    return Mould(subject=subject_of(holder), public_key=public_key, serial=serial, now=now)


def key_usage(usages: frozenset[str]) -> x509.KeyUsage:
    """Return the extension with the named usages only."""
    return x509.KeyUsage(**{name: name in usages for name in _USAGES})


def _issuer_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _list_at(url: str) -> x509.CRLDistributionPoints:
    place = x509.UniformResourceIdentifier(url)
    point = x509.DistributionPoint(
        full_name=[place], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.CRLDistributionPoints([point])


def _found_at(*, issuer: str, ocsp: str | None = None) -> x509.AuthorityInformationAccess:
    known = [(AuthorityInformationAccessOID.CA_ISSUERS, issuer)]
    if ocsp is not None:
        known.insert(0, (AuthorityInformationAccessOID.OCSP, ocsp))
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(how, x509.UniformResourceIdentifier(url)) for how, url in known]
    )
