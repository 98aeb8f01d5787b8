"""The certificate authority as other services and whoever stands the environment up see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.kernel.port import Port

PERSONAL = "personal"
"""The family of certificates that are a person's own."""


class CertificateStanding(StrEnum):
    """What a certificate is worth in an environment now."""

    GOOD = "good"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """A certificate exactly as ordered, also one that the office would never hand out.

    `family` is `personal`, `server` or `signature`. `names` are host names and addresses; the
    first is the common name where none is given. Times None: the family's own. `purposes` are
    extended key usages (OIDs) in the place of the family's. `self_signed`: by its own key, not by
    the authority, which does not know it then.
    """

    family: str
    common_name: str = ""
    ehealth_id: str | None = None
    profession: str | None = None
    organization: str | None = None
    names: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    purposes: Sequence[str] | None = None
    self_signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedCertificate:
    """A certificate with its issuer (`chain`) and its key, in PEM; `serial` in small hex."""

    serial: str
    chain: bytes
    key: bytes


class Certificates(Protocol):
    """What the authority of one environment offers. Everything writes in its own transaction."""

    def trust_bundle(self) -> bytes:
        """Return the root and the issuing certificate (PEM); the first call makes their keys."""
        ...

    def standing(self, shown: ClientCertificate) -> CertificateStanding:
        """Return what a certificate is worth now."""
        ...

    def family(self, shown: ClientCertificate) -> str | None:
        """Return the family that its policy tells; None where this authority did not issue it."""
        ...

    def of_person(self, ehealth_id: str) -> tuple[bytes, ...]:
        """Return a person's good certificates (DER), the newest first."""
        ...

    def issue_as_ordered(self, order: CertificateOrder) -> KeyedCertificate:
        """Issue on a new P-256 key, whatever the order says; nobody is asked."""
        ...

    def revoke(self, serial: str, *, reason: str) -> None:
        """Revoke (a reason of RFC 5280 §5.3.1; `certificateHold` suspends)."""
        ...

    def interrupt(self, *, lists: bool, answers: bool) -> None:
        """Let CRLs, or OCSP, be out of order (503) until called again."""
        ...


CERTIFICATES: Port[Certificates] = Port("certificates")
