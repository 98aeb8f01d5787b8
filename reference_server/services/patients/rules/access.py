"""Who may do what with identities, as rows of the table of permissions; decides nothing."""

from reference_server.kernel.access import Permit, Purpose, Role

PERMITS: tuple[Permit, ...] = (
    Permit(
        operation="match-patient",
        scope="mpi.read",
        roles=frozenset({Role.PRESCRIBER, Role.LABORATORY, Role.PHARMACY, Role.REGISTRAR}),
        purposes=frozenset({Purpose.TREATMENT, Purpose.EMERGENCY, Purpose.OPERATIONS}),
    ),
)
