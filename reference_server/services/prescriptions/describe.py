"""What the prescription service tells about itself: capability and tables; decides nothing."""

from reference_server.kernel.service import (
    Capability,
    Operation,
    ResourceCapability,
    SearchParameter,
    Table,
)
from reference_server.national.identifiers import CANONICAL
from reference_server.services.prescriptions.model import TRANSITIONS


def _operation(name: str) -> Operation:
    return Operation(name=name, definition=f"{CANONICAL}/OperationDefinition/{name}")


CAPABILITY = Capability(
    resources=(
        ResourceCapability(
            type="Task",
            interactions=("read", "search-type"),
            search_parameters=(
                SearchParameter(name="_id", type="token"),
                SearchParameter(name="_lastUpdated", type="date"),
                SearchParameter(name="identifier", type="token"),
                SearchParameter(name="status", type="token"),
                SearchParameter(name="business-status", type="token"),
            ),
            operations=tuple(
                _operation(name) for name in ("reserve", "release", "dispense", "cancel")
            ),
        ),
    ),
    operations=(_operation("submit-prescription"), _operation("retrieve-prescription")),
)


def describe() -> tuple[Table, ...]:
    """Return the tables for the documentation."""
    return (
        Table(
            name="transitions",
            columns=("state", "standing", "act", "outcome"),
            rows=tuple(
                (state.value, standing.value, act.value, outcome.value)
                for (state, standing, act), outcome in TRANSITIONS.items()
            ),
        ),
    )
