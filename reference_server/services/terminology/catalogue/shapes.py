"""The parts of a resource that this service walks through, and nothing else of it.

A resource that is brought in must have them as FHIR says; the rest is the validator's to judge.
"""

from typing import Final

import msgspec

from reference_server.fhir.r4.store import Resource


class ShapeFaultError(ValueError):
    """A resource that is brought in cannot be walked through: which one."""


class _Designation(msgspec.Struct, frozen=True):
    value: str
    language: str = ""


class _Property(msgspec.Struct, frozen=True):
    code: str


class _Concept(msgspec.Struct, frozen=True):
    code: str
    display: str = ""
    designation: tuple[_Designation, ...] = ()
    property: tuple[_Property, ...] = ()
    concept: tuple["_Concept", ...] = ()


class _CodeSystem(msgspec.Struct, frozen=True):
    url: str
    content: str
    name: str = ""
    version: str = ""
    supplements: str = ""
    concept: tuple[_Concept, ...] = ()


class _Filter(msgspec.Struct, frozen=True):
    property: str
    op: str
    value: str


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    system: str = ""
    concept: tuple[_Concept, ...] = ()
    filter: tuple[_Filter, ...] = ()
    value_set: tuple[str, ...] = ()


class _Compose(msgspec.Struct, frozen=True):
    include: tuple[_Part, ...]
    exclude: tuple[_Part, ...] = ()


class _Contained(msgspec.Struct, frozen=True):
    system: str = ""
    code: str = ""
    contains: tuple["_Contained", ...] = ()


class _Expansion(msgspec.Struct, frozen=True):
    contains: tuple[_Contained, ...] = ()


class _ValueSet(msgspec.Struct, frozen=True):
    url: str
    name: str = ""
    version: str = ""
    compose: _Compose | None = None
    expansion: _Expansion | None = None


class _Target(msgspec.Struct, frozen=True):
    code: str = ""
    display: str = ""
    equivalence: str = ""


class _Element(msgspec.Struct, frozen=True):
    code: str = ""
    display: str = ""
    target: tuple[_Target, ...] = ()


class _Unmapped(msgspec.Struct, frozen=True):
    mode: str
    code: str = ""
    url: str = ""


class _Group(msgspec.Struct, frozen=True):
    source: str = ""
    target: str = ""
    element: tuple[_Element, ...] = ()
    unmapped: _Unmapped | None = None


class _ConceptMap(msgspec.Struct, frozen=True):
    url: str
    name: str = ""
    version: str = ""
    group: tuple[_Group, ...] = ()


SHAPES: Final = {"CodeSystem": _CodeSystem, "ValueSet": _ValueSet, "ConceptMap": _ConceptMap}


def check_shape(resource: Resource) -> None:
    """Raise ShapeFaultError unless the service can walk through a resource."""
    kind = resource.get("resourceType")
    name = f"{kind}/{resource.get('id', resource.get('url', '-'))}"
    shape = SHAPES.get(str(kind))
    if shape is None:
        raise ShapeFaultError(name)
    try:
        msgspec.convert(resource, type=shape)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ShapeFaultError(f"{name}: {error}") from error
