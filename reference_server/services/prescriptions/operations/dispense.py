"""What a laboratory does with a prescription: `$reserve`, `$release`, `$dispense`."""

import hashlib
from collections.abc import Callable

from reference_server.kernel.access import Caller
from reference_server.kernel.errors import Busy
from reference_server.kernel.store import Transaction
from reference_server.services.prescriptions.errors.state import DispensationConflict
from reference_server.services.prescriptions.fhir.arguments import Dispensing
from reference_server.services.prescriptions.fhir.task import answer_task, write_task
from reference_server.services.prescriptions.model import (
    Act,
    Answer,
    Identifier,
    Prescription,
    Work,
)
from reference_server.services.prescriptions.operations.load import Loaded, load, outcome_of
from reference_server.services.prescriptions.rules.lifecycle import (
    dispensed,
    dispensing_act,
    lines_after,
    released,
    reserved,
)
from reference_server.services.prescriptions.rules.outcomes import (
    RETRY_SECONDS,
    check_outcome,
    delivery_of,
    is_busy_at_first,
)
from reference_server.services.prescriptions.store import kept, life
from reference_server.world import Call, authorise, record


def reserve(call: Call, task_id: str, read_nothing: Callable[[], None]) -> bytes:
    """Hold a prescription for 24 hours; again by its holder changes nothing."""
    # AUTHORISE
    caller = authorise(call)
    read_nothing()
    with call.world.store.write() as tx:
        # LOAD
        found = load(call, tx, caller, task_id)
        # CHECK
        found.decide(Act.RESERVE)
        # APPLY
        after = reserved(found.prescription, organization=caller.organization, now=found.now)
        life.save(tx, after)
        # RECORD
        record(call, tx)
    return answer_task(write_task(after))


def release(call: Call, task_id: str, read_nothing: Callable[[], None]) -> bytes:
    """Give a reserved prescription back, to the state it had before."""
    # AUTHORISE
    caller = authorise(call)
    read_nothing()
    with call.world.store.write() as tx:
        # LOAD
        found = load(call, tx, caller, task_id)
        # CHECK
        state = found.decide(Act.RELEASE)
        # APPLY
        after = released(found.prescription, state, now=found.now)
        life.save(tx, after)
        # RECORD
        record(call, tx)
    return answer_task(write_task(after))


def dispense(call: Call, task_id: str, read_asked: Callable[[], Dispensing]) -> Answer:
    """Note what was dispensed, once; raise LineNotFound, LineAlreadyDispensed or the table's.

    The same dispensation again gets the same answer, byte for byte.
    """
    # AUTHORISE
    caller = authorise(call)
    asked = read_asked()
    digest = hashlib.sha256(task_id.encode() + b"\n" + call.body).digest()
    with call.world.store.write() as tx:
        answer = _dispense(call, tx, load(call, tx, caller, task_id), asked, digest=digest)
    if answer is None:
        # Outside the transaction, which has just kept the first try.
        raise Busy(seconds=RETRY_SECONDS)
    return answer


def _dispense(
    call: Call, tx: Transaction, found: Loaded, asked: Dispensing, *, digest: bytes
) -> Answer | None:
    """Note what was dispensed; None where a first try only finds the service busy."""
    # LOAD
    caller, before = found.caller, found.prescription
    earlier = _answered_before(tx, caller, asked.identifier, digest)
    if earlier is not None:
        record(call, tx)
        return Answer(body=answer_task(earlier))
    outcome = outcome_of(call, tx, found)
    # CHECK: the state first, for what is over needs no look at its lines.
    found.decide(Act.DISPENSE_REST)
    lines = lines_after(before, asked.counts)
    state = found.decide(dispensing_act(lines))
    check_outcome(outcome, Work.DISPENSE)
    if is_busy_at_first(outcome) and kept.note_first_try(tx, caller.organization, digest):
        return None
    # APPLY
    after = dispensed(before, state, lines=lines, identifier=asked.identifier, now=found.now)
    task = write_task(after)
    life.save(tx, after)
    life.save_lines(tx, before, after)
    kept.add_dispensation(
        tx,
        _kept(call, caller, after, asked.identifier, digest=digest, task=task),
        position=len(before.dispensations),
    )
    # RECORD
    record(call, tx)
    return Answer(body=answer_task(task), delivery=delivery_of(outcome, Work.DISPENSE))


def _answered_before(
    tx: Transaction, caller: Caller, identifier: Identifier, digest: bytes
) -> bytes | None:
    """ERX-RES-008: one identifier of one organisation is one dispensation."""
    earlier = kept.find_dispensation(tx, caller.organization, identifier)
    if earlier is None:
        return None
    if earlier.body_sha256 != digest:
        raise DispensationConflict(identifier=identifier.value)
    return earlier.answered_task


def _kept(
    call: Call,
    caller: Caller,
    after: Prescription,
    identifier: Identifier,
    *,
    digest: bytes,
    task: bytes,
) -> kept.KeptDispensation:
    call.deed.entities.append(f"Dispensation/{identifier.value}")
    return kept.KeptDispensation(
        task_id=after.task_id,
        organization=caller.organization,
        identifier=identifier,
        body_sha256=digest,
        dispensed_at=after.changed_at,
        answered_task=task,
    )
