"""Makes whole structure definitions of short differentials: ids, paths, snapshots, bases.

An element of a source has an `id` below its type (`identifier:matricule.value`, empty for the
type itself) and whatever ElementDefinition has. What a profile speaks of is *must support*,
unless it forbids it.
"""

from collections.abc import Mapping
from typing import Any, Final

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot
from reference_server.specification.model import Resource, SpecificationBrokenError

_FHIR: Final = "FHIR R4 4.0.1"
_INLINE: Final = frozenset({"Element", "BackboneElement"})


def structure(draft: Mapping[str, Any]) -> Resource:
    """Return a profile's source as a structure definition with a differential."""
    kind = draft["type"]
    told = {key: value for key, value in draft.items() if key != "elements"}
    elements = [_element(each, kind, draft["url"]) for each in draft["elements"]]
    return {
        "baseDefinition": f"{BASE}{kind}",
        **told,
        "fhirVersion": "4.0.1",
        "kind": "complex-type" if kind == "Extension" else "resource",
        "abstract": False,
        "derivation": "constraint",
        "differential": {"element": elements},
    }


def _element(told: Mapping[str, Any], kind: str, url: str) -> Resource:
    below = told["id"]
    own = f"{kind}.{below}" if below else kind
    path = ".".join(part.partition(":")[0] for part in own.split("."))
    made: Resource = {"id": own, "path": path}
    slice_name = own.rpartition(".")[2].partition(":")[2]
    if slice_name:
        made["sliceName"] = slice_name
    made.update({key: value for key, value in told.items() if key != "id"})
    if below and kind != "Extension" and made.get("max") != "0":
        made.setdefault("mustSupport", True)
    if "constraint" in made:
        made["constraint"] = [
            {"severity": "error", "source": url, **each} for each in made["constraint"]
        ]
    return made


def complete(resources: list[Resource]) -> list[Resource]:
    """Return resources whose profiles have snapshots; raises SpecificationBrokenError."""
    library = Library()
    library.lay(resources)
    return [_with_snapshot(each, library) for each in resources]


def _with_snapshot(resource: Resource, library: Library) -> Resource:
    if resource["resourceType"] != "StructureDefinition":
        return resource
    try:
        made = with_snapshot(resource, library.structure)
    except SnapshotError as error:
        raise SpecificationBrokenError(str(error)) from error
    elements = [_whole(each, library) for each in made["snapshot"]["element"]]
    snapshot = {"element": elements}
    # FHIR's order: the snapshot stands before the differential.
    return {**{k: v for k, v in made.items() if k not in {"snapshot", "differential"}},
            "snapshot": snapshot, "differential": made["differential"]}  # fmt: skip


def _whole(element: Resource, library: Library) -> Resource:
    """Return a snapshot's element with what FHIR demands of one; its prose is FHIR's own."""
    based = _base(element["path"], library)
    as_there = f"{_FHIR}: {based['path']}"
    made = {**element, "base": based}
    made.setdefault("definition", as_there)
    if made.get("isModifier"):
        made.setdefault("isModifierReason", as_there)
    if "binding" in made and "valueSet" not in made["binding"]:
        made["binding"] = {"description": as_there, **made["binding"]}
    if "constraint" in made:
        made["constraint"] = [
            {"human": f"{_FHIR}: {each['key']}", **each} for each in made["constraint"]
        ]
    return made


def _base(path: str, library: Library) -> Resource:
    """Return where FHIR itself defines an element, and how often it may be there."""
    found = _defined(path, library)
    return {"path": found["path"], "min": found.get("min", 0), "max": found.get("max", "*")}


def _defined(path: str, library: Library) -> Resource:
    """Return FHIR's own element of a path; it may be one of the type of the element above."""
    kind, _, below = path.partition(".")
    known = library.base.find("StructureDefinition", BASE + kind)
    elements = [] if known is None else known["snapshot"]["element"]
    own = next((each for each in elements if each["path"] == path), None)
    if own is not None:
        return dict(own)
    outer, _, last = path.rpartition(".")
    if not below or not outer:
        raise SpecificationBrokenError(f"{path}: FHIR knows no such element")
    above = _defined(outer, library)
    codes = [each["code"] for each in above["type"]]
    if codes[0] in _INLINE:
        return _defined(f"{above['path']}.{last}", library)
    # A choice that a profile goes into is one that it has narrowed; R4's own has many types.
    code = "Timing" if "Timing" in codes else codes[0]
    return _defined(f"{code}.{last}", library)
