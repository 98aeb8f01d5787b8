"""Fixed values and patterns of profiles: exactly the same, or at least that."""

from decimal import Decimal
from typing import Any


def fits_fixed(value: Any, fixed: Any) -> bool:  # noqa: ANN401  JSON
    """Tell whether a value is exactly the fixed one, in every part and digit."""
    if isinstance(fixed, dict):
        keys = isinstance(value, dict) and value.keys() == fixed.keys()
        return keys and all(fits_fixed(value[key], held) for key, held in fixed.items())
    if isinstance(fixed, list):
        long = isinstance(value, list) and len(value) == len(fixed)
        return long and all(map(fits_fixed, value, fixed))
    return _same(value, fixed)


def fits_pattern(value: Any, pattern: Any) -> bool:  # noqa: ANN401  JSON
    """Tell whether a value holds at least what the pattern holds; lists in whatever order."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and fits_pattern(value[key], held) for key, held in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(fits_pattern(item, wanted) for item in value) for wanted in pattern
        )
    return _same(value, pattern)


def _same(value: Any, other: Any) -> bool:  # noqa: ANN401  JSON
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, int | Decimal) and isinstance(other, int | Decimal):
        return Decimal(value) == Decimal(other)
    return type(value) is type(other) and bool(value == other)
