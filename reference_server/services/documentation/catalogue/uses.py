"""Which examples use an element of a profile: found by walking them, slices told apart.

A slice is recognised by what its profile fixes below it (value, pattern, type, profile of an
extension); where nothing is fixed, whatever stands at the path counts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.services.documentation.model import Artefact
from reference_server.specification import Example

Element = Mapping[str, Any]
_FIXED: Final = ("fixed", "pattern")


def uses(shelf: Shelf, artefact: Artefact) -> Mapping[str, tuple[str, ...]]:
    """Return, by element id, the ids of the valid examples in which it is there."""
    found: Mapping[str, tuple[str, ...]] = shelf.once(
        ("uses", artefact.release.id, artefact.id), lambda: _uses(shelf, artefact)
    )
    return found


def examples_of(shelf: Shelf, artefact: Artefact) -> Mapping[str, Example]:
    """Return the examples that were written for an artefact, valid ones first."""
    own = {
        name: each
        for name, each in shelf.examples.items()
        if each.about == artefact.id or each.profile == artefact.url
    }
    return dict(sorted(own.items(), key=lambda pair: pair[1].breaks is not None))


def _uses(shelf: Shelf, artefact: Artefact) -> Mapping[str, tuple[str, ...]]:
    definition = shelf.whole(artefact)
    elements = definition.get("snapshot", {}).get("element", ())
    walker = _Walker(elements)
    found: dict[str, list[str]] = {}
    for name, example in shelf.examples.items():
        if example.breaks is not None:
            continue
        for start in _starts(example, artefact, str(definition.get("type", ""))):
            for own in walker.present(start):
                named = found.setdefault(own, [])
                if name not in named:
                    named.append(name)
    return {own: tuple(names) for own, names in found.items()}


def _starts(example: Example, artefact: Artefact, kind: str) -> Iterator[Any]:
    """Yield what in an example the profile speaks of: it, or whatever of its type is inside."""
    claimed = example.profile == artefact.url or example.about == artefact.id
    if kind == "Extension":
        yield from _extensions(example.resource, artefact.url)
    elif claimed:
        yield example.resource
    else:
        yield from (each for each in _inside(example.resource) if each["resourceType"] == kind)


def _inside(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  JSON
    """Yield the resources below a resource, not itself."""
    for held in value.values() if isinstance(value, Mapping) else value:
        if isinstance(held, Mapping):
            if isinstance(held.get("resourceType"), str):
                yield held
            yield from _inside(held)
        elif isinstance(held, list):
            yield from _inside(held)


def _extensions(value: Any, url: str) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  JSON
    if isinstance(value, Mapping):
        if value.get("url") == url:
            yield value
        for held in value.values():
            yield from _extensions(held, url)
    elif isinstance(value, list):
        for held in value:
            yield from _extensions(held, url)


class _Walker:
    """Owns the elements of one profile by id."""

    def __init__(self, elements: list[Element]) -> None:
        self._by_id = {str(each.get("id", each["path"])): each for each in elements}

    def present(self, start: Any) -> Iterator[str]:  # noqa: ANN401  JSON
        """Yield the ids of the elements that are there in one resource."""
        known: dict[str, list[Any]] = {}
        for own, element in self._by_id.items():
            outer, _, step = own.rpartition(".")
            if not outer:
                nodes = [start]
            else:
                above = known.get(outer, [])
                nodes = [each for node in above for each in self._below(node, own, step, element)]
            if nodes:
                known[own] = nodes
                yield own

    def _below(self, node: Any, own: str, step: str, element: Element) -> Iterator[Any]:  # noqa: ANN401  JSON
        name, _, slice_name = step.partition(":")
        for each in _children(node, name, slice_name, element):
            if not slice_name or self._fits(own, each):
                yield each

    def _fits(self, own: str, node: Any) -> bool:  # noqa: ANN401  JSON
        """Tell whether a node is of a slice, by what is fixed on and below it."""
        for below, element in self._by_id.items():
            if below == own:
                steps: list[str] = []
            elif below.startswith(f"{own}."):
                steps = below.removeprefix(f"{own}.").split(".")
            else:
                continue
            if any(":" in each for each in steps):
                continue
            if not _holds(_reach(node, steps), element):
                return False
        return True


def _holds(nodes: list[Any], element: Element) -> bool:
    """Tell whether nodes say what an element fixes of them; what is not there says nothing wrong.

    A resource must be of the type, an extension of the address that the element names.
    """
    for key, value in element.items():
        if key.startswith(_FIXED) and not any(_contains(each, value) for each in nodes):
            return False
    kinds = [told for told in element.get("type", ()) if isinstance(told, Mapping)]
    typed = [each for each in nodes if isinstance(each, Mapping) and "resourceType" in each]
    codes = {told.get("code") for told in kinds}
    if typed and not codes & {"Resource", "DomainResource"}:
        return any(each["resourceType"] in codes for each in typed)
    urls = {
        url for told in kinds if told.get("code") == "Extension" for url in told.get("profile", ())
    }
    return not urls or any(isinstance(each, Mapping) and each.get("url") in urls for each in nodes)


def _contains(node: Any, wanted: Any) -> bool:  # noqa: ANN401  JSON
    """Tell whether a node has at least what a pattern has."""
    if isinstance(wanted, Mapping):
        return isinstance(node, Mapping) and all(
            key in node and _contains(node[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(node, list) and all(
            any(_contains(each, one) for each in node) for one in wanted
        )
    return bool(node == wanted)


def _children(node: Any, name: str, slice_name: str, element: Element) -> Iterator[Any]:  # noqa: ANN401  JSON
    if not isinstance(node, Mapping):
        return
    if name.endswith("[x]"):
        stem = name.removesuffix("[x]")
        codes = (str(each.get("code", "")) for each in element.get("type", ()))
        names = [stem + code[:1].upper() + code[1:] for code in codes]
        if slice_name in names:
            names = [slice_name]
    else:
        names = [name]
    for each in names:
        found = node.get(each)
        if isinstance(found, list):
            yield from found
        elif found is not None:
            yield found
        elif f"_{each}" in node:
            yield node[f"_{each}"]


def _reach(node: Any, steps: list[str]) -> list[Any]:  # noqa: ANN401  JSON
    nodes = [node]
    for step in steps:
        inner = [each.get(step) for each in nodes if isinstance(each, Mapping)]
        nodes = []
        for each in inner:
            nodes.extend(each if isinstance(each, list) else () if each is None else [each])
    return nodes
