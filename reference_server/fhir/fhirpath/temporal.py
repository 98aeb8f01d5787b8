"""Days and times with the precision they were given in: reading, comparing, counting on.

Source: FHIRPath N1 §4.1.6 to 4.1.8 (literals), §6.1, §6.2 (comparison), §6.8 (arithmetic).
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from reference_server.fhir.fhirpath.quantity import Quantity

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(T(?:([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?"
)
_TIME = re.compile(r"T?([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?)?")
_DAY_PARTS: Final = 3
_CLOCK_PARTS: Final = 3
_MINUTE_PARTS: Final = 5
_ALL_PARTS: Final = 6
_SECONDS_A_DAY: Final = 86_400
_SECONDS_OF: Final = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}
_DEFINITE: Final = {
    "s": "second", "ms": "millisecond", "min": "minute", "h": "hour", "d": "day", "wk": "week",
    "year": "year", "years": "year", "month": "month", "months": "month", "week": "week",
    "weeks": "week", "day": "day", "days": "day", "hour": "hour", "hours": "hour",
    "minute": "minute", "minutes": "minute", "second": "second", "seconds": "second",
    "millisecond": "millisecond", "milliseconds": "millisecond",
}  # fmt: skip
_LARGEST_YEAR: Final = 9999

Part = int | Decimal


class Shape(StrEnum):
    """Which of FHIRPath's three types it is."""

    DATE = "Date"
    DATE_TIME = "DateTime"
    TIME = "Time"


class OutOfRangeError(ValueError):
    """There is no such day, or the unit does not count days and times."""


@dataclass(frozen=True, slots=True)
class Temporal:
    """`parts` are year, month, day, hour, minute, second; of a time, from the hour on.

    Fewer parts are a coarser precision; the second is a Decimal with its fraction. `zone` is the
    offset from UTC in minutes, None where none was given.
    """

    shape: Shape
    parts: tuple[Part, ...]
    zone: int | None = None

    def __str__(self) -> str:
        return text_of(self)

    @property
    def digits(self) -> int:
        """How many digits were given: 4 for a year, 17 for milliseconds of a day."""
        whole = sum((4, 2, 2, 2, 2, 2)[: len(self.parts)])
        if self.shape is Shape.TIME:
            whole -= 4 - 2
        last = self.parts[-1]
        fraction = -int(last.as_tuple().exponent) if isinstance(last, Decimal) else 0
        return whole + fraction


@lru_cache(maxsize=4096)
def read_date(text: str) -> Temporal | None:
    """Return a date or dateTime (`2015`, `2015T`, `2015-02-04T14:34:28.123+10:00`), else None."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    parts = _parts(found.group(1, 2, 3, 5, 6, 7))
    if not _is_real(parts) or (found[5] and len(parts) <= _DAY_PARTS):
        return None
    shape = Shape.DATE if found[4] is None else Shape.DATE_TIME
    return Temporal(shape, parts, _zone(found[8]))


def read_time(text: str) -> Temporal | None:
    """Return a time of day (`14:34:28.123`, with or without T), else None."""
    found = _TIME.fullmatch(text)
    parts = _parts(found.group(1, 2, 3)) if found else ()
    return Temporal(Shape.TIME, parts) if parts and _is_clock(parts) else None


def _parts(groups: tuple[str | None, ...]) -> tuple[Part, ...]:
    found: list[Part] = []
    for position, text in enumerate(groups, _ALL_PARTS - len(groups)):
        if text is None:
            break
        found.append(Decimal(text) if position == _ALL_PARTS - 1 else int(text))
    return tuple(found)


def _is_real(parts: tuple[Part, ...]) -> bool:
    try:
        date(int(parts[0]), *(int(each) for each in (*parts[1:_DAY_PARTS], 1, 1)[:2]))
    except ValueError:
        return False
    return _is_clock(parts[_DAY_PARTS:])


def _is_clock(parts: tuple[Part, ...]) -> bool:
    limits = zip(parts, (24, 60, 61), strict=False)
    return all(each < limit for each, limit in limits)


def _zone(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def text_of(value: Temporal) -> str:
    """Return it as it is written, without `@` and without the `T` before a time of day."""
    if value.shape is Shape.TIME:
        return _clock(value.parts)
    days, clock = value.parts[:_DAY_PARTS], value.parts[_DAY_PARTS:]
    text = "-".join(f"{each:0{4 if at == 0 else 2}d}" for at, each in enumerate(map(int, days)))
    if value.shape is Shape.DATE:
        return text
    return f"{text}T{_clock(clock)}{_zone_text(value.zone)}"


def _clock(parts: tuple[Part, ...]) -> str:
    texts = [f"{int(each):02d}" for each in parts[:2]]
    if len(parts) > len(texts):
        whole, dot, fraction = format(parts[2], "f").partition(".")
        texts.append(f"{int(whole):02d}{dot}{fraction}")
    return ":".join(texts)


def _zone_text(zone: int | None) -> str:
    if zone is None:
        return ""
    if zone == 0:
        return "Z"
    return f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"


def compare(left: Temporal, right: Temporal) -> int | None:
    """Return -1, 0 or 1; None where one is too coarse, or only one knows its zone."""
    if (left.shape is Shape.TIME) != (right.shape is Shape.TIME):
        return None
    if left.shape is not Shape.TIME:
        clocks = min(len(left.parts), len(right.parts)) > _DAY_PARTS
        if clocks and (left.zone is None) != (right.zone is None):
            return None
        if clocks and left.zone is not None and left.zone != right.zone:
            left, right = in_utc(left), in_utc(right)
    for one, other in zip(left.parts, right.parts, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(left.parts) == len(right.parts) else None


def in_utc(value: Temporal) -> Temporal:
    """Return the same moment in UTC; what is coarser than minutes keeps its own precision."""
    if not value.zone or len(value.parts) <= _DAY_PARTS:
        return value
    minutes = len(value.parts) >= _MINUTE_PARTS
    try:
        moved = _minute_of(value) - timedelta(minutes=value.zone)
    except OverflowError:
        return value
    parts: tuple[Part, ...] = (moved.year, moved.month, moved.day, moved.hour)
    if minutes:
        parts = (*parts, moved.minute, *value.parts[_MINUTE_PARTS:])
    return replace(value, parts=parts, zone=0)


def _minute_of(value: Temporal) -> datetime:
    """Return the minute, or the full hour, that a day with a time begins in; its zone aside."""
    year, month, day, hour, *rest = (int(each) for each in value.parts[:_MINUTE_PARTS])
    return datetime(year, month, day, hour, rest[0] if rest else 0)  # noqa: DTZ001  zones are reckoned with here


def add(value: Temporal, amount: Quantity, sign: int) -> Temporal:
    """Return a day or time later or earlier; raises OutOfRangeError.

    An amount finer than the value's precision counts as whole units of that precision.
    """
    unit = _DEFINITE.get(amount.unit)
    if unit is None or (value.shape is Shape.TIME and unit in {"year", "month", "week", "day"}):
        raise OutOfRangeError(f"{amount.unit} is no unit of days and times")
    count = amount.value * sign
    try:
        if value.shape is Shape.TIME:
            return _add_to_clock(value, _seconds(unit, count))
        if unit in {"year", "month"}:
            return _add_months(value, int(count) * (12 if unit == "year" else 1))
        return _add_seconds(value, _seconds(unit, count))
    except (OverflowError, ValueError) as error:
        raise OutOfRangeError("there is no such day") from error


def _seconds(unit: str, count: Decimal) -> Decimal:
    if unit == "millisecond":
        return count / 1000
    # Fractions of units above seconds are ignored.
    return count if unit == "second" else Decimal(int(count) * _SECONDS_OF[unit])


def _add_months(value: Temporal, months: int) -> Temporal:
    if len(value.parts) == 1:
        years = int(months / 12)
        return _checked(replace(value, parts=(int(value.parts[0]) + years,)))
    whole = int(value.parts[0]) * 12 + int(value.parts[1]) - 1 + months
    year, month = divmod(whole, 12)
    parts: tuple[Part, ...] = (year, month + 1)
    if len(value.parts) > len(parts):
        last = calendar.monthrange(year, month + 1)[1]
        parts = (*parts, min(int(value.parts[2]), last), *value.parts[_DAY_PARTS:])
    return _checked(replace(value, parts=parts))


def _add_seconds(value: Temporal, seconds: Decimal) -> Temporal:
    if len(value.parts) < _DAY_PARTS:
        days = int(seconds / _SECONDS_A_DAY)
        months = int(Decimal(days) / 30) if len(value.parts) > 1 else int(Decimal(days) / 365) * 12
        return _add_months(value, months)
    if len(value.parts) == _DAY_PARTS:
        moved = date(*(int(each) for each in value.parts)) + timedelta(
            days=int(seconds / _SECONDS_A_DAY)
        )
        return replace(value, parts=(moved.year, moved.month, moved.day))
    start = _minute_of(value)
    second = Decimal(value.parts[-1]) if len(value.parts) == _ALL_PARTS else Decimal(0)
    whole, second = divmod(second + seconds, 60)
    if second < 0:
        whole, second = whole - 1, second + 60
    moved_to = start + timedelta(minutes=int(whole))
    every: tuple[Part, ...] = (
        moved_to.year, moved_to.month, moved_to.day, moved_to.hour, moved_to.minute, second,
    )  # fmt: skip
    return replace(value, parts=every[: len(value.parts)])


def _add_to_clock(value: Temporal, seconds: Decimal) -> Temporal:
    """Return a time of day, which begins anew after midnight."""
    hours, minutes, second = (*value.parts, 0, Decimal(0))[:_CLOCK_PARTS]
    total = Decimal(hours) * 3600 + Decimal(minutes) * 60 + Decimal(second) + seconds
    total %= _SECONDS_A_DAY
    total += _SECONDS_A_DAY if total < 0 else 0
    rest = total % 3600
    every: tuple[Part, ...] = (int(total // 3600), int(rest // 60), rest % 60)
    return replace(value, parts=every[: len(value.parts)])


def _checked(value: Temporal) -> Temporal:
    if not 1 <= int(value.parts[0]) <= _LARGEST_YEAR:
        raise ValueError("year")
    return value
