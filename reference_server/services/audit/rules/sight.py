"""Whose events a caller sees: all of them, or those about themselves; pure."""

from dataclasses import replace

from reference_server.kernel.access import Caller, Role
from reference_server.ports import StoredEntry
from reference_server.services.audit.errors import AuditEventNotFound
from reference_server.services.audit.model import AuditQuery, Condition

_CX = "^^^"


def own_matricule(caller: Caller) -> str | None:
    """Return the patient whose events alone are seen; None for an auditor, who sees all.

    A patient's token names them as HL7 CX, `number^^^&oid&ISO` (dossier of the public code of the
    agency's partners), or by the number alone. RFC 9110 §15.5.5: what may not be seen is not there.
    """
    if caller.role != Role.PATIENT:
        return None
    return caller.subject.partition(_CX)[0]


def narrowed(asked: AuditQuery, caller: Caller) -> AuditQuery:
    """Return a search that finds nothing about other patients; see RFC 9110 §15.5.5."""
    own = own_matricule(caller)
    if own is None:
        return asked
    condition = Condition(name="patient", values=(own,))
    return replace(asked, conditions=(*asked.conditions, condition))


def seen(found: StoredEntry | None, caller: Caller, *, patient: str | None) -> StoredEntry:
    """Return an event that may be seen; AuditEventNotFound for others (RFC 9110 §15.5.5)."""
    own = own_matricule(caller)
    if found is None or (own is not None and patient != own):
        raise AuditEventNotFound
    return found
