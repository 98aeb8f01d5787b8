"""Certificates of a throw-away authority for callers, as files that a TLS client takes."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A certificate and its key as PEM files."""

    chain: Path
    key: Path

    def load(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """Let a client show it."""
        context.load_cert_chain(self.chain, self.key)
        return context

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.chain.read_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An authority on P-256 that writes what it issues into a folder."""

    folder: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    authority: Path

    @classmethod
    def open(cls, folder: Path) -> Self:
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Desk {folder.name}")])
        authority = folder / "authority.pem"
        draft = _builder(name, name, key.public_key(), datetime.now(UTC) + DAY)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        made = draft.add_extension(constraints, critical=True).sign(key, hashes.SHA256())
        authority.write_bytes(made.public_bytes(PEM))
        return cls(folder=folder, name=name, key=key, authority=authority)

    def issue(
        self,
        common_name: str,
        *,
        ehealth_id: str | None = None,
        profession: str | None = None,
        until: datetime | None = None,
    ) -> Paper:
        """Issue a certificate for TLS clients."""
        key = ec.generate_private_key(ec.SECP256R1())
        told = {
            NameOID.COMMON_NAME: common_name,
            NameOID.SERIAL_NUMBER: ehealth_id,
            NameOID.TITLE: profession,
        }
        subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in told.items() if text])
        until = until or datetime.now(UTC) + DAY
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        draft = _builder(subject, self.name, key.public_key(), until)
        made = draft.add_extension(purposes, critical=False).sign(self.key, hashes.SHA256())
        chain, private = self.folder / f"{common_name}.pem", self.folder / f"{common_name}.key"
        chain.write_bytes(made.public_bytes(PEM))
        private.write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return Paper(chain=chain, key=private)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 3 * DAY)
        .not_valid_after(until)
    )
