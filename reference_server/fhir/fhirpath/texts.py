"""Functions on texts. Source: FHIRPath N1 §5.6 and the additional string functions of 3.0.0."""

import base64
import binascii
import html
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import regex

from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.conversion import to_integer
from reference_server.fhir.fhirpath.errors import FhirPathLimitError, FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Items, plain

LONGEST: Final = 10_000_000
PATIENCE: Final = 1.0
"""Seconds that one regular expression may take."""
# Searches take microseconds: letting other threads in for each would cost milliseconds.
_CARE: Final[Mapping[str, Any]] = {"timeout": PATIENCE, "concurrent": False}


def text(items: Items, what: str) -> str | None:
    """Return the one text, None where there is none; raises FhirPathRunError."""
    item = only(items, what)
    if item is None:
        return None
    found = plain(item)
    if not isinstance(found, str):
        raise FhirPathRunError("text-needed", what=what)
    return found


def number(items: Items, what: str) -> int | None:
    """Return the one whole number; raises FhirPathRunError."""
    item = only(items, what)
    if item is None:
        return None
    found = plain(item)
    whole = to_integer(found) if isinstance(found, int) and not isinstance(found, bool) else None
    if whole is None:
        raise FhirPathRunError("whole-needed", what=what)
    return whole


def _pair(items: Items, argument: Items, what: str) -> tuple[str, str] | None:
    one, other = text(items, what), text(argument, what)
    return None if one is None or other is None else (one, other)


def index_of(_context: Context, items: Items, part: Items) -> Items:
    """`indexOf`."""
    pair = _pair(items, part, "indexOf()")
    return [] if pair is None else [pair[0].find(pair[1])]


def last_index_of(_context: Context, items: Items, part: Items) -> Items:
    """`lastIndexOf`."""
    pair = _pair(items, part, "lastIndexOf()")
    return [] if pair is None else [pair[0].rfind(pair[1])]


def substring(_context: Context, items: Items, start: Items, length: Items | None = None) -> Items:
    """`substring`."""
    found, at = text(items, "substring()"), number(start, "substring()")
    if found is None or at is None or not 0 <= at < len(found):
        return []
    count = None if length is None else number(length, "substring()")
    if count is None:
        return [found[at:]]
    return [found[at : at + max(count, 0)]]


def starts_with(_context: Context, items: Items, part: Items) -> Items:
    """`startsWith`."""
    pair = _pair(items, part, "startsWith()")
    return [] if pair is None else [pair[0].startswith(pair[1])]


def ends_with(_context: Context, items: Items, part: Items) -> Items:
    """`endsWith`."""
    pair = _pair(items, part, "endsWith()")
    return [] if pair is None else [pair[0].endswith(pair[1])]


def contains(_context: Context, items: Items, part: Items) -> Items:
    """`contains`, the function."""
    pair = _pair(items, part, "contains()")
    return [] if pair is None else [pair[1] in pair[0]]


def upper(_context: Context, items: Items) -> Items:
    """`upper`."""
    found = text(items, "upper()")
    return [] if found is None else [found.upper()]


def lower(_context: Context, items: Items) -> Items:
    """`lower`."""
    found = text(items, "lower()")
    return [] if found is None else [found.lower()]


def trim(_context: Context, items: Items) -> Items:
    """`trim`."""
    found = text(items, "trim()")
    return [] if found is None else [found.strip()]


def length(_context: Context, items: Items) -> Items:
    """`length`."""
    found = text(items, "length()")
    return [] if found is None else [len(found)]


def to_chars(context: Context, items: Items) -> Items:
    """`toChars`."""
    found = text(items, "toChars()")
    context.spend(len(found or ""))
    return list(found or "")


def replace(_context: Context, items: Items, pattern: Items, put: Items) -> Items:
    """`replace`."""
    found, old, new = text(items, "replace()"), text(pattern, "replace()"), text(put, "replace()")
    if found is None or old is None or new is None:
        return []
    if len(new) * (found.count(old) + 1) > LONGEST:
        raise FhirPathLimitError("text-too-long", what="replace()")
    return [found.replace(old, new)]


def split(context: Context, items: Items, separator: Items) -> Items:
    """`split`."""
    found, sign = text(items, "split()"), text(separator, "split()")
    if found is None or sign is None:
        return []
    parts: Items = list(found.split(sign)) if sign else list(found)
    context.spend(len(parts))
    return parts


def join(_context: Context, items: Items, separator: Items | None = None) -> Items:
    """`join`."""
    sign = "" if separator is None else text(separator, "join()") or ""
    if not items:
        return []
    return [sign.join(_as_text(item) for item in items)]


def _as_text(item: Item) -> str:
    found = plain(item)
    if not isinstance(found, str):
        raise FhirPathRunError("text-needed", what="join()")
    return found


@lru_cache(maxsize=1024)
def _pattern(source: str, flags: int = 0) -> "regex.Pattern[str]":
    try:
        return regex.compile(source, flags | regex.DOTALL)
    except regex.error as error:
        raise FhirPathRunError("no-regex", reason=str(error)) from error


def matches(_context: Context, items: Items, pattern: Items, flags: Items | None = None) -> Items:
    """`matches`: somewhere in the text."""
    found, source = text(items, "matches()"), text(pattern, "matches()")
    if found is None or source is None:
        return []
    given = "" if flags is None else text(flags, "matches()") or ""
    compiled = _pattern(source, regex.IGNORECASE if "i" in given else 0)
    try:
        return [compiled.search(found, **_CARE) is not None]
    except TimeoutError as error:
        raise FhirPathLimitError("regex-too-slow", what="matches()") from error


def matches_full(_context: Context, items: Items, pattern: Items) -> Items:
    """`matchesFull`: the whole text."""
    found, source = text(items, "matchesFull()"), text(pattern, "matchesFull()")
    if found is None or source is None:
        return []
    try:
        return [_pattern(source).fullmatch(found, **_CARE) is not None]
    except TimeoutError as error:
        raise FhirPathLimitError("regex-too-slow", what="matchesFull()") from error


def replace_matches(_context: Context, items: Items, pattern: Items, put: Items) -> Items:
    """`replaceMatches`: `$1` in what is put stands for the first group, `${name}` for a name's."""
    what = "replaceMatches()"
    found, source, new = text(items, what), text(pattern, what), text(put, what)
    if found is None or source is None or new is None:
        return []
    if not source:
        return [found]
    put_in = regex.sub(r"\$(?:\{(\w+)\}|(\d+))", r"\\g<\1\2>", new.replace("\\", "\\\\"))
    try:
        return [_pattern(source).sub(put_in, found, **_CARE)]
    except TimeoutError as error:
        raise FhirPathLimitError("regex-too-slow", what=what) from error
    except (regex.error, IndexError) as error:
        raise FhirPathRunError("no-regex", reason=str(error)) from error


def encode(_context: Context, items: Items, form: Items) -> Items:
    """`encode`: hex, base64 or urlbase64."""
    found, name = text(items, "encode()"), text(form, "encode()")
    if found is None or name is None:
        return []
    raw = found.encode("utf-8")
    match name:
        case "hex":
            return [raw.hex()]
        case "base64":
            return [base64.b64encode(raw).decode("ascii")]
        case "urlbase64":
            return [base64.urlsafe_b64encode(raw).decode("ascii")]
    return []


def decode(_context: Context, items: Items, form: Items) -> Items:
    """`decode`: hex, base64 or urlbase64; empty where that cannot be."""
    found, name = text(items, "decode()"), text(form, "decode()")
    if found is None or name is None:
        return []
    try:
        match name:
            case "hex":
                return [bytes.fromhex(found).decode("utf-8")]
            case "base64":
                return [base64.b64decode(found, validate=True).decode("utf-8")]
            case "urlbase64":
                return [base64.urlsafe_b64decode(found).decode("utf-8")]
    except (binascii.Error, ValueError):
        return []
    return []


def escape(_context: Context, items: Items, form: Items) -> Items:
    """`escape`: html or json."""
    found, name = text(items, "escape()"), text(form, "escape()")
    if found is None or name not in {"html", "json"}:
        return []
    if name == "html":
        return [html.escape(found, quote=True)]
    return [json.dumps(found, ensure_ascii=False)[1:-1]]


def unescape(_context: Context, items: Items, form: Items) -> Items:
    """`unescape`: html or json; empty where that cannot be."""
    found, name = text(items, "unescape()"), text(form, "unescape()")
    if found is None or name not in {"html", "json"}:
        return []
    if name == "html":
        return [html.unescape(found)]
    try:
        return [str(json.loads(f'"{found}"', strict=False))]
    except ValueError:
        # A quotation mark may stand in it as it is.
        return [found.replace('\\"', '"').replace("\\\\", "\\")]
