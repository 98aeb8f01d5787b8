"""What the directory tells about itself: capability and tables; decides nothing."""

from reference_server.kernel.service import Capability, ResourceCapability, SearchParameter, Table
from reference_server.services.providers.model import PARAMETERS

CAPABILITY = Capability(
    resources=tuple(
        ResourceCapability(
            type=kind,
            interactions=(
                "read",
                "update",
                "delete",
                "history-instance",
                "history-type",
                "search-type",
            ),
            search_parameters=(
                SearchParameter(name="_id", type="token"),
                SearchParameter(name="_lastUpdated", type="date"),
                *(
                    SearchParameter(name=name, type=parameter.kind.value)
                    for name, parameter in parameters.items()
                ),
            ),
        )
        for kind, parameters in PARAMETERS.items()
    ),
)


def describe() -> tuple[Table, ...]:
    """Return the tables for the documentation."""
    rows = (
        (kind, name, parameter.kind.value, parameter.target or "-")
        for kind, parameters in PARAMETERS.items()
        for name, parameter in parameters.items()
    )
    columns = ("resource", "parameter", "kind", "target")
    return (Table(name="search", columns=columns, rows=tuple(rows)),)
