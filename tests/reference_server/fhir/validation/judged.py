"""What the validator says of a resource beside definitions: rule and place of each issue."""

import json
from typing import Any

from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator

Resource = dict[str, Any]
Told = list[tuple[str, str]]


def told(
    source: Resource | bytes, *definitions: Resource, profiles: tuple[str, ...] = ()
) -> list[tuple[str, str, str]]:
    """Return severity, rule and place of each issue."""
    library = Library()
    library.lay(definitions)
    raw = source if isinstance(source, bytes) else json.dumps(source).encode()
    issues = Validator(library=library).issues(raw, profiles=profiles)
    return [(str(each.severity), each.rule, each.expression) for each in issues]


def wrong(source: Resource | bytes, *definitions: Resource, profiles: tuple[str, ...] = ()) -> Told:
    """Return rule and place of each error."""
    found = told(source, *definitions, profiles=profiles)
    return [(rule, place) for severity, rule, place in found if severity in {"error", "fatal"}]


def warned(source: Resource, *definitions: Resource) -> Told:
    """Return rule and place of each warning."""
    return [
        (rule, place) for weight, rule, place in told(source, *definitions) if weight == "warning"
    ]


def profile(base: str, *elements: Resource, url: str = "urn:test:profile") -> Resource:
    """Return a profile of a type of R4 that has a differential only."""
    root = {"id": base, "path": base}
    return {
        "resourceType": "StructureDefinition", "url": url, "name": "Profile", "status": "draft",
        "kind": "resource", "abstract": False, "type": base, "derivation": "constraint",
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{base}",
        "differential": {"element": [root, *elements]},
    }  # fmt: skip
