"""The first and the last step of every operation: AUTHORISE and RECORD; knows no service."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from reference_server.kernel import call as kernel
from reference_server.kernel.access import (
    Asked,
    Caller,
    Place,
    Purpose,
    Role,
)
from reference_server.kernel.errors import Refusal, ServerRefusal
from reference_server.kernel.forbidden import PurposeUnclear
from reference_server.kernel.store import Transaction
from reference_server.ports import (
    AUDIT,
    CERTIFICATES,
    PERSONAL,
    PROVIDERS,
    TOKENS,
    AuditEntry,
    AuditOutcome,
    Presented,
)
from reference_server.world.world import World

Call: TypeAlias = kernel.Call[World]


_PURPOSE_HEADER = "x-purpose-of-use"
# What a caller's request is for when neither the token nor the header tells.
_USUAL: Mapping[str, Purpose] = {
    Role.PATIENT: Purpose.PATIENT_REQUEST,
    Role.AUDITOR: Purpose.OPERATIONS,
    Role.REGISTRAR: Purpose.OPERATIONS,
}
_SHOWN = 32


def authorise(call: Call, *, audience: str | None = None) -> Caller:
    """Return who calls, when the token is for `audience` (the FHIR base) and a row permits this.

    The rows are those that the services declare (`Service.permits`), found by the route's action.
    Raises the AccessRefusals. Whoever was recognised stands in the audit trail, also when the
    operation is refused afterwards.
    """
    caller = call.world.port(TOKENS).authenticate(
        presented(call),
        audience=audience or call.world.fhir_base,
        correlation=call.request_id,
    )
    call.deed.caller = caller = replace(caller, purpose=_purpose(call, caller))
    call.world.access.decide(_asked(call, caller))
    return caller


def _purpose(call: Call, caller: Caller) -> str:
    """Return the purpose of use: token's, header's, or the role's usual; raises PurposeUnclear."""
    told = call.headers.get(_PURPOSE_HEADER)
    purpose = told or caller.purpose or _USUAL.get(caller.role, Purpose.TREATMENT)
    if purpose not in set(Purpose) or (caller.purpose is not None and purpose != caller.purpose):
        raise PurposeUnclear(purpose=purpose[:_SHOWN])
    return purpose


def _asked(call: Call, caller: Caller) -> Asked:
    certificate = call.certificate
    certified = None if certificate is None else certificate.ehealth_id
    return Asked(
        operation=call.deed.action,
        place=Place.of(call.world.name),
        role=caller.role,
        profession=caller.profession,
        scopes=caller.scopes,
        purpose=caller.purpose or Purpose.TREATMENT,
        ehealth_id=caller.ehealth_id,
        certificate=certificate is not None,
        certified=certified,
        impersonal=not caller.is_bound and is_impersonal(call),
        teams=_teams(call, caller, certified),
    )


def is_impersonal(call: Call) -> bool:
    """Tell whether a certificate was shown that this authority issued, and not for a person."""
    shown = call.certificate
    family = None if shown is None else call.world.port(CERTIFICATES).family(shown)
    return family not in {None, PERSONAL}


def _teams(call: Call, caller: Caller, certified: str | None) -> frozenset[str]:
    """Return in whose teams the caller is; looked up only where it matters."""
    if caller.ehealth_id is None or certified in {None, caller.ehealth_id}:
        return frozenset()
    with call.world.store.read() as tx:
        return call.world.port(PROVIDERS).teams_of(tx, caller.ehealth_id)


def presented(call: Call) -> Presented:
    """Return what a request shows of its caller."""
    return Presented(
        authorization=call.headers.get("authorization"),
        method=call.method,
        url=f"{call.world.base_url}{call.path}",
        proof=call.headers.get("dpop"),
        certificate=None if call.certificate is None else call.certificate.thumbprint,
        visitor=call.visitor,
    )


def record(call: Call, tx: Transaction) -> int:
    """Write the audit events of a deed done, in the transaction that does it.

    There is one; of a search that found records of several patients there is one for each, as IHE
    BALP asks, and one for all that is nobody's by number. Return the number of the last.
    """
    trail, done = call.world.port(AUDIT), _entry(call, AuditOutcome.SUCCESS, None)
    number = 0
    for patient, found in call.deed.found.items():
        entities = tuple(map(call.world.masked, found))
        about = replace(done, patient=call.world.masked(patient), entities=entities)
        number = trail.record(tx, about)
    return number if number and not done.entities else trail.record(tx, done)


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
        interaction=deed.interaction,
        categories=deed.categories,
        origins=tuple(dict.fromkeys(deed.origins)),
        query=None if deed.query is None else masked(deed.query),
        address=call.address,
        consent=deed.consent,
    )
