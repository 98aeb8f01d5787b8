"""A prescription as a FHIR Task, and the answers around it; decides nothing.

The shape is this project's (see SPEC.md): `Task.input` names each line and how much of it is
left, `Task.output` each dispensation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reference_server.fhir.compose import as_written, write_json
from reference_server.kernel.errors import Refusal
from reference_server.kernel.language import Voice
from reference_server.kernel.outcome import operation_outcome
from reference_server.national.identifiers import (
    CANONICAL,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    ERX_BUSINESS_STATUS,
    ERX_CANCEL_REASON,
    ERX_TASK_INPUT,
    ERX_TASK_OUTPUT,
    MATRICULE,
    PRESCRIPTION_NUMBER,
)
from reference_server.national.prescription_number import print_prescription_number
from reference_server.services.prescriptions.model import Identifier, Line, Prescription, State

LINE_PROGRESS = f"{CANONICAL}/StructureDefinition/erx-line-progress"

TASK_STATUS: Mapping[State, str] = {
    State.ACTIVE: "ready",
    State.IN_PROGRESS: "in-progress",
    State.PARTIALLY_DISPENSED: "ready",
    State.COMPLETED: "completed",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """One page of a search: the Tasks as written, how many there are in all, and where it is."""

    tasks: tuple[Prescription, ...]
    total: int
    self_url: str
    next_url: str | None


def write_instant(at: datetime) -> str:
    """Return a FHIR instant in UTC with milliseconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def write_task(prescription: Prescription) -> bytes:
    """Return a prescription's Task as JSON."""
    return write_json(to_task(prescription))


def to_task(prescription: Prescription) -> dict[str, object]:
    """Return a prescription's Task."""
    changed = write_instant(prescription.changed_at)
    task: dict[str, object] = {
        "resourceType": "Task",
        "id": prescription.task_id,
        "meta": {"versionId": str(prescription.version), "lastUpdated": changed},
        "identifier": [number_identifier(prescription.number)],
        "status": TASK_STATUS[prescription.state],
        "businessStatus": _coded(ERX_BUSINESS_STATUS, prescription.state.value),
        "intent": "order",
        "for": {"identifier": _valued(MATRICULE, prescription.matricule)},
        "authoredOn": write_instant(prescription.authored_on),
        "lastModified": changed,
        "requester": {"identifier": _valued(EHEALTH_ID, prescription.prescriber)},
        "restriction": {"period": {"end": write_instant(prescription.expires_at)}},
        "input": [_input(line) for line in prescription.lines],
    }
    task.update(_occasional(prescription))
    return task


def _occasional(prescription: Prescription) -> Iterator[tuple[str, object]]:
    if prescription.cancel_reason is not None:
        yield "statusReason", _coded(ERX_CANCEL_REASON, prescription.cancel_reason)
    if prescription.reservation is not None:
        holder = _valued(CNS_PROVIDER_CODE, prescription.reservation.organization)
        yield "owner", {"identifier": holder}
    if prescription.dispensations:
        yield "output", [_output(identifier) for identifier in prescription.dispensations]


def number_identifier(number: str) -> dict[str, str]:
    """Return a canonical prescription number as an Identifier, in its printed form."""
    return _valued(PRESCRIPTION_NUMBER, print_prescription_number(number))


def _valued(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


def _coded(system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}]}


def _input(line: Line) -> dict[str, object]:
    counts = {"ordered": line.ordered, "dispensed": line.dispensed, "remaining": line.remaining}
    return {
        "extension": [
            {
                "url": LINE_PROGRESS,
                "extension": [
                    {"url": name, "valueUnsignedInt": count} for name, count in counts.items()
                ],
            }
        ],
        "type": _coded(ERX_TASK_INPUT, "line"),
        "valueIdentifier": _valued(line.identifier.system, line.identifier.value),
    }


def _output(identifier: Identifier) -> dict[str, object]:
    return {
        "type": _coded(ERX_TASK_OUTPUT, "dispensation"),
        "valueIdentifier": _valued(identifier.system, identifier.value),
    }


def answer_submission(
    task: bytes, *, number: str, stamped: bytes, warning: bytes | None = None
) -> bytes:
    """Return the OK of a submission."""
    return _parameters(
        {"name": "task", "resource": as_written(task)},
        {"name": "prescription-number", "valueIdentifier": number_identifier(number)},
        {"name": "document", "resource": _pdf(stamped)},
        *_warned(warning),
    )


def answer_retrieval(
    task: bytes, *, bundle: bytes, stamped: bytes, warning: bytes | None = None
) -> bytes:
    """Return what a laboratory gets; the Bundle is the submitted one, byte for byte."""
    return _parameters(
        {"name": "task", "resource": as_written(task)},
        {"name": "prescription", "resource": as_written(bundle)},
        {"name": "document", "resource": _pdf(stamped)},
        *_warned(warning),
    )


def answer_task(task: bytes) -> bytes:
    """Return the answer of an operation that moves a prescription on."""
    return _parameters({"name": "task", "resource": as_written(task)})


def answer_search(page: FoundPage, *, fhir_base: str) -> bytes:
    """Return one page of a search as a searchset Bundle."""
    links = [{"relation": "self", "url": page.self_url}]
    if page.next_url is not None:
        links.append({"relation": "next", "url": page.next_url})
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": links,
    }
    if page.tasks:
        bundle["entry"] = [
            {
                "fullUrl": f"{fhir_base}/Task/{task.task_id}",
                "resource": to_task(task),
                "search": {"mode": "match"},
            }
            for task in page.tasks
        ]
    return write_json(bundle)


def write_warning(warning: Refusal | None, voice: Voice) -> bytes | None:
    """Return what a person must be told beside an OK, as an OperationOutcome; None for nothing."""
    if warning is None:
        return None
    return write_json(operation_outcome(warning, voice))


def _warned(warning: bytes | None) -> Iterator[dict[str, object]]:
    if warning is not None:
        yield {"name": "warning", "resource": as_written(warning)}


def _parameters(*parameters: dict[str, object]) -> bytes:
    return write_json({"resourceType": "Parameters", "parameter": parameters})


def _pdf(content: bytes) -> dict[str, object]:
    # The encoder writes bytes as base64.
    return {"resourceType": "Binary", "contentType": "application/pdf", "data": content}
