"""A step of the walk: which element a name means, which type an item has, how its place is said."""

from collections.abc import Iterator
from typing import Any, Final

from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.r4.model import ElementInfo, TypeInfo
from reference_server.fhir.validation.form import Scope
from reference_server.fhir.validation.rules import Rule, TypeRule

MOST_PLANS: Final = 256
"""For how many sets of keys it is kept which rules are to be looked at below an element."""


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
    if name not in rule.allowed:
        rule.allowed[name] = _allowed_type(item, rule)
    return rule.allowed[name]


def _allowed_type(item: Node, rule: Rule) -> TypeRule | None:
    name = item.type.name
    for each in rule.types:
        if each.code == name or (each.code in {"BackboneElement", "Element"} and "." in name):
            return each
        if each.code.startswith("http://hl7.org/fhirpath/"):
            return each
        if each.code in {"Resource", "DomainResource"} and item.type.is_a(each.code):
            return each
    return None


def language_of(scope: Scope) -> str:
    """Return the language that the outermost resource says it is written in, or nothing."""
    root = scope.root[0].value if scope.root and isinstance(scope.root[0], Node) else None
    told = root.get("language") if isinstance(root, dict) else None
    return told if isinstance(told, str) else ""


def planned(node: Node, rules: Rule) -> tuple[tuple[Rule, ElementInfo], ...]:
    """Return the rules to look at below a node, by the keys it has: many nodes have the same."""
    key = (node.type.name, *node.value)
    plan = rules.plans.get(key)
    if plan is None:
        plan = tuple(_plan(node, rules))
        if len(rules.plans) < MOST_PLANS:
            rules.plans[key] = plan
    return plan


def _plan(node: Node, rules: Rule) -> Iterator[tuple[Rule, ElementInfo]]:
    keys = node.type.keys
    names = {key.removeprefix("_") for key in node.value}
    given = names | {keys[name][0].name for name in names if name in keys}
    for child in rules.children.values():
        if not child.bare and (child.needed or child.name in given):
            info = node.type.elements.get(child.name) or choice_of(node.type, child.name)
            if info is not None:
                yield child, info
