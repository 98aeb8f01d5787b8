"""The patient index over HTTP: parse, ask, serialise; decides nothing."""

from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.body import read_json
from reference_server.kernel.errors import RoleNotAllowed
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ
from reference_server.services.patients.fhir.matching import read_question, write_answer
from reference_server.services.patients.operations.ask import ask
from reference_server.world import Call, World

BODY_LIMIT: Final = 256 * 1024


async def _match(call: Call) -> Response:
    """Find who may be the patient described, with a score for each; nothing is created."""
    found = ask(call, read_question(read_json(call)))
    answer = write_answer(found, base=call.world.fhir_base, bundle_id=call.world.ids.uuid())
    return fhir_answer(msgspec.json.encode(answer))


ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=FHIR_READ,
    routes=(
        Route(
            method="POST",
            path="/Patient/$match",
            handler=_match,
            action="match-patient",
            body_limit=BODY_LIMIT,
            terms=FHIR_OPERATION.refusing(RoleNotAllowed),
        ),
    ),
)
