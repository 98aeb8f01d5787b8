"""What services offer each other: Protocols and their records; knows no implementation."""

from reference_server.ports.analyses import ANALYSES, Analyses, AnalysisVersion
from reference_server.ports.audit import AUDIT, AuditEntry, AuditOutcome, AuditTrail, StoredEntry
from reference_server.ports.certificates import (
    CERTIFICATES,
    PERSONAL,
    CertificateOrder,
    Certificates,
    CertificateStanding,
    KeyedCertificate,
)
from reference_server.ports.patients import PATIENTS, Outcome, PatientRecord, Patients
from reference_server.ports.providers import (
    PROVIDERS,
    OrganizationRecord,
    PractitionerRecord,
    Providers,
)
from reference_server.ports.specification import (
    DESCRIPTIONS,
    SPECIFICATION,
    Described,
    Descriptions,
    Specifications,
)
from reference_server.ports.tokens import TOKENS, Presented, Tokens

__all__ = [
    "ANALYSES",
    "AUDIT",
    "CERTIFICATES",
    "DESCRIPTIONS",
    "PATIENTS",
    "PERSONAL",
    "PROVIDERS",
    "SPECIFICATION",
    "TOKENS",
    "Analyses",
    "AnalysisVersion",
    "AuditEntry",
    "AuditOutcome",
    "AuditTrail",
    "CertificateOrder",
    "CertificateStanding",
    "Certificates",
    "Described",
    "Descriptions",
    "KeyedCertificate",
    "OrganizationRecord",
    "Outcome",
    "PatientRecord",
    "Patients",
    "PractitionerRecord",
    "Presented",
    "Providers",
    "Specifications",
    "StoredEntry",
    "Tokens",
]
