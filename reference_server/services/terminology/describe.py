"""What the terminology service tells about itself: capability and tables; decides nothing."""

from reference_server.kernel.service import (
    Capability,
    Operation,
    ResourceCapability,
    SearchParameter,
    Table,
)
from reference_server.services.terminology.catalogue.terminology import GRAMMARS
from reference_server.services.terminology.model import LICENSED

_KINDS = {"_id": "token", "url": "uri", "version": "token", "name": "string", "status": "token"}
_CANONICALS = ("_id", "url", "version", "name", "status")
_OPERATIONS = {
    "CodeSystem": ("lookup", "validate-code", "subsumes"),
    "ValueSet": ("expand", "validate-code"),
    "ConceptMap": ("translate",),
}


def _resource(name: str, operations: tuple[str, ...]) -> ResourceCapability:
    return ResourceCapability(
        type=name,
        interactions=("read", "search-type"),
        search_parameters=tuple(
            SearchParameter(name=each, type=_KINDS[each]) for each in _CANONICALS
        ),
        operations=tuple(
            Operation(
                name=each, definition=f"http://hl7.org/fhir/OperationDefinition/{name}-{each}"
            )
            for each in operations
        ),
    )


CAPABILITY = Capability(
    resources=(
        *(_resource(name, operations) for name, operations in _OPERATIONS.items()),
        ResourceCapability(
            type="NamingSystem",
            interactions=("read", "search-type"),
            search_parameters=(
                SearchParameter(name="_id", type="token"),
                SearchParameter(name="name", type="string"),
                SearchParameter(name="status", type="token"),
                SearchParameter(name="value", type="string"),
            ),
        ),
    ),
)


def describe() -> tuple[Table, ...]:
    """Return the tables for the documentation."""
    return (
        Table(
            name="lists-to-bring-along",
            columns=("system", "name"),
            rows=tuple(LICENSED.items()),
        ),
        Table(name="grammars", columns=("system", "name"), rows=tuple(GRAMMARS.items())),
    )
