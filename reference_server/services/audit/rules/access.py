"""Who may do what with the audit trail, as rows of the table of permissions; decides nothing."""

from reference_server.kernel.access import Binding, Permit, Purpose, Role

_AUDITORS = frozenset({Role.AUDITOR})
_PATIENTS = frozenset({Role.PATIENT})
_OFFICE = frozenset({Purpose.OPERATIONS, Purpose.ADMINISTRATION})
_OWN = frozenset({Purpose.PATIENT_REQUEST})
_SOFTWARE = frozenset({Role.PRESCRIBER, Role.LABORATORY, Role.PHARMACY})

PERMITS: tuple[Permit, ...] = (
    *(
        Permit(operation=operation, scope="audit.read", roles=_AUDITORS, purposes=_OFFICE)
        for operation in ("read-audit", "search-audit", "export-audit")
    ),
    *(
        Permit(
            operation=operation,
            scope="audit.read",
            roles=_PATIENTS,
            purposes=_OWN,
            binding=Binding.NONE,
        )
        for operation in ("read-audit", "search-audit", "export-audit", "show-own-audit")
    ),
    Permit(
        operation="record-audit-event",
        scope="audit.write",
        roles=_SOFTWARE,
        purposes=frozenset(Purpose),
    ),
)
