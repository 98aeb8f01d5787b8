"""A ConceptMap that is itself validated: codes of its systems, mappings that are there twice.

Source: http://hl7.org/fhir/R4/conceptmap.html#bnr, conceptmap-definitions.html (group.source,
group.target, group.element.code, group.element.target.code).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library

Item = Mapping[str, Any]


def look(concept_map: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield codes that their system does not have, and mappings that are told twice."""
    codes = Codes(library)
    for at, group in _each(concept_map, "group"):
        below = f".group[{at}]"
        source, target = group.get("source"), group.get("target")
        yield from _systems(group, below)
        for index, element in _each(group, "element"):
            place = f"{below}.element[{index}]"
            yield from _known(source, element.get("code"), place, codes)
            yield from _targets(element, target, place, codes)


def _each(holder: Item, name: str) -> Iterator[tuple[int, Item]]:
    held = holder.get(name)
    for at, each in enumerate(held if isinstance(held, list) else ()):
        if isinstance(each, dict):
            yield at, each


def _systems(group: Item, below: str) -> Iterator[Extra]:
    for name in ("source", "target"):
        if name not in group:
            yield Extra(rule="map-system", severity=Severity.WARNING, below=below,
                        params={"name": name})  # fmt: skip


def _targets(element: Item, target: Any, below: str, codes: Codes) -> Iterator[Extra]:  # noqa: ANN401  JSON
    seen: set[tuple[str, str]] = set()
    for at, each in _each(element, "target"):
        place = f"{below}.target[{at}]"
        yield from _known(target, each.get("code"), place, codes)
        told = (str(each.get("code")), str(each.get("equivalence")))
        if told in seen and "dependsOn" not in each:
            yield Extra(rule="map-twice", severity=Severity.WARNING, below=place,
                        params={"name": told[0][:64]})  # fmt: skip
        seen.add(told)


def _known(system: Any, code: Any, below: str, codes: Codes) -> Iterator[Extra]:  # noqa: ANN401  JSON
    """Tell a code that a complete system does not have; of others nothing can be told."""
    if not (isinstance(system, str) and isinstance(code, str)):
        return
    found = codes.is_code(system.partition("|")[0], code)
    told = {"name": system[:200], "value": code[:64]}
    if found is False:
        yield Extra(rule="code-unknown", code="code-invalid", below=f"{below}.code", params=told)
    elif found is None:
        yield Extra(rule="code-not-checked", code="not-supported", below=below,
                    severity=Severity.INFORMATION, not_checked=True, params=told)  # fmt: skip
