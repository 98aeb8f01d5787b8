"""What a search of AuditEvents asks for, and its answer; unknown parameters are refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from reference_server.fhir.primitives import read_date, read_instant
from reference_server.kernel.errors import (
    NotAcceptable,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.national.identifiers import MATRICULE
from reference_server.ports import StoredEntry
from reference_server.services.audit.model import AuditQuery, Condition

MAX_COUNT = 500
_MAX_SHOWN = 64
_FORMATS = frozenset({"json", "application/json", "application/fhir+json"})
_COMPARED = re.compile(r"(eq|gt|ge|lt|le)?(.+)")
_NATURAL = re.compile(r"[0-9]{1,9}")
_MOST_VALUES = 50


def read_query(pairs: Sequence[tuple[str, str]]) -> AuditQuery:
    """Return what is asked; raise SearchParameterUnknown, SearchParameterInvalid, NotAcceptable."""
    query = AuditQuery()
    for name, value in pairs:
        reader = _READERS.get(name)
        if reader is None:
            raise SearchParameterUnknown(name=name[:_MAX_SHOWN])
        try:
            query = reader(query, value)
        except ValueError:
            raise SearchParameterInvalid(name=name, value=value[:_MAX_SHOWN]) from None
    return query


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of what was found: how many in all, and where the next page is."""

    events: tuple[StoredEntry, ...]
    total: int
    self_url: str
    next_url: str | None


def answer_search(page: Page, *, fhir_base: str) -> bytes:
    """Return the searchset Bundle of a page."""
    links = [{"relation": "self", "url": page.self_url}]
    if page.next_url is not None:
        links.append({"relation": "next", "url": page.next_url})
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": links,
        "entry": [
            {
                "fullUrl": f"{fhir_base}/AuditEvent/{each.number}",
                "resource": msgspec.Raw(each.event),
                "search": {"mode": "match"},
            }
            for each in page.events
        ],
    }
    return msgspec.json.encode({name: value for name, value in bundle.items() if value != []})


def _values(value: str) -> tuple[str, ...]:
    found = tuple(part for part in value.split(",") if part)
    if not 0 < len(found) <= _MOST_VALUES:
        raise ValueError(value)
    return found


def _with(query: AuditQuery, name: str, *values: str, comparison: str = "=") -> AuditQuery:
    condition = Condition(name=name, values=values, comparison=comparison)
    return replace(query, conditions=(*query.conditions, condition))


def _plain(name: str) -> Callable[[AuditQuery, str], AuditQuery]:
    """Read codes; of `system|code` the code counts."""

    def read(query: AuditQuery, value: str) -> AuditQuery:
        return _with(query, name, *(each.rpartition("|")[2] for each in _values(value)))

    return read


def _reference(name: str) -> Callable[[AuditQuery, str], AuditQuery]:
    """Read references and identifiers as they stand in the event."""

    def read(query: AuditQuery, value: str) -> AuditQuery:
        return _with(query, name, *_values(value))

    return read


def _with_patient(query: AuditQuery, value: str) -> AuditQuery:
    """Read a matricule, alone, after its system or as the id of a Patient."""
    found = []
    for each in _values(value):
        system, bar, number = each.removeprefix("Patient/").rpartition("|")
        if bar and system not in {"", MATRICULE}:
            raise ValueError(value)
        found.append(number)
    return _with(query, "patient", *found)


def _with_date(query: AuditQuery, value: str) -> AuditQuery:
    """Read a date or an instant with an optional prefix; a date without one is that day (UTC)."""
    compared = _COMPARED.fullmatch(value)
    if compared is None:
        raise ValueError(value)
    start, end = (at.isoformat(timespec="microseconds") for at in _period(compared[2]))
    conditions = {
        "eq": ((">=", start), ("<", end)),
        "gt": ((">=", end),),
        "ge": ((">=", start),),
        "lt": (("<", start),),
        "le": (("<", end),),
    }
    for comparison, at in conditions[compared[1] or "eq"]:
        query = _with(query, "date", at, comparison=comparison)
    return query


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


def _with_id(query: AuditQuery, value: str) -> AuditQuery:
    return _with(query, "_id", *(str(_natural(each)) for each in _values(value)))


def _with_count(query: AuditQuery, value: str) -> AuditQuery:
    return replace(query, count=min(_natural(value), MAX_COUNT))


def _with_offset(query: AuditQuery, value: str) -> AuditQuery:
    return replace(query, offset=_natural(value))


def _with_sort(query: AuditQuery, value: str) -> AuditQuery:
    if value != "-date":
        raise ValueError(value)
    return query


def _with_format(query: AuditQuery, value: str) -> AuditQuery:
    if value not in _FORMATS:
        raise NotAcceptable(accept=value[:_MAX_SHOWN])
    return query


def _natural(value: str) -> int:
    if not _NATURAL.fullmatch(value):
        raise ValueError(value)
    return int(value)


_READERS: Mapping[str, Callable[[AuditQuery, str], AuditQuery]] = {
    "_id": _with_id,
    "_count": _with_count,
    "_offset": _with_offset,
    "_format": _with_format,
    "_sort": _with_sort,
    "date": _with_date,
    "_lastUpdated": _with_date,
    "patient": _with_patient,
    "patient.identifier": _with_patient,
    "patient:identifier": _with_patient,
    "agent": _reference("agent"),
    "agent.identifier": _reference("agent"),
    "agent:identifier": _reference("agent"),
    "agent-role": _plain("agent-role"),
    "entity": _reference("entity"),
    "entity:identifier": _reference("entity"),
    "policy": _reference("policy"),
    "address": _reference("address"),
    "site": _reference("site"),
    "action": _plain("action"),
    "outcome": _plain("outcome"),
    "type": _plain("type"),
    "subtype": _plain("subtype"),
}
SEARCH_PARAMETERS = tuple(_READERS)
