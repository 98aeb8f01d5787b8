"""Turns what pydantic has against a value into our own ids; none of its English gets through."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scenarios.document import Place
from scenarios.errors import Phrase, known, phrase
from scenarios.shape import spot

LONGEST = 60
# Of a file that is wanted, one day: what a date looks like.
A_DAY = "2026-12-31"

_Context: TypeAlias = Mapping[str, Any]
_Saying: TypeAlias = Callable[[str, _Context], Phrase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Owns one wrong value: its place, what is wrong, and how it would be right."""

    place: Place
    what: Phrase
    hint: Phrase | None = None


def everything_wrong(model: type[BaseModel], error: ValidationError) -> tuple[Wrong, ...]:
    """Return all that is wrong with a value that should have been of a model.

    A list is not called too short where it only is because items of it are wrong themselves.
    """
    details = error.errors(include_url=False)
    places = [detail["loc"] for detail in details]
    return tuple(
        wrong(model, detail)
        for detail in details
        if detail["type"] != "too_short" or not any(_lies_in(p, detail["loc"]) for p in places)
    )


def _lies_in(inner: Sequence[str | int], outer: Sequence[str | int]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def wrong(model: type[BaseModel], detail: ErrorDetails) -> Wrong:
    """Return what is wrong, where, and what would be right."""
    kind, context = detail["type"], detail.get("ctx") or {}
    here = spot(model, detail["loc"])
    found = shown(detail["input"])
    match kind:
        case "missing":
            return Wrong(place=here.place, what=phrase("declaration.field.missing"))
        case "extra_forbidden":
            hint = known(here.siblings, wrong=str(here.place[-1]))
            return Wrong(place=here.place, what=phrase("declaration.field.unknown"), hint=hint)
        case "literal_error" | "enum":
            hint = known(_quoted(context.get("expected")), wrong=str(detail["input"]))
            return Wrong(place=here.place, what=_not_allowed(found, context), hint=hint)
        case "union_tag_invalid":
            tag = str(context.get("tag"))
            place = (*here.place, *_quoted(context.get("discriminator")))
            hint = known(_quoted(context.get("expected_tags")), wrong=tag)
            return Wrong(place=place, what=_not_allowed(shown(tag), context), hint=hint)
        case "union_tag_not_found":
            place = (*here.place, *_quoted(context.get("discriminator")))
            return Wrong(
                place=place, what=phrase("declaration.field.missing"), hint=known(here.tags)
            )
    what = SAYINGS.get(kind, _invalid)(found, context)
    return Wrong(place=here.place, what=what, hint=_form(kind, context, here.example))


def shown(value: object) -> str:
    """Return a value as its author could have written it, on one line and not too long."""
    text = json.dumps(value, ensure_ascii=False, default=_other)
    return visible(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def visible(text: str) -> str:
    """Return a text without signs that would steer a terminal instead of being seen."""
    return "".join(
        f"\\u{ord(sign):04x}" if unicodedata.category(sign) in {"Cc", "Cf"} else sign
        for sign in text
    )


def _other(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _quoted(words: object) -> tuple[str, ...]:
    """Return the words that stand in quotes in what pydantic expected."""
    return tuple(re.findall(r"'([^']+)'", str(words or "")))


def _not_allowed(found: str, _: _Context) -> Phrase:
    return phrase("declaration.value.not-allowed", found=found)


def _invalid(found: str, _: _Context) -> Phrase:
    return phrase("declaration.value.invalid", found=found)


def _needs(message_id: str) -> _Saying:
    """Return a saying that names what was found."""
    return lambda found, _: Phrase(message_id, {"found": found})


def _bound(message_id: str, key: str) -> _Saying:
    """Return a saying that names a limit, too."""
    return lambda found, context: Phrase(
        message_id, {"found": found, "limit": str(context.get(key, "?"))}
    )


def _count(message_id: str, key: str) -> _Saying:
    """Return a saying on how many there are, and how many there may be."""
    return lambda _, context: Phrase(
        message_id,
        {"limit": str(context.get(key, "?")), "length": str(context.get("actual_length", "?"))},
    )


def _json(_: str, context: _Context) -> Phrase:
    place = re.search(r"line (\d+) column (\d+)", str(context.get("error")))
    line, column = place.groups() if place else ("?", "?")
    return phrase("declaration.json", line=line, column=column)


def _form(kind: str, context: _Context, example: str) -> Phrase | None:
    """Return the hint that shows what a right value looks like."""
    if kind.startswith("date_"):
        return phrase("declaration.hint.example", example=A_DAY)
    if example:
        return phrase("declaration.hint.example", example=example)
    if kind == "string_pattern_mismatch":
        return phrase("declaration.hint.pattern", pattern=str(context.get("pattern")))
    return None


_TEXT = _needs("declaration.value.not-text")
_WHOLE = _needs("declaration.value.not-whole")
_NUMBER = _needs("declaration.value.not-number")
_YES_NO = _needs("declaration.value.not-yes-no")
_LIST = _needs("declaration.value.not-list")
_FIELDS = _needs("declaration.value.not-fields")
_DAY = _needs("declaration.value.not-day")

# What is said of each kind of error; any other is only said to be invalid.
SAYINGS: Mapping[str, _Saying] = {
    **dict.fromkeys(("string_type", "string_unicode"), _TEXT),
    "string_too_short": _bound("declaration.text.too-short", "min_length"),
    "string_too_long": _bound("declaration.text.too-long", "max_length"),
    "string_pattern_mismatch": _needs("declaration.text.pattern"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _YES_NO),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), _LIST),
    **dict.fromkeys(
        ("model_type", "model_attributes_type", "dict_type", "mapping_type", "dataclass_type"),
        _FIELDS,
    ),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        _DAY,
    ),
    "too_short": _count("declaration.list.too-short", "min_length"),
    "too_long": _count("declaration.list.too-long", "max_length"),
    "greater_than": _bound("declaration.number.more-than", "gt"),
    "greater_than_equal": _bound("declaration.number.at-least", "ge"),
    "less_than": _bound("declaration.number.less-than", "lt"),
    "less_than_equal": _bound("declaration.number.at-most", "le"),
    "json_invalid": _json,
}


def within(found: Wrong, place: Place) -> Wrong:
    """Return the same mistake of a value that stands at a place of its file."""
    return replace(found, place=(*place, *found.place))
