"""Makes the snapshot of a profile that has only a differential; changes no resource it is given.

Source: http://hl7.org/fhir/R4/profiling.html#snapshot and ElementDefinition §2.25.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.r4.store import Resource

DEEPEST: Final = 20
Find = Callable[[str], Resource | None]
Element = dict[str, Any]


class SnapshotError(ValueError):
    """A differential does not fit its base: which profile, which element, and why."""


@dataclass(slots=True)
class _Node:
    """One element with what is below it, by name, and its slices, by name."""

    element: Element
    children: dict[str, "_Node"] = field(default_factory=dict)
    slices: dict[str, "_Node"] = field(default_factory=dict)


def with_snapshot(definition: Resource, find: Find, depth: int = 0) -> Resource:
    """Return a structure definition that has a snapshot; raises SnapshotError."""
    if "snapshot" in definition:
        return definition
    url = definition.get("url", "")
    base = find(definition.get("baseDefinition", ""))
    if base is None or depth > DEEPEST:
        raise SnapshotError(f"{url}: its base {definition.get('baseDefinition')} is not known")
    elements = with_snapshot(base, find, depth + 1)["snapshot"]["element"]
    maker = _Maker(url=url, find=find, depth=depth)
    root = maker.tree(elements)
    for element in maker.named(definition.get("differential", {}).get("element", [])):
        maker.apply(root, element)
    made = list(_flat(root, root.element["path"], root.element["path"]))
    return {**definition, "snapshot": {"element": made}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Owns the name of the profile in work, and where other definitions are found."""

    url: str
    find: Find
    depth: int

    def tree(self, elements: list[Element]) -> _Node:
        """Return a snapshot as a tree, of copies."""
        by_id: dict[str, _Node] = {}
        for each in elements:
            node = _Node(copy.deepcopy(each))
            own = str(each.get("id", each["path"]))
            by_id[own] = node
            outer, _, last = own.rpartition(".")
            if not outer:
                continue
            name, _, slice_name = last.partition(":")
            if slice_name:
                by_id[own.removesuffix(f":{slice_name}")].slices[slice_name] = node
            else:
                by_id[outer].children[name] = node
        return next(iter(by_id.values()))

    def named(self, elements: list[Element]) -> Iterator[Element]:
        """Yield the differential's elements, each with an id: the path with the slices on it."""
        known: dict[str, str] = {}
        for each in elements:
            if "id" not in each:
                outer, _, last = each["path"].rpartition(".")
                own = f"{known.get(outer, outer)}.{last}" if outer else last
                if each.get("sliceName"):
                    own += f":{each['sliceName']}"
                each = {**each, "id": own}  # noqa: PLW2901  the same element, named
            known[each["path"]] = each["id"]
            yield each

    def apply(self, root: _Node, element: Element) -> None:
        """Lay one element of the differential over the tree."""
        node = root
        for step in element["id"].split(".")[1:]:
            node = self._step(node, step, element, root)
        _merge(node.element, element)

    def _step(self, node: _Node, step: str, element: Element, root: _Node) -> _Node:
        name, _, slice_name = step.partition(":")
        if name not in node.children and not node.children:
            self._expand(node, root)
        found = node.children.get(name) or node.children.get(f"{name}[x]")
        if found is None:
            return self._choice(node, name, element)
        if not slice_name:
            return found
        if slice_name not in found.slices:
            # A slice of a slice (`outer/inner`) begins as that slice.
            model = found.slices.get(slice_name.rpartition("/")[0], found)
            made = copy.deepcopy(_Node(model.element, model.children))
            made.element.pop("slicing", None)
            made.element["min"] = 0
            made.element["sliceName"] = slice_name
            found.slices[slice_name] = made
        return found.slices[slice_name]

    def _choice(self, node: _Node, name: str, element: Element) -> _Node:
        """Return the slice of a choice that a name like `valueQuantity` means."""
        for key, child in node.children.items():
            plain = key.removesuffix("[x]")
            if key == plain or not name.startswith(plain):
                continue
            for kind in child.element.get("type", ()):
                code = kind["code"]
                if name == plain + code[:1].upper() + code[1:]:
                    if name not in child.slices:
                        made = copy.deepcopy(_Node(child.element, {}))
                        made.element.update(type=[kind], sliceName=name, min=0)
                        made.element.pop("slicing", None)
                        child.slices[name] = made
                        child.element.setdefault("slicing", {
                            "discriminator": [{"type": "type", "path": "$this"}], "rules": "open",
                        })  # fmt: skip
                    return child.slices[name]
        raise SnapshotError(f"{self.url}: {element['id']} is nowhere in its base")

    def _expand(self, node: _Node, root: _Node) -> None:
        """Give an element the children of its type, or of what it refers to."""
        if "contentReference" in node.element:
            meant = root
            for name in node.element["contentReference"].rpartition("#")[2].split(".")[1:]:
                meant = meant.children[name]
            node.children = copy.deepcopy(meant.children)
            return
        kinds = node.element.get("type", ())
        if len({kind["code"] for kind in kinds}) != 1:
            return
        profiles = [url for kind in kinds for url in kind.get("profile", ())]
        code = kinds[0]["code"]
        known = self.find(profiles[0]) if len(profiles) == 1 else None
        found = known or self.find(BASE + code)
        if found is None:
            raise SnapshotError(f"{self.url}: the type {code} is not known")
        elements = with_snapshot(found, self.find, self.depth + 1)["snapshot"]["element"]
        node.children = self.tree(elements).children


def _merge(element: Element, told: Element) -> None:
    """Lay what the differential tells of an element over it; constraints are added."""
    for key, value in told.items():
        if key in {"id", "path"}:
            continue
        if key == "constraint":
            new = {each["key"] for each in value}
            kept = [each for each in element.get("constraint", []) if each["key"] not in new]
            element["constraint"] = [*kept, *copy.deepcopy(value)]
        else:
            element[key] = copy.deepcopy(value)


def _flat(node: _Node, own: str, path: str) -> Iterator[Element]:
    """Yield the elements of a tree in order, with ids and paths that fit their place."""
    yield {**node.element, "id": own, "path": path}
    for name, child in node.children.items():
        yield from _flat(child, f"{own}.{name}", f"{path}.{name}")
    for name, each in node.slices.items():
        yield from _flat(each, f"{own}:{name}", path)
