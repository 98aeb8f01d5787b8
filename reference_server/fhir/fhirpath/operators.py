"""What stands between two expressions, except the logic that may leave one of them out."""

from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from fractions import Fraction
from typing import Final

from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.conversion import to_string, truth
from reference_server.fhir.fhirpath.equality import equal, equal_items, equivalent, order
from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Items, Node, plain
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import OutOfRangeError, Temporal, add
from reference_server.fhir.ucum import UnitError, comparable, in_base

Operator = Callable[[Context, Items, Items], Items]
PLACES: Final = 8
_DIGITS: Final = 60
_LONGEST: Final = 1_000_000


def distinct(context: Context, items: Items) -> Items:
    """Return the items without those that are equal to an earlier one."""
    seen: set[tuple[type, object]] = set()
    out: Items = []
    for item in items:
        simple = plain(item)
        if isinstance(simple, str | bool):
            key = (type(simple), simple)
            if key not in seen:
                seen.add(key)
                out.append(item)
            continue
        context.spend(len(out))
        if not any(equal_items(item, other) for other in out):
            out.append(item)
    return out


def among(context: Context, item: Item, items: Items) -> bool:
    """Tell whether an item is equal to one of several."""
    context.spend(len(items))
    return any(equal_items(item, other) for other in items)


def union(context: Context, left: Items, right: Items) -> Items:
    """`|`: all items of both, each once."""
    return distinct(context, left + right)


def _equal(_context: Context, left: Items, right: Items) -> Items:
    found = equal(left, right)
    return [] if found is None else [found]


def _unequal(_context: Context, left: Items, right: Items) -> Items:
    found = equal(left, right)
    return [] if found is None else [not found]


def _in(context: Context, left: Items, right: Items) -> Items:
    item = only(left, "in")
    return [] if item is None else [among(context, item, right)]


def _contains(context: Context, left: Items, right: Items) -> Items:
    item = only(right, "contains")
    return [] if item is None else [among(context, item, left)]


def _xor(_context: Context, left: Items, right: Items) -> Items:
    one, other = truth(left, "xor"), truth(right, "xor")
    return [] if one is None or other is None else [one is not other]


def _ordered(holds: Callable[[int], bool]) -> Operator:
    def compared(_context: Context, left: Items, right: Items) -> Items:
        one, other = only(left, "order"), only(right, "order")
        if one is None or other is None:
            return []
        found = order(one, other)
        return [] if found is None else [holds(found)]

    return compared


def _both(left: Items, right: Items, sign: str) -> tuple[Item, Item] | None:
    one, other = only(left, sign), only(right, sign)
    return None if one is None or other is None else (plain(one), plain(other))


def _wrong(sign: str, one: Item, other: Item) -> FhirPathRunError:
    names = (i.type.name if isinstance(i, Node) else type(i).__name__ for i in (one, other))
    return FhirPathRunError("operator", what=sign, name=", ".join(names))


def _is_number(item: Item) -> bool:
    return isinstance(item, int | Decimal) and not isinstance(item, bool)


def _plus(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "+")
    if pair is None:
        return []
    one, other = pair
    if type(one) is int and type(other) is int:
        return [one + other]
    match pair:
        case (str() as one, str() as other):
            return [_bounded(one + other)]
        case (Temporal() as one, Quantity() as other):
            return [_moved(one, other, 1)]
        case (Quantity() as one, Quantity() as other):
            return _sum(one, other, 1)
    return [_counted("+", *pair, lambda one, other: one + other)]


def _minus(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "-")
    if pair is None:
        return []
    one, other = pair
    if type(one) is int and type(other) is int:
        return [one - other]
    match pair:
        case (Temporal() as one, Quantity() as other):
            return [_moved(one, other, -1)]
        case (Quantity() as one, Quantity() as other):
            return _sum(one, other, -1)
    return [_counted("-", *pair, lambda one, other: one - other)]


def _bounded(text: str) -> str:
    if len(text) > _LONGEST:
        raise FhirPathRunError("text-too-long", what="+")
    return text


def _moved(moment: Temporal, amount: Quantity, sign: int) -> Temporal:
    try:
        return add(moment, amount, sign)
    except OutOfRangeError as error:
        raise FhirPathRunError("no-such-moment", name=str(amount)) from error


def _sum(one: Quantity, other: Quantity, sign: int) -> Items:
    if one.unit == other.unit and one.calendar == other.calendar:
        return [Quantity(one.value + other.value * sign, one.unit, calendar=one.calendar)]
    if one.ucum is None or other.ucum is None or not comparable(one.ucum, other.ucum):
        return []
    try:
        other_size = in_base(Fraction(other.value), other.ucum)
        ratio = other_size / in_base(Fraction(1), one.ucum)
    except UnitError:
        return []
    with localcontext(prec=_DIGITS) as _:
        value = one.value + sign * Decimal(ratio.numerator) / Decimal(ratio.denominator)
    return [Quantity(value, one.unit, calendar=one.calendar)]


def _counted(
    sign: str, one: Item, other: Item, count: Callable[[Decimal, Decimal], Decimal]
) -> Item:
    if not (_is_number(one) and _is_number(other)):
        raise _wrong(sign, one, other)
    whole = isinstance(one, int) and isinstance(other, int)
    assert isinstance(one, int | Decimal)  # noqa: S101  a number, see above
    assert isinstance(other, int | Decimal)  # noqa: S101  as above
    with localcontext(prec=_DIGITS) as _:
        try:
            found = count(Decimal(one), Decimal(other))
        except (DivisionByZero, InvalidOperation, OverflowError) as error:
            raise FhirPathRunError("out-of-range", what=sign) from error
    return int(found) if whole else found


def _times(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "*")
    match pair:
        case None:
            return []
        case (Quantity() as one, Quantity() as other):
            return [_product(one, other)]
        case (Quantity() as one, int() | Decimal() as other):
            return [Quantity(one.value * Decimal(other), one.unit, calendar=one.calendar)]
        case (int() | Decimal() as one, Quantity() as other):
            return [Quantity(Decimal(one) * other.value, other.unit, calendar=other.calendar)]
    return [_counted("*", *pair, lambda one, other: one * other)]


def _product(one: Quantity, other: Quantity) -> Quantity:
    left, right = one.nearest_ucum, other.nearest_ucum
    if left == "1" or right == "1":
        return Quantity(one.value * other.value, right if left == "1" else left)
    unit = f"{left}2" if left == right and left.isalpha() else f"{left}.{right}"
    return Quantity(one.value * other.value, unit)


def _divided(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "/")
    if pair is None:
        return []
    one, other = pair
    divisor = other.value if isinstance(other, Quantity) else other
    if _is_number(divisor) and divisor == 0:
        return []
    if isinstance(one, Quantity):
        return [_ratio(one, other)]
    if not (_is_number(one) and _is_number(other)):
        raise _wrong("/", one, other)
    return [_counted("/", _decimal(one), _decimal(other), lambda a, b: _rounded(a / b))]


def _decimal(item: Item) -> Decimal:
    assert isinstance(item, int | Decimal)  # noqa: S101  a number, see the caller
    return Decimal(item)


def _rounded(number: Decimal) -> Decimal:
    """Return a quotient with at most eight places, and no zeros at its end."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES:
        number = round(number, PLACES)
    shortened = number.normalize()
    whole = shortened.as_tuple().exponent
    return shortened.quantize(Decimal(1)) if isinstance(whole, int) and whole > 0 else shortened


def _ratio(one: Quantity, other: Item) -> Quantity:
    if isinstance(other, Quantity):
        left, right = one.nearest_ucum, other.nearest_ucum
        unit = "1" if left == right else left if right == "1" else f"{left}/{right}"
        return Quantity(_rounded(one.value / other.value), unit)
    if _is_number(other):
        value = _rounded(one.value / _decimal(other))
        return Quantity(value, one.unit, calendar=one.calendar)
    raise _wrong("/", one, other)


def _div(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "div")
    if pair is None or (_is_number(pair[1]) and pair[1] == 0):
        return []
    return [int(_decimal(_counted("div", *pair, lambda one, other: (one / other).to_integral_value(
        rounding="ROUND_DOWN"))))]  # fmt: skip


def _mod(_context: Context, left: Items, right: Items) -> Items:
    pair = _both(left, right, "mod")
    if pair is None or (_is_number(pair[1]) and pair[1] == 0):
        return []
    return [_counted("mod", *pair, lambda one, other: one % other)]


def _joined(_context: Context, left: Items, right: Items) -> Items:
    one, other = only(left, "&"), only(right, "&")
    texts = ["" if item is None else _text(item) for item in (one, other)]
    return [_bounded("".join(texts))]


def _text(item: Item) -> str:
    found = plain(item)
    if not isinstance(found, str):
        converted = to_string(found)
        if converted is None:
            raise FhirPathRunError("text-needed", what="&")
        return converted
    return found


def negated(items: Items) -> Items:
    """`-` before an expression."""
    item = only(items, "-")
    match None if item is None else plain(item):
        case None:
            return []
        case bool():
            raise FhirPathRunError("number-needed", what="-")
        case int() | Decimal() as number:
            return [-number]
        case Quantity() as amount:
            return [Quantity(-amount.value, amount.unit, calendar=amount.calendar)]
    raise FhirPathRunError("number-needed", what="-")


OPERATORS: Final[dict[str, Operator]] = {
    "=": _equal,
    "!=": _unequal,
    "~": lambda _context, left, right: [equivalent(left, right)],
    "!~": lambda _context, left, right: [not equivalent(left, right)],
    "<": _ordered(lambda found: found < 0),
    "<=": _ordered(lambda found: found <= 0),
    ">": _ordered(lambda found: found > 0),
    ">=": _ordered(lambda found: found >= 0),
    "|": union,
    "in": _in,
    "contains": _contains,
    "xor": _xor,
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
    "div": _div,
    "mod": _mod,
    "&": _joined,
}
