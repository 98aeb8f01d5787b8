"""Taking in AuditEvents of other software (IHE ITI-20, RESTful form): kept in the same chain."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.audit.fhir.foreign import events_of
from reference_server.services.audit.store.trail import find
from reference_server.world import Call, authorise, record


def take_in(call: Call, read_posted: Callable[[], Mapping[str, Any]]) -> tuple[bytes, str | None]:
    """Keep one AuditEvent, or those of a Bundle, all or none; raises AuditEventIncomplete.

    Return the answer, and the new event's address where there is one.
    """
    # AUTHORISE
    caller = authorise(call)
    posted = read_posted()
    # CHECK
    events = tuple(events_of(posted))
    with call.world.store.write() as tx:
        # APPLY
        numbers = [
            call.world.port(AUDIT).record(
                tx,
                AuditEntry(
                    action=call.deed.action,
                    outcome=AuditOutcome.SUCCESS,
                    request_id=call.request_id,
                    caller=caller,
                    address=call.address,
                    resource=event,
                ),
            )
            for event in events
        ]
        # RECORD
        call.deed.entities.extend(f"AuditEvent/{number}" for number in numbers)
        record(call, tx)
        kept = find(tx, str(numbers[0]))
    base = call.world.fhir_base
    if posted.get("resourceType") == "Bundle":
        return _batch_answer(numbers, str(posted.get("type", "batch"))), None
    return b"" if kept is None else kept.event, f"{base}/AuditEvent/{numbers[0]}"


def _batch_answer(numbers: list[int], posted: str) -> bytes:
    kind = "transaction-response" if posted == "transaction" else "batch-response"
    entries = [
        {"response": {"status": "201 Created", "location": f"AuditEvent/{number}"}}
        for number in numbers
    ]
    return msgspec.json.encode({"resourceType": "Bundle", "type": kind, "entry": entries})
