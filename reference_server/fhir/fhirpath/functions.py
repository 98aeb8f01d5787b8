"""The functions whose arguments are evaluated before them, by name; the others are special.

Source: FHIRPath N1 §5, FHIR R4 §2.9.2 (http://hl7.org/fhir/R4/fhirpath.html#functions).
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from reference_server.fhir.fhirpath import conversion, reckoning, texts
from reference_server.fhir.fhirpath.boundary import boundary, precision
from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import (
    Item,
    Items,
    Node,
    children,
    every_child,
    plain,
    root_of,
    type_of,
)
from reference_server.fhir.fhirpath.operators import among, distinct, union
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import Shape, Temporal
from reference_server.fhir.r4.model import BASE, ElementInfo, TypeInfo
from reference_server.fhir.ucum import comparable
from reference_server.fhir.xhtml import has_content, xhtml_fault

Call = Callable[..., Items]


def _empty(_context: Context, items: Items) -> Items:
    return [not items]


def _not(_context: Context, items: Items) -> Items:
    found = conversion.truth(items, "not()")
    return [] if found is None else [not found]


def _every(*, wanted: bool, some: bool) -> Call:
    def run(_context: Context, items: Items) -> Items:
        found = [conversion.criterion([item], "allTrue()") for item in items]
        return [(any if some else all)(each is wanted for each in found)]

    return run


def _subset_of(context: Context, items: Items, other: Items) -> Items:
    return [all(among(context, item, other) for item in items)]


def _superset_of(context: Context, items: Items, other: Items) -> Items:
    return [all(among(context, item, items) for item in other)]


def _single(_context: Context, items: Items) -> Items:
    item = only(items, "single()")
    return [] if item is None else [item]


def _skip(_context: Context, items: Items, count: Items) -> Items:
    found = texts.number(count, "skip()")
    return items[max(found or 0, 0) :]


def _take(_context: Context, items: Items, count: Items) -> Items:
    found = texts.number(count, "take()")
    return items[: max(found or 0, 0)]


def _intersect(context: Context, items: Items, other: Items) -> Items:
    return distinct(context, [item for item in items if among(context, item, other)])


def _exclude(context: Context, items: Items, other: Items) -> Items:
    return [item for item in items if not among(context, item, other)]


def _is_distinct(context: Context, items: Items) -> Items:
    return [len(distinct(context, items)) == len(items)]


def _children(context: Context, items: Items) -> Items:
    out: Items = []
    for item in items:
        if isinstance(item, Node):
            out.extend(every_child(item, context.types))
    context.spend(1 + len(out))
    return out


def _descendants(context: Context, items: Items) -> Items:
    out: Items = []
    level = _children(context, items)
    while level:
        out.extend(level)
        level = _children(context, level)
    return out


def _converting(convert: Callable[[Item], Item | None], what: str) -> tuple[Call, Call]:
    """Return `toX` and `convertsToX`."""

    def to(_context: Context, items: Items, _unit: Items | None = None) -> Items:
        item = only(items, what)
        found = None if item is None else convert(item)
        return [] if found is None else [found]

    def converts(_context: Context, items: Items, _unit: Items | None = None) -> Items:
        item = only(items, what)
        return [] if item is None else [convert(item) is not None]

    return to, converts


def _today(context: Context, _items: Items) -> Items:
    now = context.now()
    return [Temporal(Shape.DATE, (now.year, now.month, now.day))]


def _clock(context: Context) -> tuple[int, int, Decimal]:
    now = context.now()
    return now.hour, now.minute, Decimal(now.second) + Decimal(now.microsecond // 1000) / 1000


def _now(context: Context, _items: Items) -> Items:
    now = context.now()
    offset = now.utcoffset()
    zone = None if offset is None else int(offset.total_seconds() // 60)
    parts = (now.year, now.month, now.day, *_clock(context))
    return [Temporal(Shape.DATE_TIME, parts, zone)]


def _time_of_day(context: Context, _items: Items) -> Items:
    return [Temporal(Shape.TIME, _clock(context))]


def _extension(context: Context, items: Items, url: Items) -> Items:
    wanted = texts.text(url, "extension()")
    out: Items = []
    for item in items:
        info = item.type.elements.get("extension") if isinstance(item, Node) else None
        if isinstance(item, Node) and info is not None:
            out.extend(
                each
                for each in children(item, info, context.types)
                if each.value.get("url") == wanted
            )
    context.spend(1 + len(out))
    return out


def _has_value(_context: Context, items: Items) -> Items:
    if len(items) != 1:
        return [False]
    item = items[0]
    return [not isinstance(item, Node) or (item.type.primitive and item.value is not None)]


def _get_value(context: Context, items: Items) -> Items:
    return [plain(items[0])] if _has_value(context, items) == [True] else []


def _html_checks(_context: Context, items: Items) -> Items:
    """Tell whether a narrative is allowed XHTML with content (txt-1 and txt-2 together)."""
    item = only(items, "htmlChecks()")
    if item is None:
        return []
    text = plain(item)
    return [isinstance(text, str) and xhtml_fault(text) is None and has_content(text)]


def _resolve(context: Context, items: Items) -> Items:
    out: Items = []
    for item in items:
        found = _resolved(context, item)
        if found is not None:
            out.append(root_of(found, context.types))
    context.spend(1 + len(items))
    return out


def _resolved(context: Context, item: Item) -> Any:  # noqa: ANN401  JSON
    reference: Any = plain(item)
    if isinstance(item, Node) and item.type.name == "Reference":
        reference = item.value.get("reference")
    if not isinstance(reference, str):
        return None
    if reference.startswith("#") and context.resource:
        return _contained(context.resource[0], reference[1:])
    asked = context.environment.resolve
    return None if asked is None else asked(reference)


def _contained(owner: Item, wanted: str) -> Any:  # noqa: ANN401  JSON
    value = owner.value if isinstance(owner, Node) else None
    if not isinstance(value, dict):
        return None
    if not wanted:
        return value
    held = (each for each in value.get("contained", ()) if isinstance(each, dict))
    return next((each for each in held if each.get("id") == wanted), None)


def _json(item: Item) -> Any:  # noqa: ANN401  JSON
    return item.value if isinstance(item, Node) else item


def _member_of(context: Context, items: Items, url: Items) -> Items:
    item, wanted = only(items, "memberOf()"), texts.text(url, "memberOf()")
    if item is None or wanted is None:
        return []
    asked = context.environment.member_of
    if asked is None:
        raise FhirPathRunError("no-value-sets")
    found = asked(_json(item), wanted)
    return [] if found is None else [found]


def _conforms_to(context: Context, items: Items, url: Items) -> Items:
    item, wanted = only(items, "conformsTo()"), texts.text(url, "conformsTo()")
    if item is None or wanted is None:
        return []
    name = wanted.removeprefix(BASE)
    if name in context.types and isinstance(item, Node):
        return [item.type.is_a(name)]
    asked = context.environment.conforms_to
    found = None if asked is None else asked(_json(item), wanted)
    if found is None:
        raise FhirPathRunError("profile-unknown", name=str(wanted))
    return [found]


def _type(context: Context, items: Items) -> Items:
    return [_type_info(context, *type_of(item)) for item in items]


def _type_info(context: Context, namespace: str, name: str) -> Node:
    kind = TypeInfo(name="TypeInfo", base=None, primitive=False, resource=False)
    text = context.types.get("string")
    for each in ("namespace", "name"):
        kind.elements[each] = ElementInfo(
            name=each, path=f"TypeInfo.{each}", choice=False, repeats=False, types={each: text}
        )
    return Node({"namespace": namespace, "name": name.rpartition(".")[2] or name}, kind)


def _boundary(*, low: bool) -> Call:
    def run(_context: Context, items: Items, digits: Items | None = None) -> Items:
        item = only(items, "boundary")
        if item is None:
            return []
        places = None if digits is None else texts.number(digits, "boundary")
        found = boundary(plain(item), places, low=low)
        return [] if found is None else [found]

    return run


def _precision(_context: Context, items: Items) -> Items:
    item = only(items, "precision()")
    found = None if item is None else precision(plain(item))
    return [] if found is None else [found]


def _comparable(_context: Context, items: Items, other: Items) -> Items:
    one, two = only(items, "comparable()"), only(other, "comparable()")
    left = None if one is None else plain(one)
    right = None if two is None else plain(two)
    if not isinstance(left, Quantity) or not isinstance(right, Quantity):
        return []
    return [comparable(left.nearest_ucum, right.nearest_ucum)]


_TO: Final = {
    name: _converting(convert, f"to{name}()")
    for name, convert in (
        ("Boolean", conversion.to_boolean),
        ("Integer", conversion.to_integer),
        ("Decimal", conversion.to_decimal),
        ("String", conversion.to_string),
        ("Quantity", conversion.to_quantity),
        ("Date", conversion.to_date),
        ("DateTime", conversion.to_date_time),
        ("Time", conversion.to_time),
    )
}

SIMPLE: Final[dict[str, tuple[int, int, Call]]] = {
    "empty": (0, 0, _empty),
    "not": (0, 0, _not),
    "allTrue": (0, 0, _every(wanted=True, some=False)),
    "anyTrue": (0, 0, _every(wanted=True, some=True)),
    "allFalse": (0, 0, _every(wanted=False, some=False)),
    "anyFalse": (0, 0, _every(wanted=False, some=True)),
    "subsetOf": (1, 1, _subset_of),
    "supersetOf": (1, 1, _superset_of),
    "count": (0, 0, lambda _context, items: [len(items)]),
    "distinct": (0, 0, distinct),
    "isDistinct": (0, 0, _is_distinct),
    "single": (0, 0, _single),
    "first": (0, 0, lambda _context, items: items[:1]),
    "last": (0, 0, lambda _context, items: items[-1:]),
    "tail": (0, 0, lambda _context, items: items[1:]),
    "skip": (1, 1, _skip),
    "take": (1, 1, _take),
    "intersect": (1, 1, _intersect),
    "exclude": (1, 1, _exclude),
    "union": (1, 1, union),
    "combine": (1, 1, lambda _context, items, other: items + other),
    "children": (0, 0, _children),
    "descendants": (0, 0, _descendants),
    "indexOf": (1, 1, texts.index_of),
    "lastIndexOf": (1, 1, texts.last_index_of),
    "substring": (1, 2, texts.substring),
    "startsWith": (1, 1, texts.starts_with),
    "endsWith": (1, 1, texts.ends_with),
    "contains": (1, 1, texts.contains),
    "upper": (0, 0, texts.upper),
    "lower": (0, 0, texts.lower),
    "replace": (2, 2, texts.replace),
    "matches": (1, 2, texts.matches),
    "matchesFull": (1, 1, texts.matches_full),
    "replaceMatches": (2, 2, texts.replace_matches),
    "length": (0, 0, texts.length),
    "toChars": (0, 0, texts.to_chars),
    "trim": (0, 0, texts.trim),
    "split": (1, 1, texts.split),
    "join": (0, 1, texts.join),
    "encode": (1, 1, texts.encode),
    "decode": (1, 1, texts.decode),
    "escape": (1, 1, texts.escape),
    "unescape": (1, 1, texts.unescape),
    "abs": (0, 0, reckoning.absolute),
    "ceiling": (0, 0, reckoning.ceiling),
    "floor": (0, 0, reckoning.floor),
    "truncate": (0, 0, reckoning.truncate),
    "round": (0, 1, reckoning.rounded),
    "sqrt": (0, 0, reckoning.square_root),
    "ln": (0, 0, reckoning.natural_logarithm),
    "exp": (0, 0, reckoning.exponential),
    "log": (1, 1, reckoning.logarithm),
    "power": (1, 1, reckoning.power),
    "today": (0, 0, _today),
    "now": (0, 0, _now),
    "timeOfDay": (0, 0, _time_of_day),
    "extension": (1, 1, _extension),
    "hasValue": (0, 0, _has_value),
    "getValue": (0, 0, _get_value),
    "htmlChecks": (0, 0, _html_checks),
    "resolve": (0, 0, _resolve),
    "memberOf": (1, 1, _member_of),
    "conformsTo": (1, 1, _conforms_to),
    "type": (0, 0, _type),
    "lowBoundary": (0, 1, _boundary(low=True)),
    "highBoundary": (0, 1, _boundary(low=False)),
    "precision": (0, 0, _precision),
    "comparable": (1, 1, _comparable),
    **{f"to{name}": (0, 1 if name == "Quantity" else 0, pair[0]) for name, pair in _TO.items()},
    **{
        f"convertsTo{name}": (0, 1 if name == "Quantity" else 0, pair[1])
        for name, pair in _TO.items()
    },
}
"""Name → fewest and most arguments, and what is called with the context, the input and them."""
