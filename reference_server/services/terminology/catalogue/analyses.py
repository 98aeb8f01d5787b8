"""The agency's list of analyses as code systems and a map; knows how it is written, not who asks.

BioPrescCodes has the analyses; their conditions, target sites and CNS acts are systems of their
own, and a map leads from an analysis to the acts that it is billed as.
"""

from collections.abc import Mapping
from typing import Any, Final

from reference_server.fhir.r4.store import Resource
from reference_server.national.bio_presc_codes import BioPrescCode, CodedChoice, CodeList
from reference_server.national.identifiers import BIO_PRESC_CODES, CANONICAL
from reference_server.services.terminology.catalogue.national import MAIN_LANGUAGE, head

CNS_ACTS: Final = f"{CANONICAL}/CodeSystem/cns-laboratory-acts"
_ANALYSES: Final = {"id": "BioPrescCodes", "name": "BioPrescCodes", "title": "Analyses"}
_ACTS: Final = {
    "id": "cns-laboratory-acts",
    "name": "CnsLaboratoryActs",
    "title": "Actes de laboratoire de la CNS (synthétiques)",
}
_MAP: Final = {"id": "BioPrescCodes-to-cns", "name": "BioPrescCodesToCns"}
_PROPERTIES: Final = (
    ("specimen", "string"),
    ("version", "integer"),
    ("condition", "Coding"),
    ("target-site", "Coding"),
)


def analyses_as_resources(codes: CodeList, versions: Mapping[str, int]) -> tuple[Resource, ...]:
    """Return the list as FHIR; `versions` are those of the single codes, 1 where not told."""
    version = codes.version
    entries = [_entry(each, versions.get(each.code, 1)) for each in codes.codes]
    choices = {
        name: {choice.code: choice for each in codes.codes for choice in _choices(each, name)}
        for name in ("BioPrescConditions", "BioPrescTargetSites")
    }
    return (
        {
            **_complete(_ANALYSES, version, entries),
            "property": [{"code": code, "type": kind} for code, kind in _PROPERTIES],
        },
        _acts(codes),
        *(
            _complete({"id": name, "name": name}, version, [_choice(c) for c in found.values()])
            for name, found in choices.items()
        ),
        _map(codes),
    )


def _complete(told: Mapping[str, Any], version: str, concepts: list[dict[str, Any]]) -> Resource:
    return {
        **head("CodeSystem", told, version),
        "language": MAIN_LANGUAGE,
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }


def _entry(entry: BioPrescCode, version: int) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [
        {"code": "specimen", "valueString": entry.specimen},
        {"code": "version", "valueInteger": version},
        *({"code": "condition", "valueCoding": _coding(each)} for each in entry.conditions),
        *({"code": "target-site", "valueCoding": _coding(each)} for each in entry.target_sites),
    ]
    return {"code": entry.code, "display": entry.name, "property": properties}


def _coding(choice: CodedChoice) -> dict[str, str]:
    return {"system": choice.code_system, "code": choice.code, "display": choice.name}


def _choices(entry: BioPrescCode, name: str) -> tuple[CodedChoice, ...]:
    both = (*entry.conditions, *entry.target_sites)
    return tuple(each for each in both if each.code_system == f"{CANONICAL}/CodeSystem/{name}")


def _choice(choice: CodedChoice) -> dict[str, Any]:
    return {"code": choice.code, "display": choice.name}


def _acts(codes: CodeList) -> Resource:
    """Return the acts below the sections and sub-sections that the list names for them."""
    acts = {act.code: act for entry in codes.codes for act in entry.cns_acts}
    tree: dict[str, dict[str, Any]] = {}
    for act in acts.values():
        level = tree
        for name in filter(None, (act.section, act.sous_section)):
            level = level.setdefault(name, {})
        level[act.code] = {}
    return {
        **_complete(_ACTS, codes.version, _branch(tree, {c: a.label for c, a in acts.items()})),
        "hierarchyMeaning": "is-a",
        "count": len(acts) + _sections(tree, acts),
        "property": [{"code": "notSelectable", "type": "boolean"}],
    }


def _sections(tree: Mapping[str, Any], acts: Mapping[str, Any]) -> int:
    return sum((name not in acts) + _sections(below, acts) for name, below in tree.items())


def _branch(tree: Mapping[str, Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    made = []
    for name, below in tree.items():
        node: dict[str, Any] = {"code": name, "display": labels.get(name) or name}
        if name not in labels:
            node["property"] = [{"code": "notSelectable", "valueBoolean": True}]
        if below:
            node["concept"] = _branch(below, labels)
        made.append(node)
    return made


def _map(codes: CodeList) -> Resource:
    elements = [
        {
            "code": entry.code,
            "display": entry.name,
            "target": [
                {"code": act.code, "display": act.label, "equivalence": "relatedto"}
                for act in entry.cns_acts
            ],
        }
        for entry in codes.codes
        if entry.cns_acts
    ]
    group = {"source": BIO_PRESC_CODES, "target": CNS_ACTS, "element": elements}
    return {
        **head("ConceptMap", _MAP, codes.version),
        "sourceCanonical": f"{CANONICAL}/ValueSet/BioPrescCodes",
        "targetCanonical": f"{CANONICAL}/ValueSet/cns-laboratory-acts",
        "group": [group],
    }
