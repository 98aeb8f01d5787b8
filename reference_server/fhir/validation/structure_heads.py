"""A StructureDefinition as a whole beside its base: kind, type, contexts, address, own rules.

Source: http://hl7.org/fhir/R4/structuredefinition.html, structuredefinition-definitions.html (kind,
type, context), extensibility.html#url, profiling.html#slicing, and of elements (constraint.key).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.library import Library

_ABSTRACT: Final = frozenset({"Element", "BackboneElement", "Resource", "DomainResource"})
Element = Mapping[str, Any]


def look(definition: Resource, library: Library) -> Iterator[Extra]:
    """Yield what does not fit together in a definition, its elements left aside."""
    kind, canonical = definition.get("type"), definition.get("baseDefinition")
    base = library.structure(canonical) if isinstance(canonical, str) else None
    if kind != "Extension":
        for name in ("context", "contextInvariant"):
            held = definition.get(name)
            for at, _ in enumerate(held if isinstance(held, list) else ()):
                yield Extra(rule="definition-context", below=f".{name}[{at}]")
    yield from _contexts(definition)
    if base is not None:
        yield from _beside(definition, base)
    if kind == "Extension" and canonical == f"{BASE}Extension":
        yield from _address(definition)


def _beside(definition: Resource, base: Resource) -> Iterator[Extra]:
    """Tell a kind or a type that is not the base's, where a profile only narrows."""
    derivation = definition.get("derivation")
    kind, own = definition.get("kind"), definition.get("type")
    if isinstance(kind, str) and kind != base.get("kind") and base.get("abstract") is not True:
        yield Extra(rule="definition-kind", params={"name": kind[:64],
                    "expected": str(base.get("kind"))})  # fmt: skip
    if derivation == "constraint" and isinstance(own, str) and own != base.get("type"):
        yield Extra(rule="definition-of-another-type", params={"name": own[:200],
                    "expected": str(base.get("type"))[:200]})  # fmt: skip
    if derivation == "specialization" and own == base.get("type"):
        yield Extra(rule="definition-same-type", params={"name": str(own)[:200]})


def _contexts(definition: Resource) -> Iterator[Extra]:
    """Tell contexts of an extension that name no element of R4."""
    held = definition.get("context")
    for at, each in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(each, dict) or each.get("type") != "element":
            continue
        path = each.get("expression")
        if isinstance(path, str) and "extension" not in each and not _is_element(path):
            yield Extra(rule="definition-context-unknown", below=f".context[{at}]",
                        params={"name": path[:200]})  # fmt: skip


def _is_element(path: str) -> bool:
    """Tell whether a path leads to an element; what is of no type of R4 is left alone."""
    first, *rest = path.partition("#")[2].split(".") if "#" in path else path.split(".")
    if first not in types() or "/" in path:
        return "/" in path or first in {"CanonicalResource", "MetadataResource"} or ":" in path
    kinds = {first: types().get(first)}
    for name in rest:
        plain = name.removesuffix("[x]")
        below = {
            each.name: each
            for kind in kinds.values()
            for key, (info, each) in kind.keys.items()
            if each is not None and plain in {key, info.name}
        }
        unseen = any(info.name == plain and kind is None for k in kinds.values()
                     for info, kind in k.keys.values())  # fmt: skip
        if unseen:
            return True
        if not below:
            return False
        kinds = below
    return True


def _address(definition: Resource) -> Iterator[Extra]:
    """Tell an extension whose fixed `url` is not its canonical."""
    own = definition.get("url")
    differential = definition.get("differential")
    elements = differential.get("element") if isinstance(differential, dict) else None
    if not isinstance(elements, list) or not isinstance(own, str):
        return
    found = (each for each in elements if isinstance(each, dict))
    fixed = next((e.get("fixedUri") for e in found if e.get("path") == "Extension.url"), None)
    if fixed != own:
        yield Extra(rule="definition-extension-url", params={"name": str(fixed)[:300],
                    "expected": own[:300]})  # fmt: skip


def look_at_elements(definition: Resource, base: Resource) -> Iterator[Extra]:
    """Yield what single elements of a differential may not say."""
    known = dict(_invariants(base["snapshot"]["element"]))
    for at, element in enumerate(definition["differential"]["element"]):
        below = f".differential.element[{at}]"
        path = str(element["path"])
        if "slicing" in element and not _can_be_sliced(path):
            yield Extra(rule="definition-slicing", below=f"{below}.slicing",
                        params={"name": path[:200]})  # fmt: skip
        silent = path == "Extension" or path.endswith("xtension")
        if "meaningWhenMissing" in element and not silent:
            yield Extra(rule="definition-meaning", below=below, params={"name": path[:200]})
        for index, each in enumerate(element.get("constraint", ())):
            key, told = str(each.get("key")), str(each.get("expression"))
            if known.setdefault(key, told) != told:
                yield Extra(rule="definition-key", below=f"{below}.constraint[{index}]",
                            params={"key": key[:64]})  # fmt: skip


def _invariants(elements: list[Element]) -> Iterator[tuple[str, str]]:
    for element in reversed(elements):
        for each in element.get("constraint", ()):
            yield str(each.get("key")), str(each.get("expression"))


def _can_be_sliced(path: str) -> bool:
    """Tell whether an element of R4 repeats or has a choice of types; True where unknown."""
    if "." not in path:
        return False
    first, *rest = path.split(".")
    if first not in types():
        return True
    kind = types().get(first)
    for name in rest[:-1]:
        found = kind.keys.get(name)
        if found is None or found[1] is None:
            return True
        kind = found[1]
    last = rest[-1]
    info = kind.elements.get(last.removesuffix("[x]"))
    return info is None or info.repeats or info.choice
