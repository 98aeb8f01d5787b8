"""Functions on numbers and amounts. Source: FHIRPath N1 §5.7."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Decimal,
    InvalidOperation,
    localcontext,
)
from typing import Final

from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.errors import FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Items, plain
from reference_server.fhir.fhirpath.operators import PLACES
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.texts import number as whole_number

_DIGITS: Final = 40
_LARGEST_POWER: Final = 1000


def amount(items: Items, what: str) -> int | Decimal | Quantity | None:
    """Return the one number or amount; raises FhirPathRunError."""
    item = only(items, what)
    if item is None:
        return None
    found = plain(item)
    if isinstance(found, bool) or not isinstance(found, int | Decimal | Quantity):
        raise FhirPathRunError("number-needed", what=what)
    return found


def _decimal(items: Items, what: str) -> Decimal | None:
    found = amount(items, what)
    if isinstance(found, Quantity):
        raise FhirPathRunError("number-needed", what=what)
    return None if found is None else Decimal(found)


def absolute(_context: Context, items: Items) -> Items:
    """`abs`."""
    found = amount(items, "abs()")
    if isinstance(found, Quantity):
        return [Quantity(abs(found.value), found.unit, calendar=found.calendar)]
    if found is None:
        return []
    size: int | Decimal = found.__abs__()
    return [size]


def _whole(what: str, rounding: str) -> Callable[[Context, Items], Items]:
    def rounded(_context: Context, items: Items) -> Items:
        found = amount(items, what)
        if isinstance(found, Quantity):
            value = found.value.to_integral_value(rounding=rounding)
            return [Quantity(value, found.unit, calendar=found.calendar)]
        if found is None:
            return []
        return [int(Decimal(found).to_integral_value(rounding=rounding))]

    return rounded


ceiling = _whole("ceiling()", ROUND_CEILING)
floor = _whole("floor()", ROUND_FLOOR)
truncate = _whole("truncate()", ROUND_DOWN)


def rounded(_context: Context, items: Items, places: Items | None = None) -> Items:
    """`round`."""
    found = amount(items, "round()")
    count = 0 if places is None else whole_number(places, "round()")
    if found is None or count is None:
        return []
    if not 0 <= count <= _DIGITS:
        raise FhirPathRunError("places", limit=_DIGITS)
    value = found.value if isinstance(found, Quantity) else Decimal(found)
    with localcontext(prec=_DIGITS * 2) as _:
        value = value.quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP)
    if isinstance(found, Quantity):
        return [Quantity(value, found.unit, calendar=found.calendar)]
    return [int(value) if count == 0 and isinstance(found, int) else value]


def _computed(what: str, compute: Callable[[Decimal], Decimal]) -> Callable[..., Items]:
    def run(_context: Context, items: Items) -> Items:
        found = _decimal(items, what)
        if found is None:
            return []
        with localcontext(prec=_DIGITS) as _:
            try:
                return [_shortened(compute(found))]
            except (InvalidOperation, ArithmeticError):
                return []

    return run


def _shortened(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise InvalidOperation
    short = round(value, PLACES * 2).normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


square_root = _computed("sqrt()", lambda value: value.sqrt())
natural_logarithm = _computed("ln()", lambda value: value.ln())
exponential = _computed("exp()", lambda value: value.exp())


def logarithm(_context: Context, items: Items, base: Items) -> Items:
    """`log`."""
    found, to = _decimal(items, "log()"), _decimal(base, "log()")
    if found is None or to is None or found <= 0 or to <= 0 or to == 1:
        return []
    with localcontext(prec=_DIGITS) as _:
        return [_shortened(found.ln() / to.ln())]


def power(_context: Context, items: Items, exponent: Items) -> Items:
    """`power`."""
    found, by = amount(items, "power()"), amount(exponent, "power()")
    if found is None or by is None:
        return []
    if isinstance(found, Quantity) or isinstance(by, Quantity):
        raise FhirPathRunError("number-needed", what="power()")
    if not -_LARGEST_POWER <= by <= _LARGEST_POWER:
        raise FhirPathRunError("power", limit=_LARGEST_POWER)
    with localcontext(prec=_DIGITS) as _:
        try:
            result = _shortened(Decimal(found) ** Decimal(by))
        except (InvalidOperation, ArithmeticError):
            return []
    whole = isinstance(found, int) and isinstance(by, int) and result == int(result)
    return [int(result) if whole else result]
