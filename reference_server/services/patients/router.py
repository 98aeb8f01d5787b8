"""The patient index over HTTP: parse, ask, serialise; decides nothing."""

from dataclasses import replace
from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.body import read_json
from reference_server.kernel.errors import RoleNotAllowed
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ
from reference_server.kernel.web import PAGE_TERMS, refusal_page
from reference_server.kernel.web.forms import URL_ENCODED
from reference_server.services.patients.fhir.matching import read_question, write_answer
from reference_server.services.patients.operations.ask import ask
from reference_server.services.patients.pages.visits import (
    HOME,
    sign_in,
    sign_in_page,
    sign_out,
)
from reference_server.services.patients.pages.worklist import decide, show_list, show_pair
from reference_server.world import Call, World

BODY_LIMIT: Final = 256 * 1024
_SMALL: Final = 16 * 1024
_FORM: Final = replace(PAGE_TERMS, reads=(URL_ENCODED,), success=303)


async def _match(call: Call) -> Response:
    """Find who may be the patient described, with a score for each; nothing is created."""
    found = ask(call, read_question(read_json(call)))
    answer = write_answer(found, base=call.world.fhir_base, bundle_id=call.world.ids.uuid())
    return fhir_answer(msgspec.json.encode(answer))


PAGES: Router[World] = Router(
    prefix=HOME,
    render=refusal_page,
    terms=PAGE_TERMS,
    routes=(
        Route(
            method="GET",
            path="",
            handler=show_list,
            terms=replace(PAGE_TERMS, query=("decision", *PAGE_TERMS.query)),
        ),
        Route(method="GET", path="/sign-in", handler=sign_in_page),
        Route(method="POST", path="/sign-in", handler=sign_in, terms=_FORM, body_limit=_SMALL),
        Route(method="POST", path="/sign-out", handler=sign_out, terms=_FORM, body_limit=_SMALL),
        Route(method="GET", path="/pairs/{low}/{high}", handler=show_pair),
        Route(
            method="POST",
            path="/pairs/{low}/{high}",
            handler=decide,
            terms=_FORM,
            body_limit=_SMALL,
        ),
    ),
)

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
