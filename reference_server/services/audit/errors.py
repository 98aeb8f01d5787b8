"""Why the audit trail says no.

Refusal
└── AuditRefusal
    ├── AuditEventNotFound     404, no event of this number, or none that the caller may see
    └── AuditEventIncomplete   422, an AuditEvent that was sent lacks what the trail needs
"""

from reference_server.kernel.errors import Mend, Refusal, given


class AuditRefusal(Refusal):
    """Nothing is told, or nothing is kept."""

    mend = Mend.CORRECT


class AuditEventNotFound(AuditRefusal):
    """No event of this number, or none that the caller may see."""

    status, issue_code, code = 404, "not-found", "audit-event-not-found"


class AuditEventIncomplete(AuditRefusal):
    """An AuditEvent that was sent lacks, or misshapes, what the trail needs; parameter `name`."""

    status, issue_code, code = 422, "required", "audit-event-incomplete"
    example = given(name="agent")
    example_at = "AuditEvent"
