"""Whether a resource's JSON has FHIR's form: known elements, types, counts; knows no business.

A thin reader for the types of `definitions`. Profiles, terminology and invariants are the
validator's, which says of form all that this says but one thing: what of R4 is not read here.
"""

import contextlib
from dataclasses import dataclass
from enum import StrEnum

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


class _EnoughError(Exception):
    """As many faults are found as are told."""


def structure_faults(resource: JsonValue, expected: str) -> tuple[StructureFault, ...]:
    """Return what is wrong with the form of a resource, the first 200 faults of it."""
    reader = _Reader()
    with contextlib.suppress(_EnoughError):
        reader.resource(Place(resource, expected), expected)
    return tuple(reader.faults)


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


class _Reader:
    """Owns the faults found so far in one resource."""

    def __init__(self) -> None:
        self.faults: list[StructureFault] = []
        self._structures = structures()

    def resource(self, place: Place, expected: str | None = None) -> None:
        if not isinstance(place.value, dict):
            self._wrong(FaultKind.TYPE, place.expression, expected=expected or "Resource")
            return
        name = place.value.get("resourceType")
        if not isinstance(name, str):
            self._wrong(FaultKind.MISSING, place.child("resourceType"), name="resourceType")
        elif name not in RESOURCE_TYPES or expected not in {None, name}:
            self._wrong(FaultKind.RESOURCE, place.expression, type=name[:_MAX_NAME_SHOWN])
        else:
            self._object(place, name)

    def _object(self, place: Place, type_name: str) -> None:
        structure = self._structures[type_name]
        if not place.object:
            self._wrong(FaultKind.EMPTY, place.expression)
        present: set[str] = set()
        for name, below in place.object.items():
            if name == "resourceType" and type_name in RESOURCE_TYPES:
                continue
            beside = name.startswith("_")
            element = structure.elements.get(name[1:] if beside else name)
            if element is None or (beside and element.type not in PRIMITIVES):
                self._wrong(FaultKind.UNKNOWN, place.child(name), name=name[:_MAX_NAME_SHOWN])
                continue
            if not beside:
                if element.choice in present:
                    self._wrong(FaultKind.REPEATED, place.child(name), limit=1)
                present.add(element.choice or name)
            self._element(Place(below, above=place, step=f".{name}"), element, beside=beside)
        if not structure.required <= present:
            for name in sorted(structure.required - present):
                at = place.child(name.removesuffix("[x]"))
                self._wrong(FaultKind.MISSING, at, name=name)

    def _element(self, place: Place, element: Element, *, beside: bool) -> None:
        """Look at an element's value; `beside` it is the `_name` that extends a primitive."""
        if not element.repeats:
            self._value(place, element, beside=beside)
        elif not isinstance(place.value, list):
            self._wrong(FaultKind.TYPE, place.expression, expected=f"{element.type}[]")
        elif not place.value:
            self._wrong(FaultKind.EMPTY, place.expression)
        else:
            for item in place.items():
                if item.value is not None or element.type not in PRIMITIVES:
                    self._value(item, element, beside=beside)

    def _value(self, place: Place, element: Element, *, beside: bool) -> None:
        if beside:
            self._extended(place)
        elif element.type in PRIMITIVES:
            self._primitive(place, element)
        elif element.type == "Resource":
            self.resource(place)
        elif not isinstance(place.value, dict):
            self._wrong(FaultKind.TYPE, place.expression, expected=element.type)
        else:
            self._object(place, element.type)

    def _extended(self, place: Place) -> None:
        if not isinstance(place.value, dict) or not place.value:
            self._wrong(FaultKind.TYPE, place.expression, expected="Element")
            return
        for name in place.value:
            if name not in _OF_EXTENDED:
                self._wrong(FaultKind.UNKNOWN, place.child(name), name=name[:_MAX_NAME_SHOWN])
        for extension in place.each("extension"):
            self._value(extension, _EXTENSION, beside=False)

    def _primitive(self, place: Place, element: Element) -> None:
        if not has_json_kind(place.value, element.type):
            self._wrong(FaultKind.TYPE, place.expression, expected=element.type)
        elif place.value == "":
            self._wrong(FaultKind.EMPTY, place.expression)
        elif not is_primitive(place.value, element.type) or (
            element.codes and place.value not in element.codes
        ):
            self._wrong(FaultKind.VALUE, place.expression, expected=element.type)

    def _wrong(self, kind: FaultKind, expression: str, **params: str | int) -> None:
        self.faults.append(StructureFault(kind=kind, expression=expression, params=params))
        if len(self.faults) == MAX_FAULTS:
            raise _EnoughError


_OF_EXTENDED = frozenset({"id", "extension"})
_EXTENSION = Element(type="Extension", required=False, repeats=False, codes=frozenset())
