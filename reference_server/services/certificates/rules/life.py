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


def application_acts(
    application: Application, *, person: str, is_officer: bool
) -> tuple[ApplicationAct, ...]:
    """Return what a person may do to an application now (RFC 3647 §4.2, §5.2.2)."""
    is_own = application.applicant == person
    may = {ApplicationAct.WITHDRAW: is_own, ApplicationAct.DELIVER: is_own}
    seen = person in {application.applicant, application.identified_by}
    may |= {
        ApplicationAct.IDENTIFY: is_officer and not is_own,
        ApplicationAct.APPROVE: is_officer and not seen,
        ApplicationAct.REJECT: is_officer and not is_own,
    }
    possible = (act for state, act in APPLICATION_TRANSITIONS if state is application.state)
    return tuple(act for act in possible if may[act])


def certificate_acts(kept: Issued, *, person: str, is_officer: bool) -> tuple[CertificateAct, ...]:
    """Return what a person may do to a certificate now (RFC 5280 §5.3.1)."""
    is_own = kept.ehealth_id == person
    may = {
        CertificateAct.SUSPEND: is_own or is_officer,
        CertificateAct.REVOKE: is_own or is_officer,
        CertificateAct.LIFT: is_officer and not is_own,
        CertificateAct.RENEW: is_own,
    }
    possible = (act for state, act in CERTIFICATE_TRANSITIONS if state is kept.state)
    return tuple(act for act in possible if may[act])


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
