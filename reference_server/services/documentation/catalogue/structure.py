"""A structure definition as rows to read: depth, cardinality, types, rules; draws nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.fhir.compose import write_json
from reference_server.fhir.r4.model import types
from reference_server.services.documentation.catalogue.said import own_words, said, title
from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.specification.elements import cardinality

_R4: Final = "http://hl7.org/fhir/R4"
_FIXED: Final = ("fixed", "pattern")
_ENDS: Final = ("minValue", "maxValue", "maxLength")
_FLAGS: Final = (("mustSupport", "S"), ("isModifier", "?!"), ("isSummary", "Σ"))
# What every element has and nobody looks for in a long list.
_EVERYWHERE: Final = frozenset({"id", "extension", "modifierExtension"})


class View(StrEnum):
    """How much of a structure is shown."""

    KEY = "key"
    DIFFERENTIAL = "differential"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A type, profile or list with the address of its page (`/…`: ours; `http…`: another's)."""

    label: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeTold:
    """A type of an element; `profiles` it must fit, `targets` a reference may lead to."""

    type: Target
    profiles: tuple[Target, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTold:
    """An invariant: in words (perhaps none but a pointer to FHIR) and as FHIRPath."""

    key: str
    severity: str
    human: str
    expression: str
    requirement: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One element. `values` are fixed values, patterns and limits as (name, value)."""

    id: str
    name: str
    slice_name: str
    depth: int
    cardinality: str
    flags: tuple[str, ...]
    types: tuple[TypeTold, ...]
    short: str
    definition: str
    binding: tuple[str, Target] | None
    values: tuple[tuple[str, str], ...]
    slicing: str
    rules: tuple[RuleTold, ...]
    reference: str
    is_forbidden: bool
    is_own: bool


def rows(shelf: Shelf, definition: Mapping[str, Any], view: View, language: str) -> tuple[Row, ...]:
    """Return the rows of a structure that has a snapshot, in one view."""
    reader = _Reader(shelf, definition, language)
    elements = reader.elements
    if view is not View.SNAPSHOT:
        wanted = reader.own if view is View.DIFFERENTIAL else set(_key_elements(reader))
        shown = {above for own in wanted for above in _above(own)}
        elements = [each for each in elements if each["id"] in shown]
    return tuple(reader.row(each) for each in elements)


def rules(shelf: Shelf, definition: Mapping[str, Any], language: str) -> tuple[RuleTold, ...]:
    """Return the invariants that a structure itself makes, in the order of its elements."""
    reader = _Reader(shelf, definition, language)
    found = {
        rule.key: rule
        for each in definition.get("differential", {}).get("element", ())
        for rule in reader.rules(each)
    }
    return tuple(found.values())


def type_address(code: str) -> str:
    """Return where FHIR tells of a type."""
    if code.startswith("http://hl7.org/fhirpath/"):
        return f"{_R4}/fhirpath.html"
    if code in types() and types().is_resource(code):
        return f"{_R4}/{code.lower()}.html"
    special = {"Extension": "extensibility", "Reference": "references", "Narrative": "narrative",
               "Meta": "resource"}  # fmt: skip
    if code in special:
        return f"{_R4}/{special[code]}.html"
    inline = code in {"BackboneElement", "Element"}
    return f"{_R4}/{code.lower()}.html" if inline else f"{_R4}/datatypes.html#{code}"


def target(shelf: Shelf, canonical: str, language: str) -> Target:
    """Return a canonical as a link: ours where we have it, else where it says itself."""
    found = shelf.by_url(canonical)
    if found is not None:
        return Target(label=title(found.resource, language), address=found.place)
    label = canonical.partition("|")[0].rpartition("/")[2] or canonical
    return Target(label=label, address=canonical if canonical.startswith("http") else "")


def _above(own: str) -> Iterator[str]:
    """Yield an element's id and those above it; a slice comes with the element it slices."""
    steps = own.split(".")
    for count in range(1, len(steps) + 1):
        yield ".".join(steps[:count])
        if ":" in steps[count - 1]:
            yield ".".join((*steps[: count - 1], steps[count - 1].partition(":")[0]))


def _key_elements(reader: "_Reader") -> Iterator[str]:
    """Yield what somebody must or must not write, and what must be supported."""
    for each in reader.elements:
        last = each["path"].rpartition(".")[2]
        is_root = "." not in each["path"]
        forbidden_here = each.get("max") == "0" and each["id"] in reader.own
        needed = each.get("min", 0) > 0 and each.get("max") != "0" and last not in _EVERYWHERE
        if is_root or each.get("mustSupport") or forbidden_here or needed:
            yield each["id"]


class _Reader:
    """Owns one definition while it is read in one language."""

    def __init__(self, shelf: Shelf, definition: Mapping[str, Any], language: str) -> None:
        self.shelf = shelf
        self.definition = definition
        self.language = language
        snapshot = definition.get("snapshot", {}).get("element", ())
        own = definition.get("differential", {}).get("element", ())
        self.elements = [{**each, "id": each.get("id", each["path"])} for each in snapshot or own]
        self.own = {each.get("id", each["path"]) for each in own}

    def row(self, element: Mapping[str, Any]) -> Row:
        own, path = element["id"], element["path"]
        last = own.rpartition(".")[2]
        slicing = element.get("slicing")
        return Row(
            id=own,
            name=path.rpartition(".")[2],
            slice_name=last.partition(":")[2],
            depth=own.count(".") + (1 if ":" in last else 0),
            cardinality=cardinality(element) if "." in path else "",
            flags=tuple(mark for name, mark in _FLAGS if element.get(name)),
            types=tuple(self.type(each) for each in element.get("type", ())) if "." in path else (),
            short=self.short(element),
            definition=own_words(said(element, "definition", self.language)),
            binding=self.binding(element),
            values=tuple(_values(element)),
            slicing="" if slicing is None else _slicing(slicing),
            rules=tuple(self.rules(element)),
            reference=_reference(element),
            is_forbidden=element.get("max") == "0",
            is_own=own in self.own,
        )

    def short(self, element: Mapping[str, Any]) -> str:
        if "." not in element["path"]:
            return said(self.definition, "title", self.language)
        return own_words(said(element, "short", self.language))

    def type(self, told: Mapping[str, Any]) -> TypeTold:
        code = str(told.get("code", ""))
        shown = code.rpartition("/")[2]
        label = shown.removeprefix("System.").lower() if code != shown else code
        link = self.link
        return TypeTold(
            type=Target(label=label, address=type_address(code)),
            profiles=tuple(link(each) for each in told.get("profile", ())),
            targets=tuple(link(each) for each in told.get("targetProfile", ())),
        )

    def link(self, canonical: str) -> Target:
        return target(self.shelf, canonical, self.language)

    def binding(self, element: Mapping[str, Any]) -> tuple[str, Target] | None:
        told = element.get("binding")
        if not told or "valueSet" not in told:
            return None
        return str(told.get("strength", "")), self.link(str(told["valueSet"]))

    def rules(self, element: Mapping[str, Any]) -> Iterator[RuleTold]:
        for each in element.get("constraint", ()):
            yield RuleTold(
                key=str(each.get("key", "")),
                severity=str(each.get("severity", "")),
                human=own_words(said(each, "human", self.language)),
                expression=str(each.get("expression", "")),
                requirement=str(each.get("requirements", "")),
                is_own=each.get("source") == self.definition.get("url"),
            )


def _values(element: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in element.items():
        if key.startswith((*_FIXED, *_ENDS)):
            name = next(each for each in (*_FIXED, *_ENDS) if key.startswith(each))
            shown = write_json(value).decode() if isinstance(value, dict) else str(value)
            yield name, shown


def _slicing(told: Mapping[str, Any]) -> str:
    by = ", ".join(f"{e.get('type')}: {e.get('path')}" for e in told.get("discriminator", ()))
    return f"{told.get('rules', '')}{' · ' if by else ''}{by}"


def _reference(element: Mapping[str, Any]) -> str:
    """Return where FHIR tells of an element itself."""
    path = str(element.get("base", {}).get("path", element["path"]))
    kind = path.partition(".")[0]
    if kind in types() and types().is_resource(kind):
        return f"{_R4}/{kind.lower()}-definitions.html#{path}"
    return f"{_R4}/datatypes-definitions.html#{path}" if "." in path else ""
