"""Server certificates of one run, the right one and the flawed ones; opens no socket.

The clients of a run trust its root alone. The right server shows a leaf and the issuing
authority between. Keys live in memory until a server needs them in a file.
"""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from scenarios.tricks import Flaw

HOSTS: Final = ("localhost", "127.0.0.1", "::1")
ELSEWHERE: Final = ("elsewhere.example", "10.0.0.1")
VALIDITY: Final = timedelta(days=30)
_A_DAY: Final = timedelta(days=1)
_MODERN: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
_ANYTHING: Final = ":@SECLEVEL=0"
"""OpenSSL's own measure of what is too weak to be offered, switched off."""

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a server shows and offers: a chain and its key in PEM, TLS versions, suites.

    `suites` is an OpenSSL list for TLS 1.2 and older.
    """

    chain: bytes
    key: bytes = field(repr=False)
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    suites: str = _MODERN


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A certificate and its key, which signs others, whether it may or not."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a server's certificate says of itself; `status` is the URL below which its state is."""

    hosts: tuple[str, ...] = HOSTS
    begins: timedelta = -timedelta(hours=1)
    ends: timedelta = VALIDITY
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH
    key: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkable:
    """A server certificate that says where its state is told, and who vouches for it."""

    leaf: x509.Certificate
    issuing: Signer
    root: Signer
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """Owns the root that clients trust, and the authority that issues under it."""

    now: datetime
    root: Signer
    issuing: Signer

    @classmethod
    def make(cls, *, now: datetime) -> "Authorities":
        """Make both."""
        root = _authority("eQualis Lab test root", None, now=now)
        issuing = _authority("eQualis Lab test issuing authority", root, now=now)
        return cls(now=now, root=root, issuing=issuing)

    @property
    def trust_pem(self) -> str:
        """Return the root, which is all that clients are told to trust."""
        return _pem(self.root).decode("ascii")

    def right(self) -> Shown:
        """Return what the right server shows."""
        return self._issued(Leaf())

    def flawed(self, flaw: Flaw) -> Shown:
        """Return what a server with a flaw shows."""
        special = {
            Flaw.UNKNOWN_AUTHORITY: lambda: Authorities.make(now=self.now).right(),
            Flaw.SELF_SIGNED: self._self_signed,
            Flaw.INCOMPLETE_CHAIN: self._incomplete,
            Flaw.ISSUED_BY_NO_AUTHORITY: self._issued_by_a_leaf,
            Flaw.NAME_NOT_ALLOWED: self._beyond_constraints,
            Flaw.WEAK_KEY: self._weak_key,
            Flaw.NO_FORWARD_SECRECY: self._without_forward_secrecy,
        }
        if flaw in special:
            return special[flaw]()
        if flaw in _LEAVES:
            return self._issued(_LEAVES[flaw])
        if flaw in _VERSIONS:
            version = _VERSIONS[flaw]
            return self._issued(Leaf(), oldest=version, newest=version, suites="ALL" + _ANYTHING)
        return self._issued(Leaf(), newest=_TLS_1_2, suites=_SUITES[flaw] + _ANYTHING)

    def checkable(self, status: str) -> Checkable:
        """Return a right certificate whose state, and whose issuer's, is told below a URL."""
        common = "eQualis Lab test issuing authority (revocation)"
        where = _lists(f"{status}/root.crl")
        issuing = _authority(common, self.root, where, now=self.now)
        leaf = self._leaf(Leaf(status=status), issuing)
        shown = Shown(chain=_pem(leaf) + _pem(issuing), key=_secret(leaf))
        return Checkable(leaf=leaf.certificate, issuing=issuing, root=self.root, shown=shown)

    def _incomplete(self) -> Shown:
        leaf = self._leaf(Leaf(), self.issuing)
        return Shown(chain=_pem(leaf), key=_secret(leaf))

    def _weak_key(self) -> Shown:
        key = rsa.generate_private_key(65537, 1024)  # noqa: S505  weak on purpose
        return self._issued(Leaf(key=key), suites="ECDHE-RSA-AES128-GCM-SHA256" + _ANYTHING)

    def _without_forward_secrecy(self) -> Shown:
        leaf = Leaf(key=rsa.generate_private_key(65537, 2048))
        return self._issued(leaf, newest=_TLS_1_2, suites="kRSA+AESGCM")

    def _issued(
        self,
        leaf: Leaf,
        *,
        oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        suites: str = _MODERN,
    ) -> Shown:
        made = self._leaf(leaf, self.issuing)
        return Shown(
            chain=_pem(made) + _pem(self.issuing),
            key=_secret(made),
            oldest=oldest,
            newest=newest,
            suites=suites,
        )

    def _leaf(self, leaf: Leaf, issuer: Signer) -> Signer:
        builder = _builder("127.0.0.1", issuer.certificate.subject, leaf.key)
        builder = (
            builder.not_valid_before(self.now + leaf.begins)
            .not_valid_after(self.now + leaf.ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([leaf.purpose]), critical=False)
            .add_extension(_issuer_key(issuer), critical=False)
        )
        if leaf.hosts:
            names = x509.SubjectAlternativeName([_general(host) for host in leaf.hosts])
            builder = builder.add_extension(names, critical=False)
        if leaf.status is not None:
            builder = builder.add_extension(_lists(f"{leaf.status}/issuing.crl"), critical=False)
            builder = builder.add_extension(_access(leaf.status), critical=False)
        return Signer(certificate=builder.sign(issuer.key, hashes.SHA256()), key=leaf.key)

    def _self_signed(self) -> Shown:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("127.0.0.1")
        own = Signer(certificate=self.root.certificate, key=key)
        builder = _builder("127.0.0.1", name, key)
        certificate = (
            builder.not_valid_before(self.now - _A_DAY)
            .not_valid_after(self.now + VALIDITY)
            .add_extension(
                x509.SubjectAlternativeName([_general(host) for host in HOSTS]), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        return Shown(chain=certificate.public_bytes(serialization.Encoding.PEM), key=_secret(own))

    def _issued_by_a_leaf(self) -> Shown:
        between = self._leaf(Leaf(), self.issuing)
        leaf = self._leaf(Leaf(), between)
        chain = _pem(leaf) + _pem(between) + _pem(self.issuing)
        return Shown(chain=chain, key=_secret(leaf))

    def _beyond_constraints(self) -> Shown:
        allowed = [
            x509.DNSName(ELSEWHERE[0]),
            x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
        ]
        constraints = x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None)
        issuing = _authority("eQualis Lab narrow authority", self.root, constraints, now=self.now)
        leaf = self._leaf(Leaf(), issuing)
        return Shown(chain=_pem(leaf) + _pem(issuing), key=_secret(leaf))


_TLS_1_2: Final = ssl.TLSVersion.TLSv1_2
_LEAVES: Final[Mapping[Flaw, Leaf]] = {
    Flaw.EXPIRED: Leaf(begins=-VALIDITY, ends=-_A_DAY),
    Flaw.NOT_YET_VALID: Leaf(begins=_A_DAY, ends=VALIDITY),
    Flaw.OTHER_HOST: Leaf(hosts=ELSEWHERE),
    Flaw.NO_HOST: Leaf(hosts=()),
    Flaw.CLIENT_ONLY: Leaf(purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
}
# By number: the names of these two versions warn whoever reads them.
_VERSIONS: Final = {
    Flaw.TLS_1_0: ssl.TLSVersion(0x0301),
    Flaw.TLS_1_1: ssl.TLSVersion(0x0302),
}
_SUITES: Final[Mapping[Flaw, str]] = {
    Flaw.NO_ENCRYPTION: "eNULL:!aNULL",
    Flaw.NO_AUTHENTICATION: "aNULL:!eNULL",
    Flaw.CBC_ONLY: "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA",
}


def _authority(
    common: str,
    issuer: Signer | None,
    more: x509.NameConstraints | x509.CRLDistributionPoints | None = None,
    *,
    now: datetime,
) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(common) if issuer is None else issuer.certificate.subject
    builder = (
        _builder(common, subject, key)
        .not_valid_before(now - 2 * VALIDITY)
        .not_valid_after(now + 2 * VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
    )
    if more is not None:
        constrains = isinstance(more, x509.NameConstraints)
        builder = builder.add_extension(more, critical=constrains)
    if issuer is not None:
        builder = builder.add_extension(_issuer_key(issuer), critical=False)
    signed = builder.sign(key if issuer is None else issuer.key, hashes.SHA256())
    return Signer(certificate=signed, key=key)


def _lists(url: str) -> x509.CRLDistributionPoints:
    name = x509.UniformResourceIdentifier(url)
    point = x509.DistributionPoint(
        full_name=[name], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.CRLDistributionPoints([point])


def _access(status: str) -> x509.AuthorityInformationAccess:
    ways = {
        AuthorityInformationAccessOID.OCSP: "ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: "issuing.cer",
    }
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(way, x509.UniformResourceIdentifier(f"{status}/{name}"))
            for way, name in ways.items()
        ]
    )


def _builder(common: str, issuer: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _issuer_key(issuer: Signer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "eQualis Lab (test)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(signer: Signer) -> bytes:
    return signer.certificate.public_bytes(serialization.Encoding.PEM)


def _secret(signer: Signer) -> bytes:
    return signer.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
