"""Who may do what with prescriptions, as rows of the table of permissions; decides nothing."""

from reference_server.kernel.access import Permit, Purpose, Role
from reference_server.national.professions import PRESCRIBING

_PRESCRIBERS = frozenset({Role.PRESCRIBER})
_LABORATORIES = frozenset({Role.LABORATORY})
_CARE = frozenset({Purpose.TREATMENT, Purpose.EMERGENCY})

PERMITS: tuple[Permit, ...] = (
    *(
        Permit(
            operation=operation,
            scope="erx.prescribe",
            roles=_PRESCRIBERS,
            professions=PRESCRIBING,
            purposes=_CARE,
        )
        for operation in ("submit-prescription", "cancel")
    ),
    *(
        Permit(operation=operation, scope="erx.dispense", roles=_LABORATORIES, purposes=_CARE)
        for operation in ("retrieve-prescription", "reserve", "release", "dispense")
    ),
    *(
        Permit(
            operation=operation,
            scope="erx.read",
            roles=frozenset({Role.PRESCRIBER, Role.LABORATORY, Role.PHARMACY}),
            purposes=_CARE,
        )
        for operation in ("read-task", "search-task")
    ),
)
