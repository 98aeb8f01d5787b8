"""Who may do what: the one place that decides, from tables; knows no token format and no service.

Each service declares rows (`Permit`): an operation, and the role, profession, purpose of use and
environment it is permitted to. What no row permits is refused. A row may also demand that the
access token and the client certificate name the same professional, or one in whose team the
token's is registered. A certificate of another family than the personal one stands for no
professional: it counts beside a professional's token only where that token is bound to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from reference_server.kernel.errors import (
    AccessRefusal,
    ClientCertificateMissing,
    RoleNotAllowed,
    ScopeInsufficient,
)
from reference_server.kernel.forbidden import (
    CertificateNamesAnother,
    CertificateOfOtherFamily,
    EnvironmentNotAllowed,
    ProfessionNotAllowed,
    PurposeNotAllowed,
)


class Role(StrEnum):
    """In which capacity a caller stands before the national services."""

    PRESCRIBER = "prescriber"
    LABORATORY = "laboratory"
    PHARMACY = "pharmacy"
    PATIENT = "patient"
    AUDITOR = "auditor"
    REGISTRAR = "registrar"


class Purpose(StrEnum):
    """What the data is used for: codes of HL7 v3 PurposeOfUse (`ActReason`)."""

    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    OPERATIONS = "HOPERAT"
    PAYMENT = "HPAYMT"
    PATIENT_REQUEST = "PATRQT"
    PUBLIC_HEALTH = "PUBHLTH"
    ADMINISTRATION = "HSYSADMIN"


class Place(StrEnum):
    """Which kind of environment is spoken to; a `session` is opened for tests only."""

    INTEGRATION = "integration"
    QUALIFICATION = "qualification"
    PREPRODUCTION = "preproduction"
    PRODUCTION = "production"
    SESSION = "session"

    @classmethod
    def of(cls, world: str) -> "Place":
        """Return the kind of a World by its name."""
        return cls(world) if world in set(cls) else cls.SESSION


class Binding(StrEnum):
    """Whether token and client certificate must name the same professional."""

    NONE = "none"
    IF_SHOWN = "if-shown"
    ALWAYS = "always"


EVERYWHERE = frozenset(Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated caller, as the access token tells.

    `organization` is the CNS provider code (8 digits); `ehealth_id` and `profession` are None for
    systems. `correlation` is the request id. `purpose` is the token's purpose of use, if it names
    one; `actor` the eHealthID of the team member who acts for the person, None where nobody does.
    `is_bound`: the token is good only beside the very certificate that was shown (RFC 8705).
    """

    subject: str
    client_id: str
    role: str
    organization: str
    ehealth_id: str | None
    profession: str | None
    scopes: frozenset[str]
    token_id: str
    correlation: str
    purpose: str | None = None
    actor: str | None = None
    is_bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One row of a service's table. `operation` is the `action` of its routes.

    `professions` None: whichever, and systems that have none.
    """

    operation: str
    scope: str
    roles: frozenset[str]
    professions: frozenset[str] | None = None
    purposes: frozenset[str] = frozenset({Purpose.TREATMENT})
    places: frozenset[Place] = EVERYWHERE
    binding: Binding = Binding.IF_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is decided about.

    `certificate`: whether a client certificate was shown; `certified` is the eHealthID in it, None
    where it names no professional. `impersonal`: it is of a family that is nobody's own (for
    servers or for signing), and the token is not bound to it. `teams` are the professionals in
    whose team the caller is.
    """

    operation: str
    place: Place
    role: str
    profession: str | None
    scopes: frozenset[str]
    purpose: str
    ehealth_id: str | None
    certificate: bool = False
    certified: str | None = None
    impersonal: bool = False
    teams: frozenset[str] = frozenset()


class _Step(IntEnum):
    """How far a row was followed before it said no; the furthest is what the caller hears."""

    PLACE, SCOPE, ROLE, PROFESSION, PURPOSE, BINDING = range(6)


class AccessTable:
    """Every row of every service of a World. With no row, nothing is permitted."""

    def __init__(self, permits: Iterable[Permit] = ()) -> None:
        self._rows: dict[str, list[Permit]] = {}
        for permit in permits:
            self._rows.setdefault(permit.operation, []).append(permit)

    @property
    def permits(self) -> tuple[Permit, ...]:
        """Return every row."""
        return tuple(row for rows in self._rows.values() for row in rows)

    def decide(self, asked: Asked) -> Permit:
        """Return the row that permits; raise the AccessRefusal of the row that came nearest."""
        nearest: tuple[int, AccessRefusal] = (-1, RoleNotAllowed(role=asked.role))
        for row in self._rows.get(asked.operation, ()):
            refused = _refused(row, asked)
            if refused is None:
                return row
            nearest = max(nearest, refused, key=lambda one: one[0])
        raise nearest[1]


def _refused(row: Permit, asked: Asked) -> tuple[int, AccessRefusal] | None:
    """Return where a row says no, and how; None where it permits."""
    if asked.place not in row.places:
        return _Step.PLACE, EnvironmentNotAllowed(environment=asked.place)
    if row.scope not in asked.scopes:
        return _Step.SCOPE, ScopeInsufficient(scope=row.scope)
    if asked.role not in row.roles:
        return _Step.ROLE, RoleNotAllowed(role=asked.role)
    if row.professions is not None and asked.profession not in row.professions:
        return _Step.PROFESSION, ProfessionNotAllowed(profession=asked.profession or "-")
    if asked.purpose not in row.purposes:
        return _Step.PURPOSE, PurposeNotAllowed(purpose=asked.purpose)
    unbound = _unbound(row.binding, asked)
    return None if unbound is None else (_Step.BINDING, unbound)


def _unbound(binding: Binding, asked: Asked) -> AccessRefusal | None:
    """Return why token and certificate do not belong together; None where they do."""
    if binding is Binding.NONE:
        return None
    if asked.impersonal and asked.ehealth_id is not None:
        return CertificateOfOtherFamily()
    if binding is Binding.IF_SHOWN and asked.certified is None:
        return None
    if not asked.certificate:
        return ClientCertificateMissing()
    if asked.ehealth_id is not None and asked.certified in {asked.ehealth_id, *asked.teams}:
        return None
    return CertificateNamesAnother()
