"""A step of the walk: which element a name means, which type an item has, how its place is said."""

from typing import Any

from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.r4.model import TypeInfo
from reference_server.fhir.validation.rules import Rule, TypeRule


def is_choice(rule: Rule) -> bool:
    """Tell whether an element has one of several types."""
    return rule.path.endswith("[x]")


def choice_of(kind: TypeInfo, key: str) -> Any:  # noqa: ANN401  an ElementInfo or None
    """Return the element that a key like `valueQuantity` belongs to."""
    found = kind.keys.get(key)
    return None if found is None else found[0]


def place_of(path: str, rule: Rule, item: Node, at: int, *, choice: bool, repeats: bool) -> str:
    """Return the expression of an item of an element."""
    where = f"{path}.{rule.name}"
    if choice:
        return f"{where}.ofType({item.type.name})"
    return f"{where}[{at}]" if repeats else where


def allowed_type(item: Node, rule: Rule) -> TypeRule | None:
    """Return the allowed type that an item has; inline types are their element's own."""
    name = item.type.name
    for each in rule.types:
        if each.code == name or (each.code in {"BackboneElement", "Element"} and "." in name):
            return each
        if each.code.startswith("http://hl7.org/fhirpath/"):
            return each
        if each.code in {"Resource", "DomainResource"} and item.type.is_a(each.code):
            return each
    return None
