"""`$retrieve-prescription`: a laboratory gets a prescription by its code, or by plan B."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from math import ceil

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.national.prescription_number import (
    PrescriptionNumberError,
    parse_prescription_number,
)
from reference_server.national.qr import QrPayloadError, parse_qr
from reference_server.ports import Outcome
from reference_server.services.prescriptions.errors.state import (
    PrescriptionNotFound,
    TooManyWrongTries,
)
from reference_server.services.prescriptions.fhir.arguments import ByCode, ByNumber
from reference_server.services.prescriptions.fhir.task import (
    answer_retrieval,
    write_task,
    write_warning,
)
from reference_server.services.prescriptions.model import Act, Answer, Prescription, Work
from reference_server.services.prescriptions.operations.load import loaded, outcome_of
from reference_server.services.prescriptions.operations.submit import sha256_of
from reference_server.services.prescriptions.rules.outcomes import delivery_of, warning_of
from reference_server.services.prescriptions.store import kept, life
from reference_server.world import Call, authorise, record

WRONG_TRIES_ALLOWED = 10
WRONG_TRIES_WITHIN = timedelta(minutes=15)


def retrieve(call: Call, read_asked: Callable[[], ByCode | ByNumber]) -> Answer:
    """Give a prescription to the laboratory that has its paper, and let it see it from now on.

    Raises PrescriptionNotFound, the same for a wrong code, a wrong number and a wrong birth date,
    TooManyWrongTries, and the refusals of the transition table.
    """
    # AUTHORISE
    caller = authorise(call)
    asked = read_asked()
    handed = None
    with call.world.store.write() as tx:
        # LOAD
        if isinstance(asked, ByNumber):
            _refuse_guessing(call, tx, caller)
            found = _by_number(tx, asked)
        else:
            found = _by_code(tx, asked.code)
        if found is not None:
            handed = _hand_over(call, tx, caller, found)
        elif isinstance(asked, ByNumber):
            _count_wrong_try(call, tx, caller)
    # Outside the transaction, which has just kept the wrong try or the retrieval: what is handed
    # over is large and does not change, and others wait for the lock.
    if handed is None:
        raise PrescriptionNotFound
    return _answer(call, *handed)


def _hand_over(
    call: Call, tx: Transaction, caller: Caller, found: Prescription
) -> tuple[Prescription, Outcome | None]:
    current = loaded(call, tx, caller, found)
    # CHECK
    current.decide(Act.RETRIEVE)
    # APPLY
    life.note_retrieval(tx, caller.organization, found.task_id)
    outcome = outcome_of(call, tx, current)
    # RECORD
    record(call, tx)
    return current.prescription, outcome


def _answer(call: Call, prescription: Prescription, outcome: Outcome | None) -> Answer:
    with call.world.store.read() as tx:
        bundle, stamped = kept.papers_of(tx, prescription.task_id)
    body = answer_retrieval(
        write_task(prescription),
        bundle=bundle,
        stamped=stamped,
        warning=write_warning(warning_of(outcome), call.voice),
    )
    return Answer(body=body, delivery=delivery_of(outcome, Work.RETRIEVE))


def _by_code(tx: Transaction, code: str) -> Prescription | None:
    """Return the prescription whose QR code this is; takes the same time for any wrong token."""
    try:
        payload = parse_qr(code)
    except QrPayloadError:
        return None
    found = life.find_by_number(tx, payload.number)
    kept_hash = bytes(32) if found is None else life.code_sha256(tx, found.task_id)
    fits = hmac.compare_digest(sha256_of(payload.token), kept_hash)
    return found if fits else None


def _by_number(tx: Transaction, asked: ByNumber) -> Prescription | None:
    try:
        number = parse_prescription_number(asked.number)
    except PrescriptionNumberError:
        return None
    found = life.find_by_number(tx, number)
    return found if found is not None and found.birth_date == asked.birth_date else None


def _refuse_guessing(call: Call, tx: Transaction, caller: Caller) -> None:
    """ERX-SRV-012: after ten wrong tries an organisation waits until one is 15 minutes old."""
    now = call.world.clock.business_now()
    tries = kept.wrong_tries(tx, caller.organization, now - WRONG_TRIES_WITHIN)
    if len(tries) >= WRONG_TRIES_ALLOWED:
        free_at = tries[-WRONG_TRIES_ALLOWED] + WRONG_TRIES_WITHIN
        raise TooManyWrongTries(seconds=max(1, ceil((free_at - now).total_seconds())))


def _count_wrong_try(call: Call, tx: Transaction, caller: Caller) -> None:
    now = call.world.clock.business_now()
    kept.note_wrong_try(tx, caller.organization, now, keep=now - WRONG_TRIES_WITHIN)
