"""The form of an element's JSON: what no type knows, what is empty, what refers to nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reference_server.fhir.fhirpath.nodes import Items, Node

Tell = Callable[..., None]
_REFERRED = "'#' + id in %resource.descendants().reference"
_CONTAINED = "reference.substring(1) in %rootResource.contained.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The resource around an element, and the one that holds that."""

    resource: Items
    root: Items

    def inner(self, path: str) -> Items:
        """Return what holds a resource at a path: contained ones belong to their holder."""
        return self.root if ".contained[" in path else []

    def of(self, resource: Node) -> "Scope":
        """Return the scope of a resource met here: one that is contained belongs to its holder."""
        holder = self.root[0].value if self.root and isinstance(self.root[0], Node) else None
        contained = holder.get("contained") if isinstance(holder, dict) else None
        within = isinstance(contained, list) and any(each is resource.value for each in contained)
        return Scope(resource=[resource], root=self.root if within else [resource])


def look_at_form(node: Node, path: str, tell: Tell) -> None:
    """Tell what no type knows, and what is empty."""
    if not node.value:
        tell("empty-object", path)
    choices = 0
    for key, value in node.value.items():
        if key == "resourceType" and node.type.resource:
            continue
        plain = key.removeprefix("_")
        known = node.type.keys.get(plain)
        if known is None or (key != plain and not (known[1] and known[1].primitive)):
            tell("element-unknown", path, name=key[:64])
            continue
        choices += known[0].choice
        if isinstance(value, list) is not known[0].repeats or not value:
            _look_at_shape(value, f"{path}.{key}", tell, repeats=known[0].repeats)
        if key != plain:
            _look_beside(value, f"{path}.{key}", tell)
    if choices > 1:
        _look_at_choices(node, path, tell)


def _look_at_choices(node: Node, path: str, tell: Tell) -> None:
    for info in node.type.elements.values():
        given = sum(k in node.value or f"_{k}" in node.value for k in info.types)
        if info.choice and given > 1:
            tell("choice-twice", path, name=info.name)


def look_at_id(  # noqa: PLR0917  where one stands: named each time it would hide the walk
    node: Node, path: str, scope: Scope, known: dict[tuple[int, str], int], tell: Tell
) -> None:
    """Tell an element whose id another element of the same resource has."""
    own = node.value.get("id")
    holder = scope.resource[0] if scope.resource else None
    # A definition has the same elements in its snapshot and its differential.
    if not isinstance(own, str) or node.type.resource or node.type.name == "ElementDefinition":
        return
    if isinstance(holder, Node):
        other = known.setdefault((id(holder.value), own), id(node.value))
        if other != id(node.value):
            tell("element-id-twice", path, name=own[:64])


def _look_at_shape(value: Any, path: str, tell: Tell, *, repeats: bool) -> None:  # noqa: ANN401  JSON
    if isinstance(value, list) is not repeats:
        tell("json-array" if repeats else "json-no-array", path)
    elif value in ([], "", {}):
        tell("empty-array" if value == [] else "empty-value", path)
    elif value is None:
        tell("json-null", path)


def _look_beside(value: Any, path: str, tell: Tell) -> None:  # noqa: ANN401  JSON
    """Tell where what stands beside a primitive is no element."""
    for at, each in enumerate(value if isinstance(value, list) else (value,)):
        if each is not None and not isinstance(each, dict):
            tell("json-object", f"{path}[{at}]" if isinstance(value, list) else path,
                 name="Element")  # fmt: skip


def claims(node: Node) -> tuple[str, ...]:
    """Return the profiles that a resource claims."""
    meta = node.value.get("meta") if isinstance(node.value, dict) else None
    told = meta.get("profile") if isinstance(meta, dict) else None
    return tuple(each for each in told if isinstance(each, str)) if isinstance(told, list) else ()


def look_at_contained(node: Node, path: str, tell: Tell) -> None:
    """Tell which contained resource nothing refers to (dom-3)."""
    held = node.value.get("contained")
    if not isinstance(held, list):
        return
    used = set(_references_in(node.value))
    seen: set[str] = set()
    for at, each in enumerate(held):
        name = each.get("id") if isinstance(each, dict) else None
        if isinstance(name, str) and name in seen:
            tell("contained-twice", f"{path}.contained[{at}]", name=name[:64])
        seen.add(str(name))
        refers = isinstance(each, dict) and "#" in set(_references_in(each))
        if name is not None and f"#{name}" not in used and not refers:
            tell("invariant", path, code="invariant", key="dom-3", place=at, said=_REFERRED)


def look_at_reference(node: Node, path: str, scope: Scope, tell: Tell) -> None:
    """Tell a reference to a contained resource that is not there (ref-1)."""
    reference = node.value.get("reference") if isinstance(node.value, dict) else None
    if not isinstance(reference, str) or not reference.startswith("#") or reference == "#":
        return
    holder = scope.root[0].value if isinstance(scope.root[0], Node) else {}
    held = holder.get("contained")
    ids = (
        [each.get("id") for each in held if isinstance(each, dict)]
        if isinstance(held, list)
        else []
    )
    if reference[1:] not in ids:
        tell("invariant", path, code="invariant", key="ref-1", said=_CONTAINED)


def holds_one(value: dict[str, Any]) -> bool:
    """Tell whether an extension holds a value or extensions, and not both (ext-1)."""
    held = any(key.removeprefix("_").startswith("value") for key in value)
    return held != bool(value.get("extension"))


def _references_in(value: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            for key, held in each.items():
                if key in {"reference", "url", "uri", "canonical"} or key.startswith("value"):
                    if isinstance(held, str):
                        yield held
                elif isinstance(held, str) and held.startswith("#"):
                    yield held
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
