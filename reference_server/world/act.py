"""The first and the last step of every operation: AUTHORISE and RECORD; knows no service."""

from collections.abc import Collection
from typing import TypeAlias

from reference_server.kernel import call as kernel
from reference_server.kernel.access import Caller, require
from reference_server.kernel.errors import Refusal, ServerRefusal
from reference_server.kernel.store import Transaction
from reference_server.ports import AUDIT, TOKENS, AuditEntry, AuditOutcome
from reference_server.world.world import World

Call: TypeAlias = kernel.Call[World]


def authorise(
    call: Call, *, scope: str, roles: Collection[str], audience: str | None = None
) -> Caller:
    """Return who calls, when the token is for `audience` (the FHIR base) and allows this.

    Raises the AccessRefusals. Whoever was recognised stands in the audit trail, also when the
    operation is refused afterwards.
    """
    caller = call.world.port(TOKENS).authenticate(
        call.headers.get("authorization"),
        audience=audience or call.world.fhir_base,
        correlation=call.request_id,
    )
    call.deed.caller = caller
    require(caller, scope=scope, roles=roles)
    return caller


def record(call: Call, tx: Transaction) -> None:
    """Write the audit event of a deed done, in the transaction that does it."""
    call.world.port(AUDIT).record(tx, _entry(call, AuditOutcome.SUCCESS, None))


def record_refusal(call: Call, refusal: Refusal) -> None:
    """Write the audit event of a refusal, in a transaction of its own."""
    failed = isinstance(refusal, ServerRefusal)
    outcome = AuditOutcome.FAILED if failed else AuditOutcome.REFUSED
    codes = " ".join(dict.fromkeys(fault.code for fault in refusal.faults))
    with call.world.store.write() as tx:
        call.world.port(AUDIT).record(tx, _entry(call, outcome, codes))


def _entry(call: Call, outcome: AuditOutcome, refusal: str | None) -> AuditEntry:
    deed, masked = call.deed, call.world.masked
    return AuditEntry(
        action=deed.action,
        outcome=outcome,
        request_id=call.request_id,
        caller=deed.caller,
        refusal=refusal,
        patient=None if deed.patient is None else masked(deed.patient),
        entities=tuple(map(masked, deed.entities)),
    )
