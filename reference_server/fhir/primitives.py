"""FHIR R4's primitive types: their regular expressions and JSON kinds; knows no element.

Source: https://hl7.org/fhir/R4/datatypes.html#primitive. Where the specification's expression
lets an impossible date pass (`2026-02-30`), the calendar is asked as well.
"""

import re
import string
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from reference_server.fhir.json_reader import JsonValue

_YEAR = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_DAY = rf"{_YEAR}(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?"
_FULL_DAY = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

# "Strings SHALL NOT contain Unicode character points below 32, except for u0009, u000D and u000A".
_TEXT = re.compile(r"[\t\n\r\x20-\U0010ffff]+")

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "canonical": re.compile(r"\S+", re.ASCII),
    "code": re.compile(r"[^\s]+(\s[^\s]+)*", re.ASCII),
    "date": re.compile(_DAY),
    "dateTime": re.compile(rf"{_FULL_DAY}T{_TIME}{_ZONE}|{_DAY}"),
    "id": re.compile(r"[A-Za-z0-9\-\.]{1,64}"),
    "instant": re.compile(rf"{_FULL_DAY}T{_TIME}{_ZONE}"),
    "markdown": _TEXT,
    "oid": re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "string": _TEXT,
    "time": re.compile(_TIME),
    "uri": re.compile(r"\S+", re.ASCII),
    "url": re.compile(r"\S+", re.ASCII),
    "uuid": re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "xhtml": re.compile(r"\s*<div\b.*</div>\s*", re.DOTALL),
}
BASE64_SIGNS = (string.ascii_letters + string.digits + "+/").encode("ascii")
# The specification means ASCII's spaces: a French no-break space is a sign like others.
_BASE64 = BASE64_SIGNS + b"=" + string.whitespace.encode("ascii")
_NUMBERS: Mapping[str, tuple[int, int]] = {
    "integer": (-(2**31), 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
}
_CALENDAR = frozenset({"date", "dateTime", "instant"})
_FULL_DATE_LENGTH = 10

PRIMITIVES = frozenset({*_PATTERNS, *_NUMBERS, "base64Binary", "boolean", "decimal"})


def has_json_kind(value: JsonValue, type_name: str) -> bool:
    """Tell whether a JSON value is of the kind in which a primitive type is written."""
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "decimal":
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if type_name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def is_primitive(value: JsonValue, type_name: str) -> bool:
    """Tell whether a JSON value is a valid value of a primitive type."""
    if not has_json_kind(value, type_name):
        return False
    if isinstance(value, int) and type_name in _NUMBERS:
        least, most = _NUMBERS[type_name]
        return least <= value <= most
    if isinstance(value, str):
        if type_name == "base64Binary":
            return _is_base64(value)
        matches = _PATTERNS[type_name].fullmatch(value) is not None
        return matches and (type_name not in _CALENDAR or is_in_calendar(value))
    return True


def _is_base64(value: str) -> bool:
    """Tell it without a regular expression: the text may be megabytes long."""
    return value != "" and value.isascii() and not value.encode("ascii").translate(None, _BASE64)


def is_in_calendar(value: str) -> bool:
    """Tell whether the date part of a well-formed date or dateTime exists."""
    if len(value) < _FULL_DATE_LENGTH:
        return True
    try:
        date.fromisoformat(value[:_FULL_DATE_LENGTH])
    except ValueError:
        return False
    return True


def read_date(value: str) -> date | None:
    """Return a complete FHIR date; None for a partial or a wrong one."""
    if len(value) != _FULL_DATE_LENGTH or not is_primitive(value, "date"):
        return None
    return date.fromisoformat(value)


def read_instant(value: str) -> datetime | None:
    """Return a FHIR instant, or a dateTime with time and zone; None for anything else.

    Fractions beyond microseconds are cut, the leap second `:60` counts as `:59`.
    """
    if not is_primitive(value, "instant"):
        return None
    head, fraction, zone = _split_instant(value)
    second = head[:-2] + "59" if head.endswith(":60") else head
    return datetime.fromisoformat(f"{second}.{fraction[:6]:0<6}{zone}")


def _split_instant(value: str) -> tuple[str, str, str]:
    head, rest = value[:19], value[19:]
    zone = "+00:00" if rest.endswith("Z") else rest[-6:]
    fraction = rest[1 : len(rest) - (1 if rest.endswith("Z") else 6)]
    return head, fraction, zone
