"""From a conformance resource to its facts: what decides, without what only explains.

Prose, mappings and narrative go. Concepts of code systems that may not be passed on go too;
what went is told, so that nobody takes a list for complete.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reference_server.fhir.r4.store import Omission, Resource

LICENSED: Final[Mapping[str, str]] = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.whocc.no/atc": "ATC",
    "http://www.ama-assn.org/go/cpt": "CPT",
}
"""Code systems whose concepts are not ours to pass on: canonical → name."""

_ALWAYS: Final = frozenset(
    {"text", "contact", "copyright", "description", "date", "publisher", "purpose", "useContext",
     "jurisdiction", "meta", "mapping", "language", "contained"}
)  # fmt: skip
_ELEMENT: Final = frozenset(
    {"alias", "base", "comment", "condition", "definition", "example", "isModifierReason",
     "isSummary", "label", "mapping", "meaningWhenMissing", "orderMeaning", "requirements",
     "short", "code", "extension"}
)  # fmt: skip
_CONSTRAINT: Final = frozenset({"human", "xpath", "requirements", "extension"})
_CONCEPT: Final = frozenset({"definition", "extension"})
_KEPT_EXTENSIONS: Final = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/regex",
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-minValueSet",
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice",
        "http://hl7.org/fhir/StructureDefinition/codesystem-subsumes",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A resource's facts, and what was left out of them."""

    resource: Resource
    omissions: tuple[Omission, ...] = ()


def trim(resource: Resource) -> Facts:
    """Return the facts of a conformance resource; the resource itself stays as it is."""
    kept = {key: value for key, value in resource.items() if key not in _ALWAYS}
    kept = _without_extensions(kept)
    match resource["resourceType"]:
        case "StructureDefinition":
            return Facts(resource=_structure(kept))
        case "CodeSystem":
            return _code_system(kept)
        case "ValueSet":
            return _value_set(kept)
        case "ConceptMap":
            return _concept_map(kept)
    return Facts(resource=kept)


def _structure(resource: Resource) -> Resource:
    """Keep the snapshot; the differential only where there is no snapshot."""
    kept = {key: value for key, value in resource.items() if key != "keyword"}
    if "snapshot" in kept:
        kept.pop("differential", None)
    for part in ("snapshot", "differential"):
        if part in kept:
            kept[part] = {"element": [_element(each) for each in kept[part]["element"]]}
    return kept


def _element(element: Resource) -> Resource:
    kept = {key: value for key, value in element.items() if key not in _ELEMENT}
    if kept.get("id") == kept["path"]:
        del kept["id"]
    for absent, value in (("isModifier", False), ("mustSupport", False)):
        if kept.get(absent) is value:
            del kept[absent]
    if "constraint" in kept:
        kept["constraint"] = [
            {key: value for key, value in each.items() if key not in _CONSTRAINT}
            | _best_practice(each)
            for each in kept["constraint"]
        ]
    if "binding" in kept:
        binding = {k: v for k, v in kept["binding"].items() if k != "description"}
        kept["binding"] = _without_extensions(binding)
    if "slicing" in kept:
        kept["slicing"] = {k: v for k, v in kept["slicing"].items() if k != "description"}
    if "type" in kept:
        kept["type"] = [_without_extensions(each) for each in kept["type"]]
    return kept


def _best_practice(constraint: Resource) -> Resource:
    kept = _without_extensions({"extension": constraint.get("extension", [])})
    return kept if kept.get("extension") else {}


def _without_extensions(value: Resource) -> Resource:
    """Keep only the extensions that decide something."""
    if "extension" not in value:
        return value
    kept = [each for each in value["extension"] if each.get("url") in _KEPT_EXTENSIONS]
    rest = {key: item for key, item in value.items() if key != "extension"}
    return {**rest, "extension": kept} if kept else rest


def _code_system(resource: Resource) -> Facts:
    system = resource.get("url", "")
    concepts = resource.get("concept", [])
    if system in LICENSED:
        count = sum(1 for _ in _all_concepts(concepts))
        rest = {key: value for key, value in resource.items() if key != "concept"}
        return Facts(resource=rest, omissions=_told(system, system, count))
    if concepts:
        return Facts(resource={**resource, "concept": [_concept(each) for each in concepts]})
    return Facts(resource=resource)


def _concept(concept: Resource) -> Resource:
    kept = {key: value for key, value in concept.items() if key not in _CONCEPT}
    if "concept" in kept:
        kept["concept"] = [_concept(each) for each in kept["concept"]]
    return kept


def _all_concepts(concepts: list[Resource]) -> Iterator[Resource]:
    for concept in concepts:
        yield concept
        yield from _all_concepts(concept.get("concept", []))


def _value_set(resource: Resource) -> Facts:
    kept = dict(resource)
    dropped: list[Omission] = []
    url = resource.get("url", "")
    if "compose" in kept:
        compose = dict(kept["compose"])
        for part in ("include", "exclude"):
            if part in compose:
                compose[part] = [_included(each, url, dropped) for each in compose[part]]
        kept["compose"] = compose
    if "expansion" in kept:
        # An expansion without some of its concepts would look complete.
        listed = kept.pop("expansion").get("contains", [])
        for system in sorted({each.get("system", "") for each in listed} & set(LICENSED)):
            dropped.extend(_told(url, system, sum(e.get("system") == system for e in listed)))
    return Facts(resource=kept, omissions=tuple(dropped))


def _included(include: Resource, url: str, dropped: list[Omission]) -> Resource:
    system = include.get("system", "")
    if system in LICENSED and "concept" in include:
        dropped.extend(_told(url, system, len(include["concept"])))
        rest = {key: value for key, value in include.items() if key != "concept"}
        # Said in the resource itself: without it, the include would mean the whole system.
        return {**rest, "_dropped": len(include["concept"])}
    if "concept" in include:
        return {**include, "concept": [_concept(each) for each in include["concept"]]}
    return include


def _concept_map(resource: Resource) -> Facts:
    groups: list[Resource] = []
    dropped: list[Omission] = []
    for group in resource.get("group", []):
        licensed = {group.get("source"), group.get("target")} & set(LICENSED)
        if licensed:
            count = len(group.get("element", []))
            dropped.extend(_told(resource.get("url", ""), min(licensed), count))
        else:
            groups.append(group)
    return Facts(resource={**resource, "group": groups}, omissions=tuple(dropped))


def _told(url: str, system: str, count: int) -> tuple[Omission, ...]:
    return (Omission(url=url, system=LICENSED[system], concepts=count),) if count else ()
