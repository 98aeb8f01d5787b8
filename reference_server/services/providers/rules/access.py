"""Who may do what with the provider directory, as rows of the table of permissions."""

from reference_server.kernel.access import Permit, Purpose, Role

PERMITS: tuple[Permit, ...] = (
    *(
        Permit(
            operation=operation,
            scope="directory.read",
            roles=frozenset(Role),
            purposes=frozenset(Purpose),
        )
        for operation in ("read-directory", "search-directory", "follow-directory")
    ),
    Permit(
        operation="change-directory",
        scope="directory.write",
        roles=frozenset({Role.REGISTRAR}),
        purposes=frozenset({Purpose.OPERATIONS, Purpose.ADMINISTRATION}),
    ),
)
