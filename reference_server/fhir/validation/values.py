"""Whether a primitive's JSON is one of its type's values; knows no profile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from reference_server.fhir.fhirpath import Environment
from reference_server.fhir.fhirpath.equality import order
from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Node, plain
from reference_server.fhir.fhirpath.operators import OPERATORS
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import Shape, Temporal, read_date
from reference_server.fhir.primitives import (
    BASE64_SIGNS,
    PRIMITIVES,
    has_json_kind,
    is_primitive,
)
from reference_server.fhir.r4.model import types
from reference_server.fhir.validation.matching import fits_fixed, fits_pattern
from reference_server.fhir.validation.rules import NOTHING, Rule
from reference_server.fhir.xhtml import xhtml_fault

LONGEST: Final = 1024 * 1024
MOST_PADDING: Final = 2
_GROUP: Final = 4
_MONTHLY: Final = frozenset({"a", "mo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a value; `ends` tells that nothing below it can be looked at."""

    rule: str
    code: str = "value"
    ends: bool = False
    params: Mapping[str, str | int] = field(default_factory=dict)


def fault(node: Node) -> Fault | None:  # noqa: PLR0911  one return for each kind of fault
    """Return what is wrong with a node's own value, None where nothing is."""
    name, value = node.type.name, node.value
    if not node.type.primitive:
        if isinstance(value, dict):
            return None
        return Fault(rule="json-object", code="structure", ends=True, params={"name": name})
    if value is None:
        held = isinstance(node.extra, dict) and bool(node.extra.get("extension"))
        return None if held else Fault(rule="empty-value", code="structure")
    if name not in PRIMITIVES:
        return None
    if not has_json_kind(value, name):
        return Fault(rule="json-kind", code="structure", ends=True, params={"name": name})
    if name == "base64Binary":
        return _base64_fault(value)
    if not is_primitive(value, name):
        return Fault(rule="value-format", params={"name": name, "value": str(value)[:80]})
    return _text_fault(name, value) if isinstance(value, str) else None


def _text_fault(name: str, value: str) -> Fault | None:
    if len(value) > LONGEST:
        return Fault(rule="too-long", code="too-long", params={"limit": LONGEST})
    if name == "xhtml":
        wrong = xhtml_fault(value)
        return None if wrong is None else Fault(rule="narrative", params={"reason": wrong})
    if name in {"code", "uri", "id"} and value != value.strip():
        return Fault(rule="value-format", params={"name": name, "value": value[:80]})
    return None


def _base64_fault(value: str) -> Fault | None:
    """What decodes as it is is told first: most are good, long, and on one line."""
    if value and _decodes(value):
        return None
    if not is_primitive(value, "base64Binary"):
        return Fault(rule="value-format", params={"name": "base64Binary", "value": value[:80]})
    return None if _decodes("".join(value.split())) else Fault(rule="base64")


def _decodes(value: str) -> bool:
    """Tell whether a text is base64: groups of four signs, the last one padded; decodes nothing."""
    plain = value.rstrip("=")
    if len(value) % _GROUP or not plain or len(value) - len(plain) > MOST_PADDING:
        return False
    return value.isascii() and not plain.encode("ascii").translate(None, BASE64_SIGNS)


def faults(
    node: Node, rule: Rule, environment: Environment
) -> Iterator[tuple[str, dict[str, str | int]]]:
    """Yield what a rule says against a value: the broken rule's id, and its parameters."""
    if rule.fixed is not NOTHING and not fits_fixed(node.value, rule.fixed):
        yield "fixed-value", {"name": rule.name}
    if rule.pattern is not NOTHING and not fits_pattern(node.value, rule.pattern):
        yield "pattern", {"name": rule.name}
    limit = rule.max_length
    if limit is not None and isinstance(node.value, str) and len(node.value) > limit:
        yield "too-long", {"limit": limit}
    if rule.least is not NOTHING or rule.greatest is not NOTHING:
        broken = out_of_range(node, rule.least, rule.greatest, environment)
        if broken is not None:
            yield broken, {}


def out_of_range(node: Node, least: Any, greatest: Any, environment: Environment) -> str | None:  # noqa: ANN401  JSON
    """Return the rule that a value too small or too great breaks, None where it fits."""
    value = plain(node)
    for limit, rule, sign in ((least, "too-small", -1), (greatest, "too-great", 1)):
        if limit is NOTHING:
            continue
        edge = _edge(limit, value, environment)
        try:
            found = None if edge is None else order(value, edge)
        except FhirPathRunError:
            found = None
        if found == sign:
            return rule
    return None


def _edge(limit: Any, value: Item, environment: Environment) -> Item | None:  # noqa: ANN401  JSON
    """Return a limit as an item; a duration as limit of a day counts from now."""
    if isinstance(limit, dict):
        amount = plain(Node(limit, types().get("Quantity")))
        if isinstance(value, Temporal) and isinstance(amount, Quantity):
            return _from_now(amount, value, environment)
        return amount
    if isinstance(limit, str) and isinstance(value, Temporal):
        return read_date(limit)
    return Decimal(limit) if isinstance(limit, int | Decimal) else limit


def _from_now(amount: Quantity, value: Temporal, environment: Environment) -> Item | None:
    now = environment.now()
    parts = (now.year, now.month, now.day)
    if value.shape is Shape.DATE:
        today = Temporal(Shape.DATE, parts)
    else:
        clock = (now.hour, now.minute, Decimal(now.second))
        today = Temporal(Shape.DATE_TIME, (*parts, *clock), 0)
    unit = {"a": "year", "mo": "month"}.get(amount.unit, amount.unit)
    try:
        moved = OPERATORS["+"](None, [today], [Quantity(amount.value, unit)])  # type: ignore[arg-type]  # adding asks for no context
    except FhirPathRunError:
        return None
    return moved[0] if moved else None
