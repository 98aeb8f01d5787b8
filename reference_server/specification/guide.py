"""The implementation guide resource of a package: what is in it; written by no hand."""

from collections.abc import Iterator
from typing import Any

from reference_server.specification.model import PUBLISHER, Resource, Specification


def guide(specification: Specification) -> Resource:
    """Return the ImplementationGuide that lists a specification's artefacts and examples."""
    return {
        "resourceType": "ImplementationGuide",
        "id": specification.name,
        "url": f"{specification.settings.root}/ImplementationGuide/{specification.name}",
        "version": specification.version,
        "name": "".join(part.capitalize() for part in specification.name.split(".")),
        "title": specification.title,
        "status": "draft",
        "experimental": True,
        "date": specification.date,
        "publisher": PUBLISHER,
        "description": specification.description,
        "packageId": specification.name,
        "license": "Apache-2.0",
        "fhirVersion": ["4.0.1"],
        "definition": {"resource": list(_listed(specification))},
    }


def _listed(specification: Specification) -> Iterator[dict[str, Any]]:
    for resource in specification.resources:
        place = f"{resource['resourceType']}/{resource['id']}"
        name = resource.get("title", resource.get("name"))
        yield {"reference": {"reference": place}, "name": name, "exampleBoolean": False}
    for example in specification.examples:
        if example.breaks is None:
            place = f"{example.resource['resourceType']}/{example.id}"
            shown = {"reference": {"reference": place}, "name": example.id}
            yield {**shown, "exampleCanonical": example.profile}
