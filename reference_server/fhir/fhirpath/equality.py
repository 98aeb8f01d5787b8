"""When items are equal, equivalent, or in order; knows no expression.

Source: FHIRPath N1 §6.1 and §6.2. None stands for the empty answer.
"""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Items, Node, plain
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import Shape, Temporal, compare
from reference_server.fhir.ucum import UnitError, comparable, in_base

_SPACES = re.compile(r"\s+")
_MONTHS: Final = {"month": 1, "year": 12}
_DIGITS: Final = 60


def equal(left: Items, right: Items) -> bool | None:
    """Tell whether two collections are equal, item by item; None where one is empty."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    uncertain = False
    for one, other in zip(left, right, strict=True):
        same = equal_items(one, other)
        if same is False:
            return False
        uncertain = uncertain or same is None
    return None if uncertain else True


def equal_items(left: Item, right: Item) -> bool | None:  # noqa: PLR0911  a return for each type
    """Tell whether two items are equal; None where their precisions or units do not tell."""
    one, other = plain(left), plain(right)
    if type(one) is str and type(other) is str:
        return one == other
    if type(one) is Node or type(other) is Node:
        return type(one) is type(other) and _same_json(one, other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if (one.shape is Shape.TIME) != (other.shape is Shape.TIME):
            return False
        order = compare(one, other)
        return None if order is None else order == 0
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        return _equal_amounts(_as_amount(one), _as_amount(other))
    if _is_number(one) and _is_number(other):
        return one == other
    return type(one) is type(other) and one == other


def _is_number(item: Item) -> bool:
    return isinstance(item, int | Decimal)


def _as_amount(item: Item) -> Quantity | None:
    if isinstance(item, Quantity):
        return item
    return Quantity(Decimal(item)) if isinstance(item, int | Decimal) else None


def _same_json(one: Item, other: Item) -> bool:
    assert isinstance(one, Node)  # noqa: S101  both are nodes, see the caller
    assert isinstance(other, Node)  # noqa: S101  as above
    return _same(one.value, other.value) and _same(one.extra, other.extra)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  JSON
    if isinstance(one, dict):
        keys = isinstance(other, dict) and one.keys() == other.keys()
        return keys and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        long = isinstance(other, list) and len(one) == len(other)
        return long and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _equal_amounts(one: Quantity | None, other: Quantity | None) -> bool | None:
    if one is None or other is None:
        return False
    order = order_of_amounts(one, other)
    return None if order is None else order == 0


def order_of_amounts(one: Quantity, other: Quantity) -> int | None:
    """Return -1, 0 or 1; None where the units measure different things, or are not definite."""
    if one.unit == other.unit and one.calendar == other.calendar:
        return _sign(one.value - other.value)
    if one.calendar and other.calendar and one.unit in _MONTHS and other.unit in _MONTHS:
        return _sign(one.value * _MONTHS[one.unit] - other.value * _MONTHS[other.unit])
    if one.ucum is None or other.ucum is None or not comparable(one.ucum, other.ucum):
        return None
    try:
        return _sign(
            in_base(Fraction(one.value), one.ucum) - in_base(Fraction(other.value), other.ucum)
        )
    except UnitError:
        return None


def _sign(difference: Decimal | Fraction) -> int:
    return (difference > 0) - (difference < 0)


def equivalent(left: Items, right: Items) -> bool:
    """Tell whether two collections hold equivalent items, in whatever order."""
    if len(left) != len(right):
        return False
    remaining = list(right)
    for one in left:
        at = next((i for i, other in enumerate(remaining) if equivalent_items(one, other)), None)
        if at is None:
            return False
        del remaining[at]
    return True


def equivalent_items(left: Item, right: Item) -> bool:  # noqa: PLR0911  a return for each type
    """Tell whether two items are equivalent: no matter the case, the spaces, more digits."""
    one, other = plain(left), plain(right)
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return _alike(Decimal(one), Decimal(other))
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        return compare(one, other) == 0
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        return _alike_amounts(_as_amount(one), _as_amount(other))
    if isinstance(one, Node) and isinstance(other, Node):
        return _alike_json(one.value, other.value)
    return False


def _folded(text: str) -> str:
    return _SPACES.sub(" ", text.strip()).casefold()


def _alike(one: Decimal, other: Decimal) -> bool:
    """Compare to the precision of the less precise one."""
    places = max(min(_places(one), _places(other)), 0)
    with localcontext(prec=_DIGITS) as _:
        step = Decimal(1).scaleb(-places)
        try:
            return one.quantize(step) == other.quantize(step)
        except ArithmeticError:
            return one == other


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _alike_amounts(one: Quantity | None, other: Quantity | None) -> bool:
    if one is None or other is None:
        return False
    left, right = one.nearest_ucum, other.nearest_ucum
    if left == right:
        return _alike(one.value, other.value)
    if not comparable(left, right):
        return False
    try:
        return in_base(Fraction(one.value), left) == in_base(Fraction(other.value), right)
    except UnitError:
        return False


def _alike_json(one: Any, other: Any) -> bool:  # noqa: ANN401  JSON
    if isinstance(one, dict) and isinstance(other, dict):
        keys = (one.keys() | other.keys()) - {"id"}
        same = one.keys() - {"id"} == other.keys() - {"id"}
        return same and all(_alike_json(one[key], other[key]) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        remaining = list(other)
        for each in one:
            at = next((i for i, x in enumerate(remaining) if _alike_json(each, x)), None)
            if at is None:
                return False
            del remaining[at]
        return not remaining
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    return type(one) is type(other) and bool(one == other)


def order(left: Item, right: Item) -> int | None:
    """Return -1, 0 or 1 of two items, None where that cannot be told; raises FhirPathRunError."""
    one, other = plain(left), plain(right)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, bool) or isinstance(other, bool):
        raise FhirPathRunError("no-order", one="boolean", other="boolean")
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return (one > other) - (one < other)
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if (one.shape is Shape.TIME) != (other.shape is Shape.TIME):
            raise FhirPathRunError("no-order", one=_kind(one), other=_kind(other))
        return compare(one, other)
    first, second = _as_amount(one), _as_amount(other)
    if first is not None and second is not None:
        return order_of_amounts(first, second)
    raise FhirPathRunError("no-order", one=_kind(one), other=_kind(other))


def _kind(item: Item) -> str:
    return item.type.name if isinstance(item, Node) else type(item).__name__
