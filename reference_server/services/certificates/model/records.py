"""What is kept: applications, what was issued, and whom it names; knows no table and no HTTP."""

from dataclasses import dataclass
from datetime import datetime

from reference_server.services.certificates.model.families import Family, KeyKind
from reference_server.services.certificates.model.life import (
    ApplicationState,
    CertificateState,
    Reason,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom a certificate names, as its subject does (dossier of the agency's certificates).

    `ehealth_id` is the subject's serialNumber (10 digits), `profession` its title (`PS-001`).
    `names` are the host names and addresses of a server; the first is its common name.
    """

    common_name: str
    ehealth_id: str | None = None
    profession: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    organization: str | None = None
    email: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate as it was issued: `serial` in small hex, `pem` the certificate alone."""

    serial: str
    family: Family
    subject: str
    ehealth_id: str | None
    pem: str
    not_before: datetime
    not_after: datetime
    state: CertificateState = CertificateState.VALID
    reason: Reason | None = None
    changed_at: datetime | None = None
    application: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A wish for a certificate. Officers and the applicant are eHealthIDs.

    Without `csr` (PEM) the key is made at delivery and handed over as PKCS#12. `proof` is what the
    first officer saw of the person (`passport 4711`), `renews` the serial of the one replaced.
    """

    id: str
    applicant: str
    family: Family
    holder: Holder
    key: KeyKind
    state: ApplicationState
    made_at: datetime
    csr: str | None = None
    renews: str | None = None
    proof: str | None = None
    identified_by: str | None = None
    approved_by: str | None = None
    reason: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the office writes to somebody; no mail leaves, it is read in the outbox."""

    number: int
    at: datetime
    to: str
    message_id: str
    params: tuple[tuple[str, str], ...]
