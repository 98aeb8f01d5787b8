"""Who may do what at the registration office, as rows of the table of permissions."""

from typing import Final

from reference_server.kernel.access import Permit, Purpose, Role

SCOPE: Final = "pki"
_PEOPLE: Final = frozenset({Role.PRESCRIBER, Role.LABORATORY, Role.PHARMACY, Role.REGISTRAR})
# A software that names no purpose is taken to treat somebody; here nobody's data is.
_PURPOSES: Final = frozenset({Purpose.TREATMENT, Purpose.OPERATIONS, Purpose.ADMINISTRATION})
_OF_ALL: Final = (
    "list-certificates",
    "read-certificate",
    "list-applications",
    "read-application",
    "read-letters",
    "apply-certificate",
    "withdraw-application",
    "deliver-certificate",
    "suspend-certificate",
    "revoke-certificate",
)
_OF_OFFICERS: Final = (
    "identify-applicant",
    "approve-application",
    "reject-application",
    "lift-certificate",
)

PERMITS: tuple[Permit, ...] = (
    *(
        Permit(operation=operation, scope=SCOPE, roles=_PEOPLE, purposes=_PURPOSES)
        for operation in _OF_ALL
    ),
    *(
        Permit(
            operation=operation,
            scope=SCOPE,
            roles=frozenset({Role.REGISTRAR}),
            purposes=_PURPOSES,
        )
        for operation in _OF_OFFICERS
    ),
)
