"""The least and the greatest that a value of limited precision can mean.

Source: FHIRPath 3.0.0 (ballot) §5.7.2 lowBoundary, §5.7.3 highBoundary, §5.7.4 precision.
"""

import calendar
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Final

from reference_server.fhir.fhirpath.nodes import Item
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import Part, Shape, Temporal

MOST_PLACES: Final = 31
_DIGITS: Final = 80
_FULL: Final = {Shape.DATE: 8, Shape.DATE_TIME: 17, Shape.TIME: 9}
_PLACES: Final = 8
# Digits → parts: a year has 4 digits, a day 8, a moment with milliseconds 17.
_PARTS: Final = {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 6}
_CLOCK_PARTS: Final = {2: 1, 4: 2, 6: 3, 9: 3}
_WEST: Final = -12 * 60
_EAST: Final = 14 * 60
_DAY_PARTS: Final = 3


def boundary(item: Item, digits: int | None, *, low: bool) -> Item | None:
    """Return the boundary to a precision (places of a number, digits of a moment), or None."""
    match item:
        case bool():
            return None
        case int() | Decimal():
            return _number(Decimal(item), digits, low=low)
        case Quantity():
            found = _number(item.value, digits, low=low)
            return None if found is None else Quantity(found, item.unit, calendar=item.calendar)
        case Temporal():
            return _moment(item, _FULL[item.shape] if digits is None else digits, low=low)
    return None


def precision(item: Item) -> int | None:
    """Return the places of a number or the digits of a moment."""
    match item:
        case bool():
            return None
        case int():
            return 0
        case Decimal():
            return _places(item)
        case Temporal():
            return item.digits
    return None


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _number(number: Decimal, places: int | None, *, low: bool) -> Decimal | None:
    wanted = _PLACES if places is None else places
    if not 0 <= wanted <= MOST_PLACES:
        return None
    with localcontext(prec=_DIGITS) as _:
        half = Decimal(5).scaleb(-_places(number) - 1)
        edge = number - half if low else number + half
        rounding = ROUND_FLOOR if low else ROUND_CEILING
        return edge.quantize(Decimal(1).scaleb(-wanted), rounding=rounding)


def _moment(value: Temporal, digits: int, *, low: bool) -> Temporal | None:
    time = value.shape is Shape.TIME
    count = (_CLOCK_PARTS if time else _PARTS).get(digits)
    if count is None or (value.shape is Shape.DATE and count > _DAY_PARTS):
        return None
    parts: tuple[Part, ...] = value.parts[:count]
    for position in range(len(parts), count):
        parts = (*parts, _edge(parts, position + (_DAY_PARTS if time else 0), low=low))
    milliseconds = digits in {9, 17}
    if milliseconds:
        last = Decimal(parts[-1])
        filled = len(value.parts) < count
        fraction = Decimal("0.999") if filled and not low else Decimal("0.000")
        parts = (*parts[:-1], last + fraction if filled else last.quantize(Decimal("0.001")))
    if time:
        return Temporal(Shape.TIME, parts)
    if count <= _DAY_PARTS:
        return Temporal(Shape.DATE, parts)
    zone = value.zone if value.zone is not None else _EAST if low else _WEST
    return Temporal(Shape.DATE_TIME, parts, zone)


def _edge(parts: tuple[Part, ...], position: int, *, low: bool) -> Part:
    """Return the least or greatest month, day, hour, minute or second after these parts."""
    if position == 2:  # noqa: PLR2004  the day of a month
        last = calendar.monthrange(int(parts[0]), int(parts[1]))[1]
        return 1 if low else last
    lowest, highest = {1: (1, 12), 3: (0, 23), 4: (0, 59), 5: (0, 59)}[position]
    found = lowest if low else highest
    return Decimal(found) if position == 5 else found  # noqa: PLR2004  seconds are exact
