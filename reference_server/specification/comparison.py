"""What changes between two sets of artefacts: facts only, no prose; judges neither.

An artefact is the same by its canonical, or, where it has none, by type and id. Within it each
value has a place: `snapshot.element[ServiceRequest.code].min`. The items of a list are told apart
by what names them (an element's id, a rule's key, a code), so that order alone changes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot
from reference_server.specification.model import Resource

_PROSE: Final = frozenset(
    {"alias", "base", "comment", "contact", "copyright", "date", "definition", "description",
     "differential", "documentation", "example", "experimental", "fhirVersion", "human", "id",
     "isModifierReason", "jurisdiction", "language", "mapping", "meta", "name", "publisher",
     "purpose", "requirements", "short", "source", "status", "text", "title", "useContext",
     "version"}
)  # fmt: skip
_NAMES: Final = ("id", "key", "code", "url", "name", "system", "value", "property", "path")


class Kind(StrEnum):
    """How something changes; unreadable: its snapshot cannot be made, so nobody can tell."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; `place` is empty where it is the artefact as a whole."""

    kind: Kind
    artefact: str
    place: str = ""
    before: str = ""
    after: str = ""


def compare(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[Change]:
    """Yield what changes, by artefact and place."""
    old, new = _by_name(before), _by_name(after)
    old_library, new_library = _library(old), _library(new)
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Change(kind=Kind.REMOVED, artefact=name)
        elif name not in old:
            yield Change(kind=Kind.ADDED, artefact=name)
        else:
            try:
                first, second = _whole(old[name], old_library), _whole(new[name], new_library)
            except SnapshotError as error:
                yield Change(kind=Kind.UNREADABLE, artefact=name, after=str(error))
                continue
            yield from _changes(name, dict(_facts(first, "")), dict(_facts(second, "")))


def _by_name(resources: Iterable[Resource]) -> dict[str, Resource]:
    return {r.get("url") or f"{r['resourceType']}/{r.get('id', '')}": r for r in resources}


def _library(resources: Mapping[str, Resource]) -> Library:
    library = Library()
    library.lay(resources.values())
    return library


def _whole(resource: Resource, library: Library) -> Resource:
    if resource["resourceType"] != "StructureDefinition":
        return resource
    return with_snapshot(resource, library.structure)


def _changes(artefact: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for place in sorted(old.keys() | new.keys()):
        before, after = old.get(place, ""), new.get(place, "")
        if before != after:
            kind = Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED
            yield Change(kind=kind, artefact=artefact, place=place, before=before, after=after)


def _facts(value: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  JSON
    """Yield the values of a tree by their places."""
    if isinstance(value, dict):
        for key, held in value.items():
            if key not in _PROSE and not key.startswith("_"):
                yield from _facts(held, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        seen: dict[str, int] = {}
        for item in value:
            name = _name_of(item)
            seen[name] = seen.get(name, 0) + 1
            again = f" {seen[name]}" if seen[name] > 1 else ""
            where = f"{place}[{name}{again}]"
            yield where, "+"
            if isinstance(item, dict):
                yield from _facts(item, where)
    else:
        yield place, json.dumps(value, ensure_ascii=False, default=str)


def _name_of(item: Any) -> str:  # noqa: ANN401  JSON
    if not isinstance(item, dict):
        return str(item)
    return next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str)), "")
