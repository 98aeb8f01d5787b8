"""What happens to an application and to a certificate: states, acts and the only ways between."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ApplicationState(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    IDENTIFIED = "identified"
    APPROVED = "approved"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ApplicationAct(StrEnum):
    """What is done to an application: by officers, and the last two by the applicant."""

    IDENTIFY = "identify"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    DELIVER = "deliver"


class CertificateState(StrEnum):
    """What a certificate is worth; time is counted apart."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class CertificateAct(StrEnum):
    """What is done to a certificate."""

    SUSPEND = "suspend"
    LIFT = "lift"
    REVOKE = "revoke"
    RENEW = "renew"


class Reason(StrEnum):
    """Why a certificate was revoked (RFC 5280 §5.3.1)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    CERTIFICATE_HOLD = "certificateHold"


_A, _D = ApplicationState, ApplicationAct
APPLICATION_TRANSITIONS: Mapping[tuple[ApplicationState, ApplicationAct], ApplicationState]
APPLICATION_TRANSITIONS = MappingProxyType(
    {
        (_A.SUBMITTED, _D.IDENTIFY): _A.IDENTIFIED,
        (_A.SUBMITTED, _D.REJECT): _A.REJECTED,
        (_A.SUBMITTED, _D.WITHDRAW): _A.WITHDRAWN,
        (_A.IDENTIFIED, _D.APPROVE): _A.APPROVED,
        (_A.IDENTIFIED, _D.REJECT): _A.REJECTED,
        (_A.IDENTIFIED, _D.WITHDRAW): _A.WITHDRAWN,
        (_A.APPROVED, _D.DELIVER): _A.DELIVERED,
        (_A.APPROVED, _D.REJECT): _A.REJECTED,
        (_A.APPROVED, _D.WITHDRAW): _A.WITHDRAWN,
    }
)
"""Whatever is not here is refused."""

_C, _T = CertificateState, CertificateAct
CERTIFICATE_TRANSITIONS: Mapping[tuple[CertificateState, CertificateAct], CertificateState]
CERTIFICATE_TRANSITIONS = MappingProxyType(
    {
        (_C.VALID, _T.SUSPEND): _C.SUSPENDED,
        (_C.VALID, _T.REVOKE): _C.REVOKED,
        (_C.VALID, _T.RENEW): _C.VALID,
        (_C.SUSPENDED, _T.LIFT): _C.VALID,
        (_C.SUSPENDED, _T.REVOKE): _C.REVOKED,
    }
)
"""Revocation is for ever; a suspended certificate cannot be renewed."""
