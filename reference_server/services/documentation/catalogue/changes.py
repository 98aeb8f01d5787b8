"""What two releases, or two versions of an artefact, do not have alike; judges no resource."""

from collections.abc import Mapping
from typing import Any

from reference_server.services.documentation.catalogue.said import title
from reference_server.services.documentation.catalogue.shelf import Held, Shelf
from reference_server.services.documentation.model import Artefact, Changed, Standing
from reference_server.specification.comparison import Change, compare
from reference_server.specification.elements import Effect, ElementChange, compare_elements


def of_elements(shelf: Shelf, before: Artefact, after: Artefact) -> tuple[ElementChange, ...]:
    """Return what changes between two versions of a structure, element by element."""
    return compare_elements(shelf.whole(before), shelf.whole(after))


def of_values(before: Artefact, after: Artefact) -> tuple[Change, ...]:
    """Return what changes between two versions of any artefact, by place."""
    same = {"url": after.url} if after.url else {"id": after.id}
    found = compare(({**before.resource, **same},), ({**after.resource, **same},))
    return tuple(each for each in found if each.place)


def of_releases(shelf: Shelf, before: Held, after: Held, language: str) -> tuple[Changed, ...]:
    """Return the artefacts that two releases do not have alike, in the order of their types."""
    old, new = _by_name(before), _by_name(after)
    found = []
    for key in (*new, *(each for each in old if each not in new)):
        first, second = old.get(key), new.get(key)
        if first is None:
            found.append(_changed(new[key], Standing.ADDED, language))
        elif second is None:
            found.append(_changed(first, Standing.REMOVED, language))
        else:
            counted = _counted(shelf, first, second)
            if counted[0]:
                found.append(_changed(second, Standing.CHANGED, language, counted))
    return tuple(found)


def _by_name(held: Held) -> Mapping[tuple[str, str], Artefact]:
    """Return artefacts by type and id: two packages may stand under two canonical bases."""
    return {
        (each["resourceType"], each["id"]): Artefact(resource=each, release=held.release)
        for each in held.resources
        if each["resourceType"] != "ImplementationGuide"
    }


def _counted(shelf: Shelf, before: Artefact, after: Artefact) -> tuple[int, int, int]:
    if after.type != "StructureDefinition":
        return len(of_values(before, after)), 0, 0
    found = of_elements(shelf, before, after)
    effects = [each.effect for each in found]
    return len(found), effects.count(Effect.STRICTER), effects.count(Effect.LOOSER)


def _changed(
    there: Artefact, standing: Standing, language: str, counted: tuple[int, int, int] = (0, 0, 0)
) -> Changed:
    resource: Mapping[str, Any] = there.resource
    return Changed(
        type=there.type,
        id=there.id,
        title=title(resource, language),
        standing=standing,
        changes=counted[0],
        stricter=counted[1],
        looser=counted[2],
    )
