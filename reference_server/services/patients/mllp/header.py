"""Who sends what: the header of a message, checked before anything else is read."""

from dataclasses import dataclass

from reference_server.hl7v2.er7 import Er7Fault, Message, read
from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.kernel.store import Transaction
from reference_server.services.patients.errors.messages import (
    MessageCharset,
    MessageEventUnsupported,
    MessageFieldMissing,
    MessageKindUnsupported,
    MessageProcessing,
    MessageSegmentMissing,
    MessageUnreadable,
    MessageVersionUnsupported,
    SenderForeign,
    SenderUnknown,
)
from reference_server.services.patients.mllp.tables import (
    HEADER_FIELDS,
    KINDS,
    PROCESSING,
    TRIGGERS,
    VERSIONS,
    Trigger,
)
from reference_server.services.patients.model.index import Domain
from reference_server.services.patients.model.traits import LOCAL_ARC, local_domain
from reference_server.services.patients.store.domains import get_domain

_SHOWN = 32
_LONGEST_CONTROL = 50
_REAL = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What MSH says: the trigger, the sender, the control id. `sender` is MSH-3 and MSH-4."""

    trigger: Trigger
    version: str
    control_id: str
    sender: str


def parse(raw: bytes) -> Message:
    """Return a message; raises MessageUnreadable, MessageCharset."""
    try:
        return read(raw)
    except Er7Fault as fault:
        if fault.code.startswith("charset"):
            raise MessageCharset(charset=str(fault.params["charset"]) or "ASCII") from None
        raise MessageUnreadable(why=fault.code) from None


def check_header(message: Message, *, world: str) -> Header:
    """Return what MSH says, and see that the segments are there that its event needs.

    Raises MessageKindUnsupported, MessageEventUnsupported, MessageVersionUnsupported,
    MessageProcessing, MessageFieldMissing, MessageSegmentMissing.
    """
    msh = message.header
    version, control_id = msh.value(12), msh.value(10)
    if version not in VERSIONS:
        raise MessageVersionUnsupported(version=version[:_SHOWN] or "-")
    trigger = _trigger(message)
    for number in HEADER_FIELDS:
        if not msh.field(number):
            raise MessageFieldMissing(field=f"MSH-{number}", expression=f"MSH^1^{number}")
    processing = msh.value(11)
    if processing not in PROCESSING or (world == _REAL and processing != "P"):
        raise MessageProcessing(processing=processing[:_SHOWN])
    if len(control_id) > _LONGEST_CONTROL:
        raise MessageFieldMissing(field="MSH-10", expression="MSH^1^10")
    _check_segments(message, trigger)
    return Header(
        trigger=trigger,
        version=version,
        control_id=control_id,
        sender=f"{msh.field(3)}|{msh.field(4)}",
    )


def sender_domain(
    tx: Transaction, message: Message, certificate: ClientCertificate | None
) -> Domain:
    """Return the sender's domain of patients; raises SenderUnknown, SenderForeign.

    MSH-4 names the organisation: its CNS provider code, or its OID below the arc of local numbers.
    Where a client certificate was shown, its organisation must be that one.
    """
    msh = message.header
    code = msh.value(4, component=2).removeprefix(f"{LOCAL_ARC.removeprefix('urn:oid:')}.")
    domain = get_domain(tx, local_domain(code.split(".")[0] or msh.value(4)))
    if domain is None:
        raise SenderUnknown(sender=msh.value(4)[:_SHOWN])
    named = None if certificate is None else certificate.organization
    if certificate is not None and named not in (domain.organisation, domain.name):
        raise SenderForeign(sender=domain.organisation)
    return domain


def _trigger(message: Message) -> Trigger:
    msh = message.header
    kind, event, structure = msh.values(9, 3)
    if kind not in KINDS:
        raise MessageKindUnsupported(kind=kind[:_SHOWN] or "-")
    trigger = TRIGGERS.get((kind, event))
    if trigger is None:
        raise MessageEventUnsupported(event=event[:_SHOWN] or "-")
    if structure not in ("", trigger.structure):
        raise MessageKindUnsupported(kind=structure[:_SHOWN], expression="MSH^1^9^1^3")
    return trigger


def _check_segments(message: Message, trigger: Trigger) -> None:
    names = iter(each.name for each in message.segments)
    for wanted in trigger.segments:
        if wanted not in names:  # consumes up to it: the order counts
            raise MessageSegmentMissing(segment=wanted, expression=f"{wanted}^1")
