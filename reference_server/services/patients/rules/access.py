"""Who may do what with identities, as rows of the table of permissions; decides nothing."""

from reference_server.kernel.access import Permit, Purpose, Role

_WHO = frozenset({Role.PRESCRIBER, Role.LABORATORY, Role.PHARMACY, Role.REGISTRAR})
_WHY = frozenset({Purpose.TREATMENT, Purpose.EMERGENCY, Purpose.OPERATIONS})
_ASKING = (
    *("match-patient", "search-patient", "read-patient", "cross-reference-patient"),
    *("subscribe-patients", "read-subscription", "change-subscription", "cancel-subscription"),
)

PERMITS: tuple[Permit, ...] = (
    *(
        Permit(operation=operation, scope="mpi.read", roles=_WHO, purposes=_WHY)
        for operation in _ASKING
    ),
    Permit(operation="feed-patient", scope="mpi.feed", roles=_WHO, purposes=_WHY),
)
