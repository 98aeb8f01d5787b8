"""`$cancel`: the prescriber takes a prescription back before anything was dispensed."""

from collections.abc import Callable

from reference_server.services.prescriptions.fhir.task import answer_task, write_task
from reference_server.services.prescriptions.model import Act
from reference_server.services.prescriptions.operations.load import load
from reference_server.services.prescriptions.rules.lifecycle import cancelled
from reference_server.services.prescriptions.store import life
from reference_server.world import Call, authorise, record


def cancel(call: Call, task_id: str, read_reason: Callable[[], str]) -> bytes:
    """Cancel a prescription of the caller's own organisation, for a reason."""
    # AUTHORISE
    caller = authorise(call)
    reason = read_reason()
    with call.world.store.write() as tx:
        # LOAD
        found = load(call, tx, caller, task_id)
        # CHECK
        found.decide(Act.CANCEL)
        # APPLY
        after = cancelled(found.prescription, reason=reason, now=found.now)
        life.save(tx, after)
        # RECORD
        record(call, tx)
    return answer_task(write_task(after))
