"""Amounts with units: FHIRPath's Quantity, its calendar words, and what UCUM makes equal.

Source: FHIRPath N1 §4.1.9 (literals), §6.1.1 (equality); UCUM by the library `ucumvert`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

CALENDAR: Final = {
    f"{unit}{plural}": unit
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for plural in ("", "s")
}
"""Words that may stand after a number → the unit in the singular."""

_AS_UCUM: Final = {
    "week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms",
}  # fmt: skip
_EQUIVALENT: Final = {**_AS_UCUM, "year": "a", "month": "mo"}
ONE: Final = "1"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value and its UCUM unit, or a word of the calendar."""

    value: Decimal
    unit: str = ONE
    calendar: bool = False

    def __str__(self) -> str:
        unit = self.unit if self.calendar else f"'{self.unit}'"
        return f"{format(self.value, 'f')} {unit}"

    @property
    def ucum(self) -> str | None:
        """The definite UCUM unit; None for months and years of the calendar."""
        return _AS_UCUM.get(self.unit) if self.calendar else self.unit

    @property
    def nearest_ucum(self) -> str:
        """The UCUM unit that is equivalent, if not equal."""
        return _EQUIVALENT[self.unit] if self.calendar else self.unit
