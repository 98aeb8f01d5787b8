"""The types of R4 and their elements, as FHIRPath and the validator walk them; judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reference_server.fhir.r4.store import FactsFile, read_facts

BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_SYSTEM: Final = "http://hl7.org/fhirpath/System."
_NARROW: Final = frozenset({"Element", "BackboneElement"})


@dataclass(slots=True, kw_only=True)
class TypeInfo:
    """One type: `Patient`, `HumanName`, `code`, or an element with its own: `Patient.contact`.

    `keys` maps each JSON key to the element it belongs to and to the type of its value, None
    where the value itself tells (a resource).
    """

    name: str
    base: "TypeInfo | None"
    primitive: bool
    resource: bool
    elements: dict[str, "ElementInfo"] = field(default_factory=dict)
    keys: dict[str, tuple["ElementInfo", "TypeInfo | None"]] = field(default_factory=dict)
    ancestors: frozenset[str] = frozenset()

    def is_a(self, name: str) -> bool:
        """Tell whether this is a type of that name, or derived from one."""
        return name in self.ancestors


@dataclass(slots=True, kw_only=True, eq=False)
class ElementInfo:
    """One element of a type: its name without `[x]`, its types by JSON key, how often it is."""

    name: str
    path: str
    choice: bool
    repeats: bool
    types: Mapping[str, TypeInfo | None]
    only: tuple[str, str, TypeInfo] | None = None
    """The key, the `_key` beside it and the type, where there is but one and it is known."""

    def __post_init__(self) -> None:
        if len(self.types) == 1:
            [(key, kind)] = self.types.items()
            self.only = None if kind is None else (key, f"_{key}", kind)


class UnknownTypeError(LookupError):
    """R4 has no such type."""


class Types:
    """Owns every type of a file of facts; made when first asked for."""

    def __init__(self, facts: FactsFile) -> None:
        self._facts = facts
        self._known: dict[str, TypeInfo] = {}
        self._names = {
            entry.type: entry.url
            for entry in facts.entries("StructureDefinition")
            if entry.derivation != "constraint" and entry.kind != "logical"
        }

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def get(self, name: str) -> TypeInfo:
        """Return a type by its name; raises UnknownTypeError."""
        found = self._known.get(name)
        return found or self._make(name)

    def is_resource(self, name: str) -> bool:
        """Tell whether a name is a resource type's."""
        return name in self._names and self.get(name).resource

    def _make(self, name: str) -> TypeInfo:
        url = self._names.get(name)
        definition = None if url is None else self._facts.find("StructureDefinition", url)
        if definition is None:
            raise UnknownTypeError(name)
        base = definition.get("baseDefinition", "").removeprefix(BASE)
        made = TypeInfo(
            name=name,
            base=self.get(base) if base else None,
            primitive=definition["kind"] == "primitive-type",
            resource=definition["kind"] == "resource",
        )
        made.ancestors = frozenset({name}) | (made.base.ancestors if made.base else frozenset())
        self._known[name] = made
        self._fill(definition["snapshot"]["element"][1:])
        return made

    def _fill(self, elements: list[dict[str, Any]]) -> None:
        """Make the types that elements have of their own, then give every type its elements."""
        for element in elements:
            codes = {each["code"] for each in element.get("type", ())}
            path = element["path"]
            if codes & _NARROW and path not in self._known:
                base = self.get(next(iter(codes & _NARROW)))
                self._known[path] = TypeInfo(
                    name=path,
                    base=base,
                    primitive=False,
                    resource=False,
                    ancestors=frozenset({path}) | base.ancestors,
                )
        for element in elements:
            parent, _, name = element["path"].rpartition(".")
            # The value of a primitive is FHIRPath's own, no element to walk to.
            if not (self._known[parent].primitive and name == "value"):
                self._add(self._known[parent], name, element)

    def _add(self, owner: TypeInfo, name: str, element: dict[str, Any]) -> None:
        choice = name.endswith("[x]")
        plain = name.removesuffix("[x]")
        types: dict[str, TypeInfo | None] = {}
        if "contentReference" in element:
            types[plain] = self._known[element["contentReference"].rpartition("#")[2]]
        for each in element.get("type", ()):
            code = each["code"]
            key = plain + code[0].upper() + code[1:] if choice else plain
            types[key] = self._type_of(owner, element["path"], code)
        info = ElementInfo(
            name=plain, path=element["path"], choice=choice, repeats=element["max"] != "1",
            types=types,
        )  # fmt: skip
        owner.elements[plain] = info
        for key, kind in types.items():
            owner.keys[key] = (info, kind)

    def _type_of(self, owner: TypeInfo, path: str, code: str) -> TypeInfo | None:
        if code in _NARROW:
            return self._known[path]
        if code.startswith(_SYSTEM):
            return self.get(_of_system(owner, path))
        kind = self.get(code)
        return None if kind.resource else kind


def _of_system(owner: TypeInfo, path: str) -> str:
    """Return the FHIR type of an element that R4 declares with a type of FHIRPath's system."""
    if path == "Extension.url":
        return "uri"
    return "id" if owner.resource else "string"


@cache
def facts() -> FactsFile:
    """Return R4's facts, their index read once a process."""
    return read_facts(files("reference_server.fhir.r4") / "r4.facts")


@cache
def types() -> Types:
    """Return R4's types, each made once a process."""
    return Types(facts())
