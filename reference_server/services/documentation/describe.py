"""What the documentation service tells about itself: its capability; decides nothing."""

from typing import Final

from reference_server.kernel.service import Capability, ResourceCapability, SearchParameter

API_TYPES: Final = (
    "StructureDefinition",
    "OperationDefinition",
    "SearchParameter",
    "CapabilityStatement",
    "ImplementationGuide",
)
"""Read and found here; code systems, value sets, maps and naming systems by `terminology`."""
PARAMETERS: Final = {
    "_id": "token",
    "url": "uri",
    "version": "token",
    "name": "string",
    "status": "token",
}

CAPABILITY: Final = Capability(
    resources=tuple(
        ResourceCapability(
            type=each,
            interactions=("read", "search-type"),
            search_parameters=tuple(
                SearchParameter(name=name, type=kind) for name, kind in PARAMETERS.items()
            ),
        )
        for each in API_TYPES
    )
)
