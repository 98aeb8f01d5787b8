"""A Refusal as an OperationOutcome; knows no rule and no sentence of its own."""

from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from reference_server.fhir.validation.outcome import RULES
from reference_server.kernel.errors import Refusal
from reference_server.kernel.language import Voice
from reference_server.national.identifiers import ERX_REFUSAL, ERX_REQUIREMENT

FHIR_JSON = "application/fhir+json; charset=utf-8"


def fhir_answer(body: bytes, *, status: int = 200) -> Response:
    """Return a FHIR resource, already serialised."""
    return Response(body, status_code=status, headers={"Content-Type": FHIR_JSON})


def operation_outcome(refusal: Refusal, voice: Voice) -> dict[str, object]:
    """Return the OperationOutcome of a refusal, one issue per fault."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(fault, voice) for fault in refusal.faults],
    }


def fhir_refusal(refusal: Refusal, voice: Voice) -> Response:
    """Say no on a FHIR path (a Renderer)."""
    answer = fhir_answer(
        msgspec.json.encode(operation_outcome(refusal, voice)), status=refusal.status
    )
    answer.headers.update(refusal.headers)
    return answer


def _issue(fault: Refusal, voice: Voice) -> dict[str, object]:
    issue: dict[str, object] = {
        "severity": fault.severity,
        "code": fault.issue_code,
        "details": {"coding": list(_coding(fault)), "text": voice.refusal(fault)},
        "diagnostics": voice.diagnostics,
    }
    if fault.expression is not None:
        issue["expression"] = [fault.expression]
    return issue


def _coding(fault: Refusal) -> Iterator[dict[str, str]]:
    yield {"system": ERX_REFUSAL, "code": fault.code}
    if fault.requirement is not None:
        yield {"system": ERX_REQUIREMENT, "code": fault.requirement}
    if fault.rule is not None:
        yield {"system": RULES, "code": fault.rule}
