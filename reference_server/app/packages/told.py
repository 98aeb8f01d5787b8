"""What a package changes, as a value to print: artefacts, and what became stricter in them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from reference_server.fhir.validation.packages import BUILT_IN
from reference_server.services.documentation.catalogue import changes as compared
from reference_server.services.documentation.catalogue.shelf import Held, Shelf
from reference_server.services.documentation.model import Artefact, Changed, Standing
from reference_server.specification.elements import Effect, ElementChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`before` is the package whose place it takes, empty where it takes none.

    `stricter` holds, by `Type/id`, the element changes that make an artefact stricter; `missing`
    are packages that it says it needs and that are not here.
    """

    package: str
    before: str
    is_kept: bool
    changes: tuple[Changed, ...]
    stricter: Mapping[str, tuple[ElementChange, ...]]
    missing: tuple[str, ...]

    def totals(self) -> dict[str, int]:
        """Return how many artefacts came, went, changed, and how many changes are stricter."""
        counted = dict.fromkeys(Standing, 0)
        for change in self.changes:
            counted[change.standing] += 1
        told = {str(each): count for each, count in counted.items()}
        return {**told, "stricter": sum(each.stricter for each in self.changes)}

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "package": self.package,
            "replaces": self.before,
            "kept": self.is_kept,
            "totals": self.totals(),
            "changes": [asdict(each) for each in self.changes],
            "stricter": {
                name: [asdict(each) for each in found] for name, found in self.stricter.items()
            },
            "missing": list(self.missing),
        }


def told(shelf: Shelf, new: Held, *, language: str, is_kept: bool) -> Told:
    """Return what a release changes on the shelf where it is the newest."""
    before = shelf.before(new)
    found = compared.of_releases(shelf, before or _nothing(new), new, language)
    return Told(
        package=new.release.label,
        before="" if before is None else before.release.label,
        is_kept=is_kept,
        changes=found,
        stricter={} if before is None else dict(_stricter(shelf, before, new, found)),
        missing=tuple(_missing(shelf, new)),
    )


def _stricter(
    shelf: Shelf, before: Held, new: Held, found: tuple[Changed, ...]
) -> list[tuple[str, tuple[ElementChange, ...]]]:
    listed = []
    for each in found:
        if each.stricter:
            first, second = (_artefact(held, each) for held in (before, new))
            every = compared.of_elements(shelf, first, second)
            harder = tuple(one for one in every if one.effect is Effect.STRICTER)
            listed.append((f"{each.type}/{each.id}", harder))
    return listed


def _artefact(held: Held, named: Changed) -> Artefact:
    resource = next(
        each
        for each in held.resources
        if (each["resourceType"], each["id"]) == (named.type, named.id)
    )
    return Artefact(resource=resource, release=held.release)


def _nothing(new: Held) -> Held:
    return Held(release=new.release, resources=(), examples=(), archive=bytes)


def _missing(shelf: Shelf, new: Held) -> list[str]:
    """Return what the package says it needs and that no release here offers."""
    here = {each.release.name for each in shelf.held}
    return [
        f"{name}#{version}"
        for name, version in new.dependencies
        if name not in here and name not in BUILT_IN
    ]
