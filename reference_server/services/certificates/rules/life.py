"""Which act is possible in which state, and by whom; pure."""

from reference_server.services.certificates.errors import (
    ApplicationStateWrong,
    CertificateStateWrong,
    FourEyes,
    NotYours,
)
from reference_server.services.certificates.model.life import (
    APPLICATION_TRANSITIONS,
    CERTIFICATE_TRANSITIONS,
    ApplicationAct,
    ApplicationState,
    CertificateAct,
    CertificateState,
)
from reference_server.services.certificates.model.records import Application, Issued


def next_application_state(application: Application, act: ApplicationAct) -> ApplicationState:
    """Return where an act leads (RFC 3647 §4.2: applied for, proven, approved)."""
    found = APPLICATION_TRANSITIONS.get((application.state, act))
    if found is None:
        raise ApplicationStateWrong(id=application.id, state=application.state, act=act)
    return found


def next_certificate_state(kept: Issued, act: CertificateAct) -> CertificateState:
    """Return what a certificate is worth after an act (RFC 5280 §5.3.1)."""
    found = CERTIFICATE_TRANSITIONS.get((kept.state, act))
    if found is None:
        raise CertificateStateWrong(serial=kept.serial, state=kept.state, act=act)
    return found


def check_four_eyes(application: Application, officer: str) -> None:
    """Two officers see every application, and neither is the applicant (RFC 3647 §5.2.2)."""
    if officer in {application.applicant, application.identified_by}:
        raise FourEyes(id=application.id)


def check_not_own(application: Application, officer: str) -> None:
    """An officer does not vouch for herself (RFC 3647 §5.2.2)."""
    if officer == application.applicant:
        raise FourEyes(id=application.id)


def check_applicant(application: Application, person: str) -> None:
    """Only the applicant takes back an application, or its certificate (RFC 3647 §4.4.1)."""
    if application.applicant != person:
        raise NotYours(id=application.id)
