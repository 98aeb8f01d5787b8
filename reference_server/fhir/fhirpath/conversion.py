"""From one of FHIRPath's types to another; None where that cannot be.

Source: FHIRPath N1 §5.5, and §4.5 (singleton evaluation of collections).
"""

import re
from decimal import Decimal
from typing import Final

from reference_server.fhir.fhirpath.context import only
from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Items, Node, plain
from reference_server.fhir.fhirpath.quantity import CALENDAR, Quantity
from reference_server.fhir.fhirpath.temporal import Shape, Temporal, read_date, read_time
from reference_server.fhir.ucum import is_unit

_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,50}(?:\.[0-9]{1,50})?")
_QUANTITY = re.compile(
    r"(?P<value>[+-]?[0-9]{1,50}(?:\.[0-9]{1,50})?)\s*(?:'(?P<unit>[^']+)'|(?P<word>[a-z]+))?"
)
LARGEST: Final = 2**31 - 1
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})


def truth(items: Items, what: str) -> bool | None:
    """Return the truth of a collection: empty is None, any single item is true."""
    if len(items) == 1 and type(items[0]) is bool:
        return items[0]
    item = only(items, what)
    if item is None:
        return None
    found = plain(item)
    return found if isinstance(found, bool) else True


def criterion(items: Items, what: str) -> bool | None:
    """Return the truth of a criterion, which must be a boolean or empty."""
    item = only(items, what)
    if item is None:
        return None
    found = plain(item)
    if not isinstance(found, bool):
        raise FhirPathRunError("boolean-needed", what=what)
    return found


def to_boolean(item: Item) -> bool | None:
    """Return the boolean of an item."""
    match plain(item):
        case bool() as value:
            return value
        case int() | Decimal() as value:
            return {0: False, 1: True}.get(int(value)) if value == int(value) else None
        case str() as value:
            lowered = value.lower()
            return True if lowered in _TRUE else False if lowered in _FALSE else None
    return None


def to_integer(item: Item) -> int | None:
    """Return the whole number of an item."""
    match plain(item):
        case bool() as value:
            return int(value)
        case int() as value:
            return value
        case str() as value if _INTEGER.fullmatch(value):
            found = int(value)
            return found if -LARGEST - 1 <= found <= LARGEST else None
    return None


def to_decimal(item: Item) -> Decimal | None:
    """Return the decimal of an item."""
    match plain(item):
        case bool() | int() | Decimal() as value:
            return Decimal(value)
        case str() as value if _DECIMAL.fullmatch(value):
            return Decimal(value)
    return None


def to_string(item: Item) -> str | None:
    """Return an item as text."""
    match plain(item):
        case bool() as value:
            return "true" if value else "false"
        case Decimal() as value:
            return format(value, "f")
        case Node():
            return None
        case value:
            return str(value)


def to_quantity(item: Item) -> Quantity | None:
    """Return the amount of an item."""
    match plain(item):
        case Quantity() as value:
            return value
        case bool() | int() | Decimal() as value:
            return Quantity(Decimal(value))
        case str() as value:
            return _quantity(value)
    return None


def _quantity(text: str) -> Quantity | None:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    value = Decimal(found["value"])
    if found["unit"] is not None:
        return Quantity(value, found["unit"]) if is_unit(found["unit"]) else None
    if found["word"] is not None:
        word = CALENDAR.get(found["word"])
        return None if word is None else Quantity(value, word, calendar=True)
    return Quantity(value)


def to_date(item: Item) -> Temporal | None:
    """Return the day of an item."""
    match plain(item):
        case Temporal(shape=Shape.DATE) as value:
            return value
        case Temporal(shape=Shape.DATE_TIME) as value:
            return Temporal(Shape.DATE, value.parts[:3])
        case str() as value:
            found = read_date(value)
            return None if found is None else Temporal(Shape.DATE, found.parts[:3])
    return None


def to_date_time(item: Item) -> Temporal | None:
    """Return the day and time of an item."""
    match plain(item):
        case Temporal(shape=Shape.DATE | Shape.DATE_TIME) as value:
            return Temporal(Shape.DATE_TIME, value.parts, value.zone)
        case str() as value:
            found = read_date(value)
            return None if found is None else Temporal(Shape.DATE_TIME, found.parts, found.zone)
    return None


def to_time(item: Item) -> Temporal | None:
    """Return the time of day of an item."""
    match plain(item):
        case Temporal(shape=Shape.TIME) as value:
            return value
        case str() as value:
            return read_time(value)
    return None
