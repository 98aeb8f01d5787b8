"""Finds the parts of a prescription's messages in raw JSON; no FHIR library normalises them."""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from reference_server.national import identifiers
from test_suites.core.message import Exchange, JsonValue
from test_suites.match.jsontext import read_json
from test_suites.match.path import first, first_text, select


class Line(NamedTuple):
    """One line of a submission: its code, its count in a series, and whether it is motivated."""

    code: str
    repeats: int
    motivated: bool
    pointer: str


class Fault(NamedTuple):
    """One issue of an OperationOutcome: our own code, FHIR's code, place and sentence."""

    code: str | None
    issue_code: str | None
    severity: str | None
    expression: str | None
    text: str | None


def sent(exchange: Exchange) -> JsonValue:
    """Return the JSON of a request, None when there is none."""
    return read_json(exchange.request.body)


def answered(exchange: Exchange) -> JsonValue:
    """Return the JSON of a response, None when there is none."""
    return None if exchange.response is None else read_json(exchange.response.body)


def resources(bundle: JsonValue, kind: str) -> tuple[JsonValue, ...]:
    """Return the resources of a kind in a Bundle, in order."""
    return select(bundle, f"entry[resource.resourceType={kind}].resource")


def identifier(resource: JsonValue, system: str) -> str | None:
    """Return the value of a resource's identifier in a system."""
    return first_text(resource, f"identifier[system={system}].value")


def matricule_of(bundle: JsonValue) -> str | None:
    """Return the matricule of the patient in a submission."""
    for patient in resources(bundle, "Patient"):
        return identifier(patient, identifiers.MATRICULE)
    return None


def lines(bundle: JsonValue) -> tuple[Line, ...]:
    """Return the lines of a submission in order; a line without code has the code ''."""
    entries = select(bundle, "entry[*]")
    return tuple(
        _line(first(entry, "resource"), f"/entry/{index}/resource")
        for index, entry in enumerate(entries)
        if first(entry, "resource.resourceType") == "ServiceRequest"
    )


def _line(resource: JsonValue, pointer: str) -> Line:
    count = first(resource, "occurrenceTiming.repeat.count")
    return Line(
        code=first_text(resource, "code.coding[0].code") or "",
        repeats=count if isinstance(count, int) else 1,
        motivated=bool(select(resource, "reasonCode[*]")),
        pointer=pointer,
    )


def document(resource: JsonValue) -> bytes | None:
    """Return the bytes of a Binary, None when it holds none or they are not base64."""
    data = first_text(resource, "data")
    if data is None:
        return None
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def submitted_document(exchange: Exchange) -> bytes | None:
    """Return the PDF that a submission carries."""
    for binary in resources(sent(exchange), "Binary"):
        return document(binary)
    return None


def answered_document(exchange: Exchange) -> bytes | None:
    """Return the stamped PDF that an OK answer carries."""
    return document(first(answered(exchange), "parameter[name=document].resource"))


def parameter(parameters: JsonValue, name: str, kind: str) -> JsonValue:
    """Return the value of a named parameter (`valueString`, `resource`, ...), else None."""
    return first(parameters, f"parameter[name={name}].{kind}")


def task(exchange: Exchange) -> JsonValue:
    """Return the Task of an answer: a parameter of that name, or the resource itself."""
    answer = answered(exchange)
    if first(answer, "resourceType") == "Task":
        return answer
    return parameter(answer, "task", "resource")


def business_status(resource: JsonValue) -> str | None:
    """Return a Task's business status in our code system."""
    system = identifiers.ERX_BUSINESS_STATUS
    return first_text(resource, f"businessStatus.coding[system={system}].code")


def faults(exchange: Exchange) -> tuple[Fault, ...]:
    """Return the issues of an answer that is an OperationOutcome, else none."""
    answer = answered(exchange)
    if first(answer, "resourceType") != "OperationOutcome":
        return ()
    return tuple(_fault(issue) for issue in select(answer, "issue[*]"))


def _fault(issue: JsonValue) -> Fault:
    system = identifiers.ERX_REFUSAL
    return Fault(
        code=first_text(issue, f"details.coding[system={system}].code"),
        issue_code=first_text(issue, "code"),
        severity=first_text(issue, "severity"),
        expression=first_text(issue, "expression[0]"),
        text=first_text(issue, "details.text"),
    )


def references(value: JsonValue) -> Iterator[str]:
    """Yield every literal reference in a value, in document order."""
    if isinstance(value, dict):
        literal = value.get("reference")
        if isinstance(literal, str):
            yield literal
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def accepted(exchange: Exchange) -> bool:
    """Tell whether the service itself said yes: 2xx, whole, and not made by the lab."""
    answer = exchange.response
    spoiled = exchange.deviation in {"status", "malformed", "truncate", "reset"}
    return answer is not None and answer.status // 100 == 2 and not spoiled  # noqa: PLR2004  2xx


def refused(exchange: Exchange) -> bool:
    """Tell whether the service itself said no for good: 4xx, but not a matter of tokens."""
    answer = exchange.response
    if answer is None or exchange.deviation is not None:
        return False
    return answer.status // 100 == 4 and answer.status not in {401, 408, 429}  # noqa: PLR2004  4xx
