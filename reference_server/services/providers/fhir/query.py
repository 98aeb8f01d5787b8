"""What a search of the directory asks for (ITI-90), read from its query; nothing is ignored."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reference_server.fhir.primitives import read_date, read_instant
from reference_server.kernel.errors import (
    NotAcceptable,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.services.providers.model import (
    HIERARCHICAL,
    PARAMETERS,
    Condition,
    DirectoryQuery,
    Inclusion,
    Kind,
)

MAX_COUNT = 500
_MAX_SHOWN = 64
_MOST_VALUES = 50
_FORMATS = frozenset({"json", "application/json", "application/fhir+json"})
_COMPARED = re.compile(r"(eq|gt|ge|lt|le|sa|eb)?(.+)")
_NATURAL = re.compile(r"[0-9]{1,6}")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_MODIFIERS: Mapping[Kind, frozenset[str]] = {
    Kind.STRING: frozenset({"exact", "contains"}),
    Kind.CODE: frozenset(),
    Kind.REFERENCE: frozenset(),
    Kind.DATE: frozenset(),
}


def read_query(kind: str, pairs: Sequence[tuple[str, str]], *, fhir_base: str) -> DirectoryQuery:
    """Return what is asked of one type.

    Raises SearchParameterUnknown, SearchParameterInvalid, NotAcceptable. References are kept
    relative to `fhir_base`.
    """
    query = DirectoryQuery(type=kind)
    for name, value in pairs:
        try:
            query = _with(query, name, value, fhir_base)
        except ValueError:
            raise SearchParameterInvalid(name=name[:_MAX_SHOWN], value=value[:_MAX_SHOWN]) from None
    return query


def _with(query: DirectoryQuery, name: str, value: str, fhir_base: str) -> DirectoryQuery:
    match name:
        case "_id":
            ids = _values(value)
            return replace(query, ids=ids if query.ids is None else _both(query.ids, ids))
        case "_lastUpdated":
            return replace(query, changed=(*query.changed, *changed(value)))
        case "_include" | "_revinclude":
            found = _inclusion(query.type, value, is_reverse=name == "_revinclude")
            return replace(query, inclusions=(*query.inclusions, found))
        case "_count" | "_offset" | "_format":
            return _with_shape(query, name, value)
    condition = _condition(query.type, name, _values(value), fhir_base)
    return replace(query, conditions=(*query.conditions, condition))


def _with_shape(query: DirectoryQuery, name: str, value: str) -> DirectoryQuery:
    if name == "_count":
        return replace(query, count=min(natural(value), MAX_COUNT))
    if name == "_offset":
        return replace(query, offset=natural(value))
    if value not in _FORMATS:
        raise NotAcceptable(accept=value[:_MAX_SHOWN])
    return query


def _condition(kind: str, name: str, values: tuple[str, ...], fhir_base: str) -> Condition:
    """Read `name`, `name:modifier`, or `name.rest` and `name:Type.rest` of a chain."""
    head, dot, rest = name.partition(".")
    plain, _, modifier = head.partition(":")
    parameter = PARAMETERS[kind].get(plain)
    if parameter is None:
        raise SearchParameterUnknown(name=name[:_MAX_SHOWN])
    if dot:
        if parameter.target is None or modifier not in {"", parameter.target}:
            raise SearchParameterUnknown(name=name[:_MAX_SHOWN])
        inner = _condition(parameter.target, rest, values, fhir_base)
        return Condition(name=plain, chain=inner)
    allowed = _MODIFIERS[parameter.kind]
    if plain in HIERARCHICAL:
        allowed = frozenset({"above", "below"})
    if modifier and modifier not in allowed and modifier != parameter.target:
        raise SearchParameterUnknown(name=name[:_MAX_SHOWN])
    if parameter.kind is Kind.REFERENCE:
        target = str(parameter.target)
        values = tuple(_reference(value, target, fhir_base) for value in values)
    kept = modifier if modifier in {*allowed} else None
    return Condition(name=plain, values=values, modifier=kept)


def _reference(value: str, target: str, fhir_base: str) -> str:
    """Return `Type/id` of an id, a relative or an absolute reference of ours."""
    relative = value.removeprefix(f"{fhir_base}/")
    own = relative.removeprefix(f"{target}/")
    if not _ID.fullmatch(own):
        raise ValueError(value)
    return f"{target}/{own}"


def _inclusion(kind: str, value: str, *, is_reverse: bool) -> Inclusion:
    """Read `Source:parameter` (a dot instead, as ITI-90 prints one of them, counts, too)."""
    source, _, name = value.replace(".", ":", 1).partition(":")
    parameter = PARAMETERS.get(source, {}).get(name)
    if parameter is None or parameter.target is None:
        raise ValueError(value)
    if (parameter.target if is_reverse else source) != kind:
        raise ValueError(value)
    return Inclusion(source=source, name=name, is_reverse=is_reverse)


def changed(value: str) -> tuple[tuple[str, str], ...]:
    """Return comparisons with times (UTC, microseconds) of a date with its prefix."""
    compared = _COMPARED.fullmatch(value)
    if compared is None:
        raise ValueError(value)
    start, end = (at.isoformat(timespec="microseconds")[:26] for at in _period(compared[2]))
    conditions = {
        "eq": ((">=", start), ("<", end)),
        "gt": ((">=", end),),
        "sa": ((">=", end),),
        "ge": ((">=", start),),
        "lt": (("<", start),),
        "eb": (("<", start),),
        "le": (("<", end),),
    }
    return conditions[compared[1] or "eq"]


def _period(text: str) -> tuple[datetime, datetime]:
    day = read_date(text)
    if day is not None:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start, start + timedelta(days=1)
    instant = read_instant(text)
    if instant is None:
        raise ValueError(text)
    at = instant.astimezone(UTC)
    return at, at + (timedelta(milliseconds=1) if "." in text else timedelta(seconds=1))


def _values(value: str) -> tuple[str, ...]:
    found = tuple(part.removeprefix("|") for part in value.split(",") if part)
    if not 0 < len(found) <= _MOST_VALUES:
        raise ValueError(value)
    return found


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in one if each in other)


def natural(value: str) -> int:
    """Return a whole number of a query; ValueError where it is none."""
    if not _NATURAL.fullmatch(value):
        raise ValueError(value)
    return int(value)
