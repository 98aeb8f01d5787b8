"""Whether a code is in a value set or a code system, from what is at hand; asks no server.

None means that it cannot be told: the list is not complete here. That is never taken for a yes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from reference_server.fhir.r4.store import Resource
from reference_server.fhir.registries import is_country, is_currency, is_language, is_media_type
from reference_server.fhir.ucum import is_unit
from reference_server.fhir.validation.library import Library

UCUM: Final = "http://unitsofmeasure.org"
REGISTRIES: Final[Mapping[str, Callable[[str], bool | None]]] = {
    UCUM: is_unit,
    "urn:ietf:bcp:13": is_media_type,
    "urn:ietf:bcp:47": is_language,
    "urn:iso:std:iso:3166": is_country,
    "urn:iso:std:iso:4217": is_currency,
}
"""Systems whose codes a registry gives out, and what tells one from another text."""
DEEPEST: Final = 20
_FILTERS: Final = frozenset({"is-a", "descendent-of", "=", "in", "is-not-a", "exists"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One code of a code system: its displays, the codes above it, its properties."""

    code: str
    display: str
    displays: tuple[str, ...]
    parents: tuple[str, ...]
    properties: tuple[tuple[str, Any], ...]


@dataclass
class System:
    """Owns the concepts of one code system; `complete` tells whether those are all."""

    resource: Resource

    @property
    def complete(self) -> bool:
        return self.resource.get("content") == "complete"

    @cached_property
    def concepts(self) -> dict[str, Concept]:
        found: dict[str, Concept] = {}
        for concept, parents in _walked(self.resource.get("concept", ()), ()):
            properties = tuple(
                (each.get("code"), _value(each)) for each in concept.get("property", ())
            )
            above = tuple(str(v) for name, v in properties if name in {"parent", "subsumedBy"})
            designations = tuple(d.get("value", "") for d in concept.get("designation", ()))
            found[concept["code"]] = Concept(
                code=concept["code"],
                display=concept.get("display", ""),
                displays=(concept.get("display", ""), *designations),
                parents=(*parents, *above),
                properties=properties,
            )
        return found

    def find(self, code: str) -> Concept | None:
        """Return a concept; letters' case counts unless the system says otherwise."""
        found = self.concepts.get(code)
        if found is None and self.resource.get("caseSensitive") is False:
            lowered = code.lower()
            return next((c for key, c in self.concepts.items() if key.lower() == lowered), None)
        return found

    def is_below(self, code: str, above: str) -> bool:
        """Tell whether a code is a descendant of another."""
        waiting, seen = list(self.concepts[code].parents) if code in self.concepts else [], set()
        while waiting:
            parent = waiting.pop()
            if parent == above:
                return True
            if parent not in seen and parent in self.concepts:
                seen.add(parent)
                waiting.extend(self.concepts[parent].parents)
        return False


def codings_of(value: Any) -> Iterator[tuple[str | None, str]]:  # noqa: ANN401  JSON
    """Yield system and code of a Coding or of each coding of a CodeableConcept."""
    held = value.get("coding", [value]) if isinstance(value, dict) else []
    for each in held if isinstance(held, list) else ():
        if isinstance(each, dict) and isinstance(each.get("code"), str):
            system = each.get("system")
            yield (system if isinstance(system, str) else None), each["code"]


def _walked(
    concepts: Any,  # noqa: ANN401  JSON
    above: tuple[str, ...],
) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    waiting = [(concept, above) for concept in concepts]
    while waiting:
        concept, parents = waiting.pop(0)
        yield concept, parents
        waiting.extend((child, (concept["code"],)) for child in concept.get("concept", ()))


def _value(holder: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
    return next((value for key, value in holder.items() if key.startswith("value")), None)


class Codes:
    """Owns what was read of code systems and value sets of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._systems: dict[str, System | None] = {}
        self._members: dict[tuple[str, str | None, str], bool | None] = {}

    def system(self, url: str) -> System | None:
        """Return a code system, None where nothing is known of it."""
        if url not in self._systems:
            found = self._library.find("CodeSystem", url)
            self._systems[url] = None if found is None else System(found)
        return self._systems[url]

    def is_code(self, system: str, code: str) -> bool | None:
        """Tell whether a code belongs to a system."""
        if system in REGISTRIES and self.system(system) is None:
            return REGISTRIES[system](code)
        known = self.system(system)
        if known is None:
            return None
        if known.find(code) is not None:
            return True
        return False if known.complete and known.concepts else None

    def is_member(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Tell whether a code is in a value set; without a system, in whichever of its systems."""
        key = (value_set, system, code)
        if key not in self._members:
            self._members[key] = self._is_member(value_set, system, code, 0)
        return self._members[key]

    def _is_member(self, value_set: str, system: str | None, code: str, depth: int) -> bool | None:
        found = self._library.find("ValueSet", value_set)
        if found is None or depth > DEEPEST:
            return None
        if "compose" not in found:
            return _in_expansion(found, system, code)
        compose = found["compose"]
        out = [self._included(part, system, code, depth) for part in compose.get("exclude", ())]
        if any(each is True for each in out):
            return False
        parts = [self._included(part, system, code, depth) for part in compose.get("include", ())]
        held = _any(parts)
        return None if held is True and None in out else held

    def _included(
        self, part: dict[str, Any], system: str | None, code: str, depth: int
    ) -> bool | None:
        """Tell whether a part of a value set holds a code: all that it says must hold."""
        answers: list[bool | None] = [
            self._is_member(each, system, code, depth + 1) for each in part.get("valueSet", ())
        ]
        own = part.get("system")
        if own is not None:
            if system is not None and system != own:
                return False
            answers.append(self._of_system(part, own, code))
        return _all(answers) if answers else None

    def _of_system(self, part: dict[str, Any], system: str, code: str) -> bool | None:
        if "_dropped" in part:
            return None
        if "concept" in part:
            listed = any(each.get("code") == code for each in part["concept"])
            if listed:
                return True
            known = self.system(system)
            loose = known is not None and known.resource.get("caseSensitive") is False
            return loose and any(c.get("code", "").lower() == code.lower() for c in part["concept"])
        known_code = self.is_code(system, code)
        if known_code is not True:
            return known_code
        return _all([self._passes(each, system, code) for each in part.get("filter", ())] or [True])

    def _passes(self, told: dict[str, Any], system: str, code: str) -> bool | None:
        known = self.system(system)
        concept = None if known is None else known.find(code)
        if known is None or concept is None or told.get("op") not in _FILTERS:
            return None
        name, value = told.get("property"), str(told.get("value"))
        match told["op"]:
            case "is-a":
                return concept.code == value or known.is_below(concept.code, value)
            case "descendent-of":
                return known.is_below(concept.code, value)
            case "is-not-a":
                return not (concept.code == value or known.is_below(concept.code, value))
            case "exists":
                return any(n == name for n, _ in concept.properties) is (value == "true")
        wanted = set(value.split(",")) if told["op"] == "in" else {value}
        return any(n == name and _text(v) in wanted for n, v in concept.properties)


def _text(value: Any) -> str:  # noqa: ANN401  JSON
    return str(value).lower() if isinstance(value, bool) else str(value)


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _in_expansion(value_set: Resource, system: str | None, code: str) -> bool | None:
    listed = value_set.get("expansion", {}).get("contains")
    if listed is None:
        return None
    waiting = list(listed)
    while waiting:
        each = waiting.pop()
        if each.get("code") == code and system in {None, each.get("system")}:
            return True
        waiting.extend(each.get("contains", ()))
    return False
