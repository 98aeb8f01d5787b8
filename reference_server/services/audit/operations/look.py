"""Reading, searching and exporting the audit trail, each of which is an event in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.ports import StoredEntry
from reference_server.services.audit.fhir.query import Page, answer_search
from reference_server.services.audit.model import AuditQuery
from reference_server.services.audit.rules.sight import narrowed, own_matricule, seen
from reference_server.services.audit.store.index import patient_of, search
from reference_server.services.audit.store.trail import find, stored
from reference_server.world import Call, authorise, record

_BATCH = 500
_LATEST = 200


def read(call: Call, number: str) -> bytes:
    """Return one AuditEvent that the caller may see; raise AuditEventNotFound for any other."""
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        found = find(tx, number)
        patient = None if found is None else patient_of(tx, found.number)
        # CHECK
        event = seen(found, caller, patient=patient)
        # RECORD
        call.deed.patient = patient
        call.deed.entities.append(f"AuditEvent/{event.number}")
        record(call, tx)
    return event.event


def look(call: Call, read_wanted: Callable[[], AuditQuery]) -> bytes:
    """Return one page of the AuditEvents that the caller may see and that fit."""
    # AUTHORISE
    caller = authorise(call)
    asked = narrowed(read_wanted(), caller)
    with call.world.store.write() as tx:
        # LOAD
        total, rows = search(tx, asked)
        # RECORD
        _record(call, tx, caller)
    page = Page(
        events=tuple(map(stored, rows)),
        total=total,
        self_url=_url(call, call.query),
        next_url=_next_url(call, asked, total),
    )
    return answer_search(page, fhir_base=call.world.fhir_base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of events, and how many there are in all."""

    total: int
    events: tuple[StoredEntry, ...]


def own(call: Call, asked: AuditQuery | None = None) -> Found:
    """Return the latest events about the patient who asks: who saw what, when and why."""
    # AUTHORISE
    caller = authorise(call)
    wanted = narrowed(asked or AuditQuery(count=_LATEST), caller)
    with call.world.store.write() as tx:
        # LOAD
        total, rows = search(tx, wanted)
        # RECORD
        _record(call, tx, caller)
    return Found(total=total, events=tuple(map(stored, rows)))


def export(call: Call, read_wanted: Callable[[], AuditQuery]) -> Iterator[bytes]:
    """Give every AuditEvent that fits, a line each (NDJSON), the latest first.

    The export is recorded before its first line leaves; it does not hold what came after.
    """
    # AUTHORISE
    caller = authorise(call)
    asked = narrowed(read_wanted(), caller)
    with call.world.store.write() as tx:
        # LOAD
        total, _ = search(tx, replace(asked, count=0, offset=0))
        # RECORD
        number = _record(call, tx, caller)
    return _lines(call, asked, total=total, before=number)


def _lines(call: Call, asked: AuditQuery, *, total: int, before: int) -> Iterator[bytes]:
    for offset in range(0, total, _BATCH):
        with call.world.store.read() as tx:
            _, rows = search(tx, replace(asked, count=_BATCH, offset=offset), before=before)
        for row in rows:
            yield stored(row).event + b"\n"


def _record(call: Call, tx: Transaction, caller: Caller) -> int:
    call.deed.patient = own_matricule(caller)
    return record(call, tx)


def _next_url(call: Call, asked: AuditQuery, total: int) -> str | None:
    following = asked.offset + asked.count
    if asked.count == 0 or following >= total:
        return None
    query = tuple(pair for pair in call.query if pair[0] != "_offset")
    return _url(call, (*query, ("_offset", str(following))))


def _url(call: Call, query: tuple[tuple[str, str], ...]) -> str:
    base = f"{call.world.fhir_base}/AuditEvent"
    return call.world.masked(f"{base}?{urlencode(query)}") if query else base
