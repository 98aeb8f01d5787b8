"""What the audit service tells about itself: capability and tables; decides nothing."""

from reference_server.kernel.service import Capability, ResourceCapability, SearchParameter, Table
from reference_server.services.audit.rules.access import PERMITS

CAPABILITY = Capability(
    resources=(
        ResourceCapability(
            type="AuditEvent",
            interactions=("read", "search-type", "create"),
            search_parameters=(
                SearchParameter(name="_id", type="token"),
                SearchParameter(name="date", type="date"),
                SearchParameter(name="patient", type="reference"),
                SearchParameter(name="agent", type="reference"),
                SearchParameter(name="agent-role", type="token"),
                SearchParameter(name="entity", type="reference"),
                SearchParameter(name="policy", type="uri"),
                SearchParameter(name="address", type="string"),
                SearchParameter(name="site", type="token"),
                SearchParameter(name="action", type="token"),
                SearchParameter(name="outcome", type="token"),
                SearchParameter(name="type", type="token"),
                SearchParameter(name="subtype", type="token"),
            ),
        ),
    ),
)


def describe() -> tuple[Table, ...]:
    """Return the tables for the documentation."""
    return (
        Table(
            name="permits",
            columns=("operation", "scope", "roles", "purposes"),
            rows=tuple(
                (
                    permit.operation,
                    permit.scope,
                    " ".join(sorted(permit.roles)),
                    " ".join(sorted(permit.purposes)),
                )
                for permit in PERMITS
            ),
        ),
    )
