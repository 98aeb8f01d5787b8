"""Whether a resource's JSON has FHIR's form: known elements, types, counts; knows no business.

A thin reader for the types of `definitions`. Profiles, terminology and invariants are the
validator's, which says of form all that this says but one thing: what of R4 is not read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from reference_server.fhir.definitions import RESOURCE_TYPES, Element, structures
from reference_server.fhir.json_reader import JsonObject, JsonValue
from reference_server.fhir.paths import Place
from reference_server.fhir.primitives import PRIMITIVES, has_json_kind, is_primitive

MAX_FAULTS = 200
_MAX_NAME_SHOWN = 64


class FaultKind(StrEnum):
    """What may be wrong with the form of a resource."""

    UNKNOWN = "element-unknown"
    TYPE = "element-type"
    VALUE = "element-value"
    MISSING = "element-missing"
    REPEATED = "element-repeated"
    EMPTY = "element-empty"
    RESOURCE = "resource-unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureFault:
    """One thing wrong with the form; `params` are `name`, `expected`, `limit` or `type`."""

    kind: FaultKind
    expression: str
    params: dict[str, str | int]


def structure_faults(resource: JsonValue, expected: str) -> tuple[StructureFault, ...]:
    """Return what is wrong with the form of a resource, the first 200 faults of it."""
    found = _resource(Place(resource, expected), expected)
    return tuple(islice(found, MAX_FAULTS))


def all_known(resource: JsonValue) -> bool:
    """Tell whether every resource and element, at any depth, is one that `definitions` knows.

    The form of what is known is not looked at: of a resource that R4's own definitions call good,
    this is all that is left to ask.
    """
    waiting: list[tuple[JsonValue, str]] = [(resource, "Resource")]
    while waiting:
        value, kind = waiting.pop()
        if isinstance(value, list):
            waiting.extend([(each, kind) for each in value])
        elif isinstance(value, dict):
            below = _known_below(value, kind)
            if below is None:
                return False
            waiting.extend(below)
    return True


def _known_below(value: JsonObject, kind: str) -> list[tuple[JsonValue, str]] | None:
    """Return what is below an object, with its types; None where something is not known."""
    if kind == "Resource":
        kind = str(value.get("resourceType"))
        if kind not in RESOURCE_TYPES:
            return None
    structure = structures().get(kind)
    if structure is None:
        return None
    found: list[tuple[JsonValue, str]] = []
    for name, held in value.items():
        element = structure.elements.get(name)
        if element is not None:
            found.append((held, element.type))
        elif name[:1] == "_" and name[1:] in structure.elements:
            found.append((held, "Element"))
        elif name != "resourceType":
            return None
    return found


def _fault(kind: FaultKind, expression: str, **params: str | int) -> StructureFault:
    return StructureFault(kind=kind, expression=expression, params=params)


def _resource(place: Place, expected: str | None = None) -> Iterator[StructureFault]:
    if not isinstance(place.value, dict):
        yield _fault(FaultKind.TYPE, place.expression, expected=expected or "Resource")
        return
    name = place.value.get("resourceType")
    if not isinstance(name, str):
        yield _fault(FaultKind.MISSING, place.child("resourceType"), name="resourceType")
    elif name not in RESOURCE_TYPES or expected not in {None, name}:
        yield _fault(FaultKind.RESOURCE, place.expression, type=name[:_MAX_NAME_SHOWN])
    else:
        yield from _object(place, name)


def _object(place: Place, type_name: str) -> Iterator[StructureFault]:
    structure = structures()[type_name]
    is_resource = type_name in RESOURCE_TYPES
    if not place.object:
        yield _fault(FaultKind.EMPTY, place.expression)
    present: set[str] = set()
    for name in place.object:
        element = structure.elements.get(name.removeprefix("_"))
        if name == "resourceType" and is_resource:
            continue
        if element is None or (name.startswith("_") and element.type not in PRIMITIVES):
            yield _fault(FaultKind.UNKNOWN, place.child(name), name=name[:_MAX_NAME_SHOWN])
            continue
        if element.choice in present and not name.startswith("_"):
            yield _fault(FaultKind.REPEATED, place.child(name), limit=1)
        if not name.startswith("_"):
            present.add(element.choice or name)
        yield from _element(place.get(name) or place, element, beside=name.startswith("_"))
    for name in sorted(structure.required - present):
        yield _fault(FaultKind.MISSING, place.child(name.removesuffix("[x]")), name=name)


def _element(place: Place, element: Element, *, beside: bool) -> Iterator[StructureFault]:
    """Look at an element's value; `beside` it is the `_name` that extends a primitive."""
    if not element.repeats:
        yield from _value(place, element, beside=beside)
    elif not isinstance(place.value, list):
        yield _fault(FaultKind.TYPE, place.expression, expected=f"{element.type}[]")
    elif not place.value:
        yield _fault(FaultKind.EMPTY, place.expression)
    else:
        for item in place.items():
            if item.value is not None or element.type not in PRIMITIVES:
                yield from _value(item, element, beside=beside)


def _value(place: Place, element: Element, *, beside: bool) -> Iterator[StructureFault]:
    if beside:
        yield from _extended(place)
    elif element.type == "Resource":
        yield from _resource(place)
    elif element.type in PRIMITIVES:
        yield from _primitive(place, element)
    elif not isinstance(place.value, dict):
        yield _fault(FaultKind.TYPE, place.expression, expected=element.type)
    else:
        yield from _object(place, element.type)


def _extended(place: Place) -> Iterator[StructureFault]:
    known = {"id", "extension"}
    if not isinstance(place.value, dict) or not place.value:
        yield _fault(FaultKind.TYPE, place.expression, expected="Element")
        return
    for name in place.value:
        if name not in known:
            yield _fault(FaultKind.UNKNOWN, place.child(name), name=name[:_MAX_NAME_SHOWN])
    for extension in place.each("extension"):
        yield from _value(extension, _EXTENSION, beside=False)


def _primitive(place: Place, element: Element) -> Iterator[StructureFault]:
    if not has_json_kind(place.value, element.type):
        yield _fault(FaultKind.TYPE, place.expression, expected=element.type)
    elif place.value == "":
        yield _fault(FaultKind.EMPTY, place.expression)
    elif not is_primitive(place.value, element.type) or (
        element.codes and place.value not in element.codes
    ):
        yield _fault(FaultKind.VALUE, place.expression, expected=element.type)


_EXTENSION = Element(type="Extension", required=False, repeats=False, codes=frozenset())
