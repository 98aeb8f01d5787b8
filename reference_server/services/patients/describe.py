"""What the patient index tells about itself: capability and tables; decides nothing."""

from reference_server.kernel.service import (
    Capability,
    Operation,
    ResourceCapability,
    SearchParameter,
    Table,
)
from reference_server.services.patients.fhir.answers import PIX
from reference_server.services.patients.fhir.matching import DEFINITION
from reference_server.services.patients.fhir.query import PARAMETERS
from reference_server.services.patients.mllp.guide import tables
from reference_server.services.patients.model.comparison import Field, Hold, Zone
from reference_server.services.patients.model.index import TRANSITIONS, EventKind, IdentityState
from reference_server.services.patients.rules.matching.policy import CERTAIN_FROM, POSSIBLE_FROM
from reference_server.services.patients.rules.matching.score import weights

_TYPES = {
    "_id": "token",
    "_lastUpdated": "date",
    "active": "token",
    "identifier": "token",
    "telecom": "token",
    "birthdate": "date",
    "gender": "token",
}

CAPABILITY = Capability(
    resources=(
        ResourceCapability(
            type="Patient",
            interactions=("read", "search-type", "update", "delete"),
            search_parameters=tuple(
                SearchParameter(name=name, type=_TYPES.get(name, "string")) for name in PARAMETERS
            ),
            operations=(
                Operation(name="match", definition=DEFINITION),
                Operation(name="ihe-pix", definition=PIX),
            ),
        ),
        ResourceCapability(
            type="Subscription", interactions=("create", "read", "update", "delete")
        ),
    ),
)


def describe() -> tuple[Table, ...]:
    """Return the tables for the documentation."""
    levels = weights().levels
    return (
        Table(
            name="zones",
            columns=("zone", "probability from"),
            rows=(
                (Zone.CERTAIN.value, f"{CERTAIN_FROM}"),
                (Zone.POSSIBLE.value, f"{POSSIBLE_FROM}"),
                (Zone.NO.value, "0"),
            ),
        ),
        Table(
            name="weights",
            columns=("field", "level", "bits"),
            rows=tuple(
                (field.value, level, f"{bits:+.2f}")
                for field in Field
                for level, bits in levels.get(field, {}).items()
            ),
        ),
        Table(name="holds", columns=("hold",), rows=tuple((each.value,) for each in Hold)),
        Table(name="states", columns=("state",), rows=tuple((s.value,) for s in IdentityState)),
        Table(name="events", columns=("event",), rows=tuple((each.value,) for each in EventKind)),
        Table(
            name="standings",
            columns=("from", "to"),
            rows=tuple(
                (one.value, other.value)
                for one, others in TRANSITIONS.items()
                for other in sorted(others)
            ),
        ),
        *tables(),
    )
