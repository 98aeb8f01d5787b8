"""A throw-away certificate authority on P-256, and server TLS from it; knows no service."""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_server.kernel.connection import AlertingObject

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
VALIDITY = timedelta(days=90)
_RENEW_BEFORE = timedelta(days=7)
_CLOCKS_DIFFER = timedelta(hours=1)
# TLS 1.2 with forward secrecy and authenticated encryption only: no CBC. TLS 1.3 has no other.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_SECRET_MODE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """Files that a TLS server needs, and the authority that its clients must trust."""

    authority: Path
    chain: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTrust:
    """The authorities (PEM) whose client certificates a TLS server accepts.

    `required`: nobody connects without one. Otherwise a caller may show none, but no foreign one.
    """

    authorities: Path
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority whose private key is never written down."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, *, now: datetime) -> "Authority":
        """Make an authority valid for `VALIDITY`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("eQualis Lab throw-away test authority")
        usage = _usage(signs_certificates=True)
        public = key.public_key()
        certificate = (
            _builder(subject=name, issuer=name, public=public, now=now)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate=certificate, key=key)

    def server(
        self, names: tuple[str, ...], *, now: datetime
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Issue a server certificate for host names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key()
        alternative = x509.SubjectAlternativeName([_general(name) for name in names])
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        certificate = (
            _builder(
                subject=_name(names[0]), issuer=self.certificate.subject, public=public, now=now
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(purposes, critical=False)
            .add_extension(alternative, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate, key


def server_identity(folder: Path, *, now: datetime, hosts: tuple[str, ...] = ()) -> ServerIdentity:
    """Return the server's identity in a folder; made anew when absent, old or for other hosts.

    Files: `ca.pem` (to be trusted), `server.pem` (chain), `server-key.pem` (secret).
    """
    identity = ServerIdentity(
        authority=folder / "ca.pem", chain=folder / "server.pem", key=folder / "server-key.pem"
    )
    names = tuple(dict.fromkeys((*LOCAL_NAMES, *hosts)))
    if not _is_usable(identity, names, now=now):
        folder.mkdir(parents=True, exist_ok=True)
        _make(identity, names, now=now)
    return identity


def server_context(
    identity: ServerIdentity, *, clients: ClientTrust | None = None
) -> ssl.SSLContext:
    """Return a server's TLS context: 1.2 and 1.3, modern suites only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = AlertingObject
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(identity.chain, identity.key)
    if clients is not None:
        ask_for_certificates(context, clients)
    return context


def ask_for_certificates(context: ssl.SSLContext, clients: ClientTrust) -> None:
    """Let a server's context ask its clients for a certificate, and verify what they show.

    No session is resumed: a certificate counts at the time of its handshake.
    """
    context.load_verify_locations(clients.authorities)
    context.verify_mode = ssl.CERT_REQUIRED if clients.required else ssl.CERT_OPTIONAL
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE), "wb") as out:
        out.write(content)
    draft.replace(path)


def _make(identity: ServerIdentity, names: tuple[str, ...], *, now: datetime) -> None:
    authority = Authority.make(now=now)
    certificate, key = authority.server(names, now=now)
    root = authority.certificate.public_bytes(serialization.Encoding.PEM)
    write_secret(
        identity.key,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    identity.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    identity.authority.write_bytes(root)


def _is_usable(identity: ServerIdentity, names: tuple[str, ...], *, now: datetime) -> bool:
    if not (identity.authority.exists() and identity.chain.exists() and identity.key.exists()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(identity.chain.read_bytes())
        key = serialization.load_pem_private_key(identity.key.read_bytes(), password=None)
        issuer = x509.load_pem_x509_certificate(identity.authority.read_bytes())
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature):  # left behind by a write that was cut off
        return False
    if key.public_key() != certificate.public_key():
        return False
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    named = {str(general.value) for general in alternative.value}
    return now + _RENEW_BEFORE < certificate.not_valid_after_utc and set(names) <= named


def _builder(
    *, subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + VALIDITY)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "eQualis Lab (test)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
