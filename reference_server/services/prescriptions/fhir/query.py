"""What a search of Tasks asks for, read from its query; unknown parameters are refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from reference_server.fhir.primitives import read_date, read_instant
from reference_server.kernel.errors import (
    NotAcceptable,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.national.identifiers import ERX_BUSINESS_STATUS, PRESCRIPTION_NUMBER
from reference_server.national.prescription_number import parse_prescription_number
from reference_server.services.prescriptions.fhir.task import TASK_STATUS
from reference_server.services.prescriptions.model import State

DEFAULT_COUNT = 50
MAX_COUNT = 200
FHIR_TASK_STATUS = "http://hl7.org/fhir/task-status"
_MAX_SHOWN = 64
_FORMATS = frozenset({"json", "application/json", "application/fhir+json"})
_ALL_STATUS = frozenset(
    {
        "draft",
        "requested",
        "received",
        "accepted",
        "rejected",
        "ready",
        "cancelled",
        "in-progress",
        "on-hold",
        "failed",
        "completed",
        "entered-in-error",
    }
)
_COMPARED = re.compile(r"(eq|gt|ge|lt|le)?(.+)")
_NUMBER = re.compile(r"[0-9]{1,6}")

Condition: TypeAlias = tuple[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """A search's conditions; `changed` are pairs of comparison and time, all of which must hold."""

    task_id: str | None = None
    number: str | None = None
    states: frozenset[State] | None = None
    changed: tuple[Condition, ...] = ()
    count: int = DEFAULT_COUNT
    offset: int = 0


def read_query(pairs: tuple[tuple[str, str], ...]) -> TaskQuery:
    """Return what is asked; raise SearchParameterUnknown, SearchParameterInvalid, NotAcceptable."""
    query, seen = TaskQuery(), set[str]()
    for name, value in pairs:
        reader = _READERS.get(name)
        if reader is None:
            raise SearchParameterUnknown(name=name[:_MAX_SHOWN])
        if name in seen and name != "_lastUpdated":
            raise SearchParameterInvalid(name=name, value=value[:_MAX_SHOWN])
        seen.add(name)
        try:
            query = reader(query, value)
        except ValueError:
            raise SearchParameterInvalid(name=name, value=value[:_MAX_SHOWN]) from None
    return query


def _with_id(query: TaskQuery, value: str) -> TaskQuery:
    return replace(query, task_id=value)


def _with_number(query: TaskQuery, value: str) -> TaskQuery:
    """Read `number` or `system|number`; PrescriptionNumberError is a ValueError."""
    return replace(query, number=parse_prescription_number(_token(value, PRESCRIPTION_NUMBER)))


def _with_status(query: TaskQuery, value: str) -> TaskQuery:
    wanted = {_token(code, FHIR_TASK_STATUS) for code in value.split(",")}
    if not wanted <= _ALL_STATUS:
        raise ValueError(value)
    return _narrowed(query, {state for state, code in TASK_STATUS.items() if code in wanted})


def _with_business_status(query: TaskQuery, value: str) -> TaskQuery:
    codes = value.split(",")
    return _narrowed(query, {State(_token(code, ERX_BUSINESS_STATUS)) for code in codes})


def _narrowed(query: TaskQuery, states: set[State]) -> TaskQuery:
    known = frozenset(State) if query.states is None else query.states
    return replace(query, states=known & states)


def _with_changed(query: TaskQuery, value: str) -> TaskQuery:
    """Read a date or an instant with an optional prefix; a date without one is that day (UTC)."""
    compared = _COMPARED.fullmatch(value)
    if compared is None:
        raise ValueError(value)
    start, end = _period(compared[2])
    conditions: Mapping[str, tuple[Condition, ...]] = {
        "eq": ((">=", start), ("<", end)),
        "gt": ((">=", end),),
        "ge": ((">=", start),),
        "lt": (("<", start),),
        "le": (("<", end),),
    }
    return replace(query, changed=(*query.changed, *conditions[compared[1] or "eq"]))


def _period(text: str) -> tuple[datetime, datetime]:
    day = read_date(text)
    if day is not None:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start, start + timedelta(days=1)
    instant = read_instant(text)
    if instant is None:
        raise ValueError(text)
    at = instant.astimezone(UTC)
    # Instants are shown in milliseconds: one that is asked for covers the whole millisecond.
    return at, at + (timedelta(milliseconds=1) if "." in text else timedelta(seconds=1))


def _with_count(query: TaskQuery, value: str) -> TaskQuery:
    return replace(query, count=min(_natural(value), MAX_COUNT))


def _with_offset(query: TaskQuery, value: str) -> TaskQuery:
    return replace(query, offset=_natural(value))


def _with_format(query: TaskQuery, value: str) -> TaskQuery:
    if value not in _FORMATS:
        raise NotAcceptable(accept=value[:_MAX_SHOWN])
    return query


def _natural(value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise ValueError(value)
    return int(value)


def _token(value: str, system: str) -> str:
    """Return the code of `code`, `|code` or `system|code`; ValueError in another system."""
    before, bar, code = value.rpartition("|")
    if bar and before not in {"", system}:
        raise ValueError(value)
    return code


_READERS: Mapping[str, Callable[[TaskQuery, str], TaskQuery]] = {
    "_id": _with_id,
    "_count": _with_count,
    "_offset": _with_offset,
    "_format": _with_format,
    "_lastUpdated": _with_changed,
    "identifier": _with_number,
    "status": _with_status,
    "business-status": _with_business_status,
}
SEARCH_PARAMETERS = tuple(_READERS)
