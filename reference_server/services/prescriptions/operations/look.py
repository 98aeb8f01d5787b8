"""Reading one Task and searching Tasks, of what the caller may see."""

from collections.abc import Callable
from urllib.parse import urlencode

from reference_server.kernel.access import Caller, Role
from reference_server.kernel.store import Transaction
from reference_server.services.prescriptions.fhir.query import TaskQuery
from reference_server.services.prescriptions.fhir.task import (
    FoundPage,
    answer_search,
    write_task,
)
from reference_server.services.prescriptions.model import Act
from reference_server.services.prescriptions.operations.load import load
from reference_server.services.prescriptions.rules.lifecycle import settled
from reference_server.services.prescriptions.store import life
from reference_server.services.prescriptions.store.search import Search, Seen, overdue, search
from reference_server.world import Call, authorise, record


def read(call: Call, task_id: str) -> bytes:
    """Return a Task that the caller may see; raise PrescriptionNotFound for any other."""
    # AUTHORISE
    caller = authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        found = load(call, tx, caller, task_id)
        # CHECK
        found.decide(Act.READ)
        # RECORD
        record(call, tx)
    return write_task(found.prescription)


def find(call: Call, read_wanted: Callable[[], TaskQuery]) -> bytes:
    """Return one page of the Tasks that the caller may see and that fit."""
    # AUTHORISE
    caller = authorise(call)
    wanted = read_wanted()
    with call.world.store.write() as tx:
        # LOAD
        asked = _asked(caller, wanted)
        _settle(call, tx, asked.seen)
        total, tasks = search(tx, asked)
        # RECORD
        for task in tasks:
            call.deed.found.setdefault(task.matricule, []).append(f"Task/{task.task_id}")
            call.deed.origins.append(task.organization)
        record(call, tx)
    page = FoundPage(
        tasks=tasks,
        total=total,
        self_url=_url(call, call.query),
        next_url=_next_url(call, wanted, total),
    )
    return answer_search(page, fhir_base=call.world.fhir_base)


def _asked(caller: Caller, wanted: TaskQuery) -> Search:
    """ERX-SRV-034: prescribers see their organisation's own, laboratories what they retrieved."""
    seen = Seen(organization=caller.organization, is_author=caller.role == Role.PRESCRIBER)
    return Search(
        seen=seen,
        task_id=wanted.task_id,
        number=wanted.number,
        states=wanted.states,
        changed=wanted.changed,
        count=wanted.count,
        offset=wanted.offset,
    )


def _settle(call: Call, tx: Transaction, seen: Seen) -> None:
    """Move on what is over, so that a search by state finds what is so now."""
    now = call.world.clock.business_now()
    for prescription in overdue(tx, seen, now):
        life.save(tx, settled(prescription, now))


def _next_url(call: Call, wanted: TaskQuery, total: int) -> str | None:
    following = wanted.offset + wanted.count
    if wanted.count == 0 or following >= total:
        return None
    query = tuple(pair for pair in call.query if pair[0] != "_offset")
    return _url(call, (*query, ("_offset", str(following))))


def _url(call: Call, query: tuple[tuple[str, str], ...]) -> str:
    base = f"{call.world.fhir_base}/Task"
    return call.world.masked(f"{base}?{urlencode(query)}") if query else base
