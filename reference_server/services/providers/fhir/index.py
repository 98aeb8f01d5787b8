"""What a resource of the directory is found by: values of its search parameters; knows no table."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_SIMPLE: Mapping[str, Mapping[str, str]] = {
    "Organization": {"active": "active", "type": "type"},
    "Location": {"status": "status", "type": "type"},
    "Practitioner": {"active": "active"},
    "PractitionerRole": {"active": "active", "role": "code", "specialty": "specialty"},
    "HealthcareService": {"active": "active", "service-type": "type"},
    "Endpoint": {
        "status": "status",
        "connection-type": "connectionType",
        "payload-type": "payloadType",
    },
    "OrganizationAffiliation": {"active": "active", "role": "code"},
}
_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "Organization": {"partof": "partOf", "endpoint": "endpoint"},
    "Location": {"organization": "managingOrganization", "partof": "partOf"},
    "PractitionerRole": {
        "location": "location",
        "organization": "organization",
        "practitioner": "practitioner",
        "service": "healthcareService",
    },
    "HealthcareService": {"location": "location", "organization": "providedBy"},
    "Endpoint": {"organization": "managingOrganization"},
    "OrganizationAffiliation": {
        "endpoint": "endpoint",
        "participating-organization": "participatingOrganization",
        "primary-organization": "organization",
    },
}


def folded(text: str) -> str:
    """Return a name without case and accents, as FHIR compares strings."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def values_of(resource: Json) -> set[tuple[str, str]]:
    """Return the pairs of parameter and value that find a resource."""
    return set(_values(resource))


def _values(resource: Json) -> Iterator[tuple[str, str]]:
    kind = str(resource["resourceType"])
    for name, element in _SIMPLE.get(kind, {}).items():
        for value in _tokens(resource.get(element)):
            yield name, value
    for identifier in _list(resource.get("identifier")):
        for value in _tokens(identifier):
            yield "identifier", value
    for name, element in _REFERENCES.get(kind, {}).items():
        for reference in _list(resource.get(element)):
            if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
                yield name, reference["reference"]
    yield from _names(resource)


def _names(resource: Json) -> Iterator[tuple[str, str]]:
    names = _list(resource.get("name")) + _list(resource.get("alias"))
    for name in names:
        if isinstance(name, str):
            yield from _string("name", name)
            continue
        if not isinstance(name, dict):
            continue
        given = [part for part in _list(name.get("given")) if isinstance(part, str)]
        family = name.get("family")
        for part in given:
            yield from _string("given", part)
        if isinstance(family, str):
            yield from _string("family", family)
        for part in (*given, *([family] if isinstance(family, str) else ())):
            yield from _string("name", part)


def _string(name: str, text: str) -> Iterator[tuple[str, str]]:
    yield name, folded(text)
    yield f"{name}:exact", text


def _tokens(value: object) -> Iterator[str]:
    """Give `code`, `system|code` and `system|` of whatever a token may be."""
    for each in _list(value):
        if isinstance(each, bool):
            yield "true" if each else "false"
        elif isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            if "coding" in each:
                yield from _tokens(each["coding"])
            code = each.get("code", each.get("value"))
            system = each.get("system")
            if isinstance(code, str):
                yield code
                if isinstance(system, str):
                    yield f"{system}|{code}"


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
