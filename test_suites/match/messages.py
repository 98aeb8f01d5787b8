"""HL7 v2 messages in the evidence: read, and found; judges nothing."""

import re

from reference_server.hl7v2.er7 import Er7Fault, Message, Segment, read
from test_suites.core.message import Exchange

LOCAL = "1.3.182.3.1.1"
MATRICULE = "1.3.182.4.4"
MLLP = "MLLP"
_CONTROL = 9
"""MSH-10 among the parts between separators: MSH-1 is the first separator itself."""


def is_message(exchange: Exchange) -> bool:
    """Tell whether an exchange is one of HL7 v2."""
    return exchange.request.method == MLLP


def request(exchange: Exchange) -> Message | None:
    """Return the message that was sent; None where it cannot be read."""
    return _read(exchange.request.body)


def answer(exchange: Exchange) -> Message | None:
    """Return what was answered; None where nothing was, or nothing that can be read."""
    return None if exchange.response is None else _read(exchange.response.body)


def acknowledgement(exchange: Exchange) -> str:
    """Return MSA-1 of the answer, empty where there is none."""
    told = answer(exchange)
    msa = None if told is None else told.first("MSA")
    return "" if msa is None else msa.value(1)


def control_id(exchange: Exchange) -> str:
    """Return MSH-10 of what was sent, also where the rest cannot be read."""
    header = exchange.request.body.split(b"\r", 1)[0]
    fields = header.split(header[3:4] or b"|")
    return fields[_CONTROL].decode("latin-1") if len(fields) > _CONTROL else ""


def values(
    message: Message, name: str, field: int, *, component: int, subcomponent: int = 1
) -> tuple[str, ...]:
    """Return a value in every repetition of a field in every segment of a name."""
    return tuple(
        segment.value(field, repetition=number, component=component, subcomponent=subcomponent)
        for segment in message.all(name)
        for number in range(1, max(1, len(segment.repetitions(field))) + 1)
    )


def numbers(segment: Segment, field: int) -> tuple[tuple[str, str], ...]:
    """Return value and authority (OID, else namespace) of each number of a CX field."""
    found = []
    for number in range(1, len(segment.repetitions(field)) + 1):
        value = segment.value(field, repetition=number)
        oid = segment.value(field, repetition=number, component=4, subcomponent=2)
        namespace = segment.value(field, repetition=number, component=4)
        found.append((value, oid or namespace))
    return tuple(found)


def fits(pattern: str, value: str) -> bool:
    """Tell whether the whole of a value has a form; a pattern is the catalogue's own."""
    return re.fullmatch(pattern, value) is not None


def _read(raw: bytes) -> Message | None:
    try:
        return read(raw)
    except Er7Fault:
        return None
