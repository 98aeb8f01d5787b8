"""What an expression walks over: elements of a resource with their types; evaluates nothing.

An item of a collection is a Node, or a value of FHIRPath's own: bool, int, Decimal, str,
Temporal, Quantity.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.quantity import ONE, Quantity
from reference_server.fhir.fhirpath.temporal import Temporal, read_date, read_time
from reference_server.fhir.r4.model import ElementInfo, TypeInfo, Types, UnknownTypeError

UCUM: Final = "http://unitsofmeasure.org"
_TEMPORAL: Final = frozenset({"date", "dateTime", "instant"})
_DATED: Final = _TEMPORAL | {"time"}


class Node:
    """An element: its JSON value (None where it has only extensions), its type, its `_extra`.

    What was found below it is kept in `below`, by the element's name: many expressions and rules
    look at the same. The JSON must not change meanwhile, nor must the lists that are given out.
    """

    __slots__ = ("below", "extra", "type", "value")

    def __init__(self, value: Any, kind: TypeInfo, extra: Any = None) -> None:  # noqa: ANN401  JSON
        self.value = value
        self.type = kind
        self.extra = extra
        self.below: dict[str, list[Node]] | None = None

    def __repr__(self) -> str:
        return f"<{self.type.name}>"


Item = Node | bool | int | Decimal | str | Temporal | Quantity
Items = list[Item]


def root_of(resource: Any, types: Types) -> Node:  # noqa: ANN401  JSON
    """Return a resource as a node; raises FhirPathRunError where it is none."""
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(name, str) or not types.is_resource(name):
        raise FhirPathRunError("resource-needed")
    return Node(resource, types.get(name))


def children(node: Node, info: ElementInfo, types: Types) -> list[Node]:
    """Return the nodes of one element; the list is kept, and is not the caller's to change."""
    below, name = node.below, info.name
    if below is None:
        below = node.below = {}
    elif name in below:
        return below[name]
    value = node.extra if node.type.primitive else node.value
    if isinstance(value, dict):
        below[name] = found = _children(value, info, types)
    else:
        below[name] = found = []
    return found


def _children(value: dict[str, Any], info: ElementInfo, types: Types) -> list[Node]:
    if info.only is not None and info.only[1] not in value:
        key, _, one = info.only
        held = value.get(key)
        if held is not None:
            return _listed(held, one) if type(held) is list else [Node(held, one)]
        if key not in value:
            return []
    out: list[Node] = []
    for key, kind in info.types.items():
        if key in value:
            held = value[key]
            if kind is not None and not kind.primitive:
                if type(held) is list:
                    out += [Node(each, kind) for each in held if each is not None]
                else:
                    out.append(Node(held, kind))
                continue
            _append(out, value[key], kind, value.get("_" + key), types)
        elif "_" + key in value:
            _append(out, None, kind, value["_" + key], types)
    return out


def _listed(held: list[Any], kind: TypeInfo) -> list[Node]:
    return [Node(each, kind) for each in held if each is not None]


def every_child(node: Node, types: Types) -> list[Node]:
    """Return the nodes of every element, in the order in which they stand."""
    value = node.extra if node.type.primitive else node.value
    if not isinstance(value, dict):
        return []
    out: list[Node] = []
    seen: set[str] = set()
    keys = node.type.keys
    for key in value:
        known = keys.get(key) or (keys.get(key[1:]) if key[:1] == "_" else None)
        if known is not None and known[0].name not in seen:
            seen.add(known[0].name)
            out += children(node, known[0], types)
    return out


def _append(  # noqa: PLR0917  called for each element of each resource: names would cost
    out: list[Node],
    value: Any,  # noqa: ANN401  JSON
    kind: TypeInfo | None,
    shadow: Any,  # noqa: ANN401  JSON
    types: Types,
) -> None:
    if isinstance(value, list):
        if shadow is None and kind is not None:
            out.extend([Node(each, kind) for each in value if each is not None])
            return
        shadows = shadow if isinstance(shadow, list) else ()
        for at, each in enumerate(value):
            extra = shadows[at] if at < len(shadows) else None
            if each is not None or extra is not None:
                out.append(_node(each, kind, extra, types))
    elif value is None and isinstance(shadow, list):
        out.extend(_node(None, kind, extra, types) for extra in shadow if extra is not None)
    else:
        out.append(_node(value, kind, shadow, types))


def _node(value: Any, kind: TypeInfo | None, extra: Any, types: Types) -> Node:  # noqa: ANN401  JSON
    if kind is not None:
        return Node(value, kind, extra)
    name = value.get("resourceType") if isinstance(value, dict) else None
    try:
        return Node(value, types.get(str(name)))
    except UnknownTypeError:
        return Node(value, types.get("Resource"))


def plain(item: Item) -> Item:
    """Return FHIRPath's own value of a primitive or of a Quantity; anything else as it is."""
    if type(item) is not Node:
        return item
    kind = item.type
    if kind.primitive:
        value = item.value
        if type(value) is str and kind.name not in _DATED:
            return value
        return item if value is None else _of_primitive(value, kind)
    if kind.is_a("Quantity"):
        return _of_quantity(item)
    return item


def _of_primitive(value: Any, kind: TypeInfo) -> Item:  # noqa: ANN401  JSON
    if isinstance(value, str):
        if kind.name in _TEMPORAL:
            found = read_date(value)
        elif kind.name == "time":
            found = read_time(value)
        else:
            return value
        return value if found is None else found
    if isinstance(value, float):
        return Decimal(str(value))
    if kind.name == "decimal" and type(value) is int:
        return Decimal(value)
    scalar: Item = value
    return scalar


def _of_quantity(node: Node) -> Item:
    value = node.value if isinstance(node.value, dict) else {}
    number = value.get("value")
    if number is None or isinstance(number, bool) or value.get("comparator") is not None:
        return node
    try:
        exact = Decimal(str(number))
    except InvalidOperation:
        return node
    if value.get("system") == UCUM and isinstance(value.get("code"), str):
        return Quantity(exact, value["code"])
    unit = value.get("unit", value.get("code"))
    return node if unit is not None and not isinstance(unit, str) else Quantity(exact, unit or ONE)


def type_of(item: Item) -> tuple[str, str]:  # noqa: PLR0911  one return for each type
    """Return namespace and name of an item's type."""
    match item:
        case Node():
            return "FHIR", item.type.name
        case bool():
            return "System", "Boolean"
        case int():
            return "System", "Integer"
        case Decimal():
            return "System", "Decimal"
        case str():
            return "System", "String"
        case Temporal():
            return "System", str(item.shape)
        case Quantity():
            return "System", "Quantity"
    raise TypeError(type(item))


def is_of(item: Item, namespace: str, name: str) -> bool:
    """Tell whether an item is of a type; a type without namespace may be FHIR's or the System's."""
    if type(item) is Node:
        return namespace in {"", "FHIR"} and item.type.is_a(name)
    return namespace in {"", "System"} and type_of(item)[1] == name
