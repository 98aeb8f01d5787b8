"""Everything the service knows of codes, found by canonical or id; says what it does not know."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from reference_server.fhir.r4.model import facts
from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation.codes import UCUM, Codes, Concept, System
from reference_server.fhir.validation.library import Library
from reference_server.services.terminology.errors import (
    CodeUndecided,
    CodeUnknown,
    ListAbsent,
    MapUnknown,
    SystemUnknown,
    ValueSetUnknown,
    VersionUnknown,
)
from reference_server.services.terminology.model import LICENSED, Coded

GRAMMARS: Final[Mapping[str, str]] = {
    UCUM: "UCUM",
    "urn:ietf:bcp:13": "MIME types",
    "urn:ietf:bcp:47": "Language tags",
    "urn:iso:std:iso:3166": "ISO 3166-1",
    "urn:iso:std:iso:4217": "ISO 4217",
}
"""Systems whose codes follow a grammar: there is no list, and yet each code can be judged."""
KEPT_ANSWERS: Final = 20_000
MOST_MEMBERS: Final = 200_000
"""How many members of value sets are kept, all value sets together."""
Members = tuple[tuple[str, str], ...]
"""System and code of each member of a value set."""
_RETIRED: Final = frozenset({"retired", "inactive"})
_CUT: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A resource in the list of its type; it is read when it is asked for."""

    id: str
    url: str
    version: str
    name: str
    read: Callable[[], Resource]


class Terminology:
    """Owns R4's lists and those laid over them; what callers ask is never kept without bound."""

    def __init__(self, over: Iterable[Resource]) -> None:
        self._over = tuple(over)
        self.library = Library()
        self.library.lay(each for each in self._over if "url" in each)
        self._codes = Codes(self.library)
        self._asked = 0
        self._members: dict[str, Members] = {}
        self._raw: dict[str, dict[str, dict[str, Any]]] = {}
        self.index: dict[str, dict[str, Listed]] = {}

    def codes(self) -> Codes:
        """Return the judge of membership; it is made anew before it has kept too much."""
        self._asked += 1
        if self._asked > KEPT_ANSWERS:
            self._asked, self._codes = 0, Codes(self.library)
        return self._codes

    def listed(self, resource_type: str) -> Mapping[str, Listed]:
        """Return the resources of a type by id, the national ones first."""
        if resource_type not in self.index:
            self.index[resource_type] = {each.id: each for each in self._all(resource_type)}
        return self.index[resource_type]

    def _all(self, resource_type: str) -> Iterator[Listed]:
        seen = set()
        for resource in self._over:
            if resource["resourceType"] == resource_type:
                seen.add(resource["id"])
                yield Listed(
                    id=resource["id"],
                    url=resource.get("url", ""),
                    version=resource.get("version", ""),
                    name=resource.get("name", ""),
                    read=partial(dict, resource),
                )
        base = facts()
        for entry in base.entries(resource_type):
            if entry.id and entry.id not in seen:
                yield Listed(
                    id=entry.id,
                    url=entry.url,
                    version=entry.version,
                    name=entry.name,
                    read=partial(base.read, entry),
                )

    def system(self, url: str, version: str | None = None) -> System:
        """Return a code system; raises SystemUnknown, VersionUnknown, ListAbsent."""
        bare, _, pinned = url.partition("|")
        known = self.codes().system(bare)
        if bare in LICENSED and (known is None or not known.concepts):
            raise ListAbsent(name=LICENSED[bare], system=bare)
        if known is None:
            raise SystemUnknown(system=_cut(bare))
        _check_version(known.resource, bare, version or pinned)
        return known

    def is_code(self, coded: Coded, system: str) -> bool:
        """Tell whether a system has a code; raises where it cannot be told."""
        if system not in GRAMMARS:
            self.system(system, coded.version)
        held = bool(coded.code) and self.codes().is_code(system.partition("|")[0], coded.code)
        if held is None:
            raise CodeUndecided(code=_cut(coded.code), list=_cut(system))
        return held

    def concept(self, coded: Coded, system: str) -> Concept:
        """Return a concept; raises CodeUnknown, CodeUndecided, and as `system` does."""
        if not self.is_code(coded, system):
            raise CodeUnknown(code=_cut(coded.code), system=_cut(system))
        if system in GRAMMARS:
            return Concept(
                code=coded.code, display=coded.code, displays=(), parents=(), properties=()
            )
        found = self.system(system, coded.version).find(coded.code)
        if found is None:  # is_code has just found it
            raise CodeUnknown(code=_cut(coded.code), system=_cut(system))
        return found

    def written(self, system: str, code: str) -> Mapping[str, Any]:
        """Return a concept as its code system has it; empty where it has none."""
        url = system.partition("|")[0]
        if url not in self._raw:
            known = self.codes().system(url)
            if known is None:
                return {}
            self._raw[url] = {each["code"]: each for each in walked(known.resource)}
        return self._raw[url].get(code, {})

    def designations(self, system: str, code: str) -> list[dict[str, Any]]:
        """Return the designations of a code, those of supplements included."""
        url = system.partition("|")[0]
        own = self.written(url, code).get("designation", ())
        return [*own, *self._supplements.get((url, code), ())]

    def display(self, system: str, code: str, language: str | None) -> str | None:
        """Return the display in a language, else the system's own; None where it has none."""
        if language:
            for each in self.designations(system, code):
                if each.get("language", "").partition("-")[0] == language.partition("-")[0].lower():
                    return str(each["value"])
        return self.written(system, code).get("display")

    def value_set(self, url: str, version: str | None = None) -> Resource:
        """Return a value set; raises ValueSetUnknown, VersionUnknown."""
        bare, _, pinned = url.partition("|")
        found = self.library.find("ValueSet", bare)
        if found is None:
            raise ValueSetUnknown(url=_cut(bare))
        _check_version(found, bare, version or pinned)
        return found

    def is_member(self, url: str, coded: Coded) -> bool:
        """Tell whether a value set has a code; raises CodeUndecided where it cannot be told."""
        bare = url.partition("|")[0]
        held = self.codes().is_member(bare, coded.system, coded.code)
        if held is None:
            if coded.system is not None and coded.system in LICENSED:
                self.system(coded.system)
            raise CodeUndecided(code=_cut(coded.code), list=_cut(bare))
        return held

    def members_of(self, url: str, find: Callable[[], Members]) -> Members:
        """Return the members of a value set, found once; what `find` raises is not kept."""
        bare = url.partition("|")[0]
        found = self._members.get(bare)
        if found is None:
            found = find()
            if len(found) + sum(map(len, self._members.values())) > MOST_MEMBERS:
                self._members.clear()
            self._members[bare] = found
        return found

    def concept_map(self, url: str, version: str | None = None) -> Resource:
        """Return a map; raises MapUnknown, VersionUnknown."""
        bare, _, pinned = url.partition("|")
        found = self.library.find("ConceptMap", bare)
        if found is None:
            raise MapUnknown(url=_cut(bare))
        _check_version(found, bare, version or pinned)
        return found

    @cached_property
    def _supplements(self) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for resource in self._over:
            if resource.get("content") == "supplement":
                url = str(resource["supplements"]).partition("|")[0]
                for each in walked(resource):
                    found.setdefault((url, each["code"]), []).extend(each.get("designation", ()))
        return found


def walked(resource: Resource) -> Iterator[dict[str, Any]]:
    """Yield every concept of a code system, each before those below it."""
    waiting = list(reversed(resource.get("concept", ())))
    while waiting:
        concept = waiting.pop()
        yield concept
        waiting.extend(reversed(concept.get("concept", ())))


def is_inactive(concept: Concept) -> bool:
    """Tell whether a concept is not to be used any more."""
    if not concept.properties:
        return False
    told = dict(concept.properties)
    return told.get("inactive") is True or str(told.get("status", "")).lower() in _RETIRED


def is_abstract(concept: Concept) -> bool:
    """Tell whether a concept only groups others."""
    if not concept.properties:
        return False
    told = dict(concept.properties)
    return told.get("notSelectable") is True or told.get("abstract") is True


def _check_version(resource: Resource, canonical: str, wanted: str | None) -> None:
    held = str(resource.get("version", ""))
    if wanted and held != wanted and not held.startswith(f"{wanted}."):
        raise VersionUnknown(canonical=canonical, wanted=_cut(wanted), held=held or "-")


def _cut(text: str) -> str:
    return text[:_CUT]
