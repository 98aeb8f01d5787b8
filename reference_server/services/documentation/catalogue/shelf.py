"""Everything documented in one World at one moment: releases, artefacts in force, their history."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot
from reference_server.fhir.validation.validator import Options, Validator
from reference_server.services.documentation.model import Artefact, Release
from reference_server.specification import Example
from reference_server.specification.brought import SHOWN_TYPES

Resource = dict[str, Any]
# What a definition whose JSON is not that of a StructureDefinition leads to.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A release with its content; `archive` gives the bytes of its `.tgz`."""

    release: Release
    resources: tuple[Resource, ...]
    examples: tuple[Example, ...]
    archive: Callable[[], bytes]
    dependencies: tuple[tuple[str, str], ...] = ()


class Shelf:
    """Owns the releases of one World, oldest first; the last of a slot is in force."""

    def __init__(self, held: Iterable[Held], *, base: str) -> None:
        """Take releases, and the canonical base of the national artefacts among them."""
        self.held = tuple(held)
        self.base = base
        self.memory: dict[object, Any] = {}

    def once(self, key: object, make: Callable[[], Any]) -> Any:  # noqa: ANN401  of whoever asks
        """Return what was worked out under a key: made once, gone with the shelf."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    @cached_property
    def in_force(self) -> tuple[Held, ...]:
        """The release in force of each slot, in the order of slots."""
        last = {each.release.slot: each for each in self.held}
        return tuple(last.values())

    @cached_property
    def artefacts(self) -> Mapping[tuple[str, str], Artefact]:
        """The artefacts in force by type and id, in the order in which people look for them."""
        found = [
            Artefact(resource=resource, release=held.release)
            for held in self.in_force
            for resource in held.resources
        ]
        found.sort(key=lambda each: (SHOWN_TYPES.index(each.type), each.id))
        # Of equal canonicals that of the package in the last slot counts, as in the library.
        by_name = {each.url or f"{each.type}/{each.id}": each for each in found}
        return {(each.type, each.id): each for each in by_name.values()}

    def find(self, kind: str, own: str) -> Artefact | None:
        """Return an artefact in force."""
        return self.artefacts.get((kind, own))

    def of_type(self, kind: str) -> tuple[Artefact, ...]:
        """Return the artefacts in force of one type."""
        return tuple(each for each in self.artefacts.values() if each.type == kind)

    def by_url(self, canonical: str) -> Artefact | None:
        """Return an artefact in force by its canonical, with or without a version."""
        return self._by_url.get(canonical.partition("|")[0])

    @cached_property
    def _by_url(self) -> Mapping[str, Artefact]:
        return {each.url: each for each in self.artefacts.values() if each.url}

    def history(self, kind: str, own: str) -> tuple[Artefact, ...]:
        """Return an artefact in every release that has it, oldest first.

        The same is what has the same type and id, or the canonical of the one in force.
        """
        current = self.find(kind, own)
        url = current.url if current is not None else ""
        return tuple(
            Artefact(resource=resource, release=held.release)
            for held in self.held
            for resource in held.resources
            if resource["resourceType"] == kind
            and (resource["id"] == own or (url and resource.get("url") == url))
        )

    def release(self, own: str) -> Held | None:
        """Return a release by its id."""
        return next((each for each in self.held if each.release.id == own), None)

    def before(self, held: Held) -> Held | None:
        """Return the release whose place another took."""
        same = [each for each in self.held if each.release.slot == held.release.slot]
        at = same.index(held)
        return same[at - 1] if at else None

    @cached_property
    def library(self) -> Library:
        """R4 with the artefacts in force over it."""
        library = Library()
        for held in self.in_force:
            library.lay(each for each in held.resources if "url" in each)
        return library

    @cached_property
    def codes(self) -> Codes:
        """The judge of membership of codes."""
        return Codes(self.library)

    def judge(self, language: str) -> Validator:
        """Return the validator of what is in force."""
        found: Validator = self.once(
            ("judge", language),
            lambda: Validator(library=self.library, options=Options(language=language)),
        )
        return found

    def whole(self, artefact: Artefact) -> Resource:
        """Return a resource as it is, a structure with its snapshot where one can be made."""
        resource = dict(artefact.resource)
        if artefact.type != "StructureDefinition":
            return resource
        key = ("whole", artefact.release.id, artefact.type, artefact.id)
        made: Resource = self.once(key, lambda: self._with_snapshot(resource, artefact.release))
        return made

    def _with_snapshot(self, resource: Resource, release: Release) -> Resource:
        held = self.release(release.id)
        library = Library()
        for each in (*self.in_force, *((held,) if held is not None else ())):
            library.lay(one for one in each.resources if "url" in one)
        try:
            return with_snapshot(resource, library.structure)
        except (SnapshotError, *_MALFORMED):
            return resource

    @cached_property
    def examples(self) -> Mapping[str, Example]:
        """The examples in force by id."""
        found: dict[str, Example] = {}
        for each in self._all_examples():
            own = each.id if each.id not in found else f"{each.resource['resourceType']}-{each.id}"
            found[own] = each
        return found

    def _all_examples(self) -> Iterator[Example]:
        for held in self.in_force:
            yield from held.examples
