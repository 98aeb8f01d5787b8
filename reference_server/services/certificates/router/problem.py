"""A refusal as a problem document of ACME (RFC 8555 §6.7, RFC 9457), or as FHIR's elsewhere."""

from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.errors import Refusal, ServerRefusal
from reference_server.kernel.language import Voice
from reference_server.kernel.outcome import fhir_refusal
from reference_server.services.certificates.errors import AcmeRefusal

PROBLEM: Final = "application/problem+json"
URN: Final = "urn:ietf:params:acme:error:"


def problem(refusal: Refusal, voice: Voice) -> Response:
    """Say no on a path of ACME (a Renderer)."""
    if isinstance(refusal, AcmeRefusal):
        kind = refusal.type
    else:
        kind = "serverInternal" if isinstance(refusal, ServerRefusal) else "malformed"
    told = {
        "type": URN + kind,
        "detail": voice.refusal(refusal),
        "status": refusal.status,
        "request_id": voice.request_id,
    }
    body = msgspec.json.encode(told)
    answer = Response(body, status_code=refusal.status, media_type=PROBLEM)
    answer.headers.update(refusal.headers)
    return answer


def render(refusal: Refusal, voice: Voice) -> Response:
    """Say no on a path of the authority or of the office (a Renderer)."""
    return (
        problem(refusal, voice)
        if isinstance(refusal, AcmeRefusal)
        else fhir_refusal(refusal, voice)
    )
