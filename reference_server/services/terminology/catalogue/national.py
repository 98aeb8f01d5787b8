"""The national lists as FHIR resources, from the data beside this module; answers nothing."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from reference_server.fhir.r4.store import Resource
from reference_server.national.identifiers import CANONICAL

MAIN_LANGUAGE: Final = "fr"
PUBLISHER: Final = "eQualis Lab"
_DATE: Final = "2026-11-22"
_DESIGNATION: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/designation-usage",
    "code": "display",
}


@cache
def national_resources() -> tuple[Resource, ...]:
    """Return every national resource but those made from the agency's lists, read once."""
    text = (files("reference_server.services.terminology.catalogue") / "national.yaml").read_text(
        encoding="utf-8"
    )
    told = yaml.safe_load(text.replace("{base}", CANONICAL))
    version = told["version"]
    return (
        *(_system(each, version) for each in told["systems"]),
        *(_supplement(each, version) for each in told["supplements"]),
        *(_value_set(each, version) for each in told["value_sets"]),
        *(_naming_system(each) for each in told["naming_systems"]),
    )


def head(resource_type: str, told: Mapping[str, Any], version: str) -> Resource:
    """Return the first elements of a national conformance resource."""
    resource: Resource = {
        "resourceType": resource_type,
        "id": told["id"],
        "url": told.get("url", f"{CANONICAL}/{resource_type}/{told['id']}"),
        "version": version,
        "name": told["name"],
        "title": told.get("title", told["name"]),
        "status": "draft",
        "experimental": True,
        "date": _DATE,
        "publisher": PUBLISHER,
    }
    return resource


def concept(code: str, displays: Mapping[str, str], *, main: str = MAIN_LANGUAGE) -> dict[str, Any]:
    """Return a concept; its display is that in the list's main language, where there is one."""
    made: dict[str, Any] = {"code": code}
    if main in displays:
        made["display"] = displays[main]
    made["designation"] = [
        {"language": language, "use": _DESIGNATION, "value": value}
        for language, value in displays.items()
    ]
    return made


def _system(told: Mapping[str, Any], version: str) -> Resource:
    main = told.get("language", MAIN_LANGUAGE)
    concepts = [concept(code, names, main=main) for code, names in told["concepts"].items()]
    notice = {"copyright": told["copyright"]} if "copyright" in told else {}
    whose = head("CodeSystem", told, version)
    if "version" in told:
        # Another organisation's list: it has no version of ours.
        whose = {name: value for name, value in whose.items() if name != "version"}
    return {
        **whose,
        **notice,
        "language": main,
        "caseSensitive": True,
        "content": told["content"],
        "count": len(concepts),
        "concept": concepts,
    }


def _supplement(told: Mapping[str, Any], version: str) -> Resource:
    concepts = [
        {"code": code, "designation": concept(code, displays)["designation"]}
        for code, displays in told["concepts"].items()
    ]
    return {
        **head("CodeSystem", told, version),
        "content": "supplement",
        "supplements": told["supplements"],
        "concept": concepts,
    }


def _value_set(told: Mapping[str, Any], version: str) -> Resource:
    return {
        **head("ValueSet", told, version),
        "compose": {"include": list(_parts(told))},
    }


def _parts(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for system in told["systems"]:
        listed = [{"code": code} for code in told.get("codes", ())]
        if listed or "codes" not in told:
            yield {"system": system, "concept": listed} if listed else {"system": system}
        if told.get("partial"):
            # There are more, which are not known here: membership of others is undecided.
            yield {"system": system, "_dropped": 1}


def _naming_system(told: Mapping[str, Any]) -> Resource:
    unique = {"type": "uri", "value": told.get("uri", f"urn:oid:{told.get('oid')}")}
    oid = [{"type": "oid", "value": told["oid"]}] if "oid" in told else []
    return {
        "resourceType": "NamingSystem",
        "id": told["id"],
        "name": told["name"],
        "status": "draft",
        "kind": told["kind"],
        "date": _DATE,
        "publisher": PUBLISHER,
        "uniqueId": [{**unique, "preferred": True}, *oid],
    }
