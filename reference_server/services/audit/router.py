"""The audit trail's routes: parse, do, serialise; no business rule lives here."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response, StreamingResponse

from reference_server.fhir.json_reader import JsonObject
from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import ResourceTypeWrong
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ
from reference_server.services.audit import pages
from reference_server.services.audit.errors import AuditEventIncomplete, AuditEventNotFound
from reference_server.services.audit.fhir.query import SEARCH_PARAMETERS, read_query
from reference_server.services.audit.operations import intake, look
from reference_server.world import Call, World

_NDJSON = "application/fhir+ndjson"
_SHOWN = 64


async def _read(call: Call) -> Response:
    """Read one AuditEvent; that is an event itself."""
    check_accept(call.headers)
    return fhir_answer(look.read(call, call.path_values["id"]))


async def _search(call: Call) -> Response:
    """Search AuditEvents, the latest first; that is an event itself."""
    check_accept(call.headers)
    return fhir_answer(look.look(call, lambda: read_query(call.query)))


async def _export(call: Call) -> Response:
    """Export every AuditEvent that fits, a line each."""
    lines: Iterator[bytes] = look.export(call, lambda: read_query(call.query))
    return StreamingResponse(lines, media_type=_NDJSON)


async def _take_in(call: Call) -> Response:
    """Take in an AuditEvent of other software (ITI-20)."""
    body, location = intake.take_in(call, lambda: _posted(call, "AuditEvent"))
    answer = fhir_answer(body, status=201)
    answer.headers["Location"] = location or ""
    return answer


async def _take_in_many(call: Call) -> Response:
    """Take in a Bundle of AuditEvents of other software (ITI-20), all or none."""
    body, _ = intake.take_in(call, lambda: _posted(call, "Bundle"))
    return fhir_answer(body)


async def _own(call: Call) -> Response:
    """Show a patient, as a page, who saw what of theirs, when and why."""
    return pages.own_page(look.own(call).events, call.voice)


def _posted(call: Call, expected: str) -> JsonObject:
    resource = read_json(call)
    actual = resource.get("resourceType")
    if actual != expected:
        raise ResourceTypeWrong(expected=expected, actual=str(actual)[:_SHOWN])
    return resource


_SEARCH = replace(FHIR_READ, query=SEARCH_PARAMETERS)
_INTAKE = FHIR_OPERATION.refusing(AuditEventIncomplete)
ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=FHIR_READ.refusing(AuditEventNotFound),
    routes=(
        Route(
            method="GET", path="/AuditEvent", handler=_search, action="search-audit", terms=_SEARCH
        ),
        Route(method="GET", path="/AuditEvent/{id}", handler=_read, action="read-audit"),
        Route(
            method="GET",
            path="/AuditEvent/$export",
            handler=_export,
            action="export-audit",
            interaction=Interaction.SEARCH,
            terms=replace(_SEARCH, writes=(_NDJSON,)),
        ),
        Route(
            method="GET",
            path="/AuditEvent/$own",
            handler=_own,
            action="show-own-audit",
            interaction=Interaction.SEARCH,
            terms=replace(FHIR_READ, writes=("text/html",)),
        ),
        Route(
            method="POST",
            path="/AuditEvent",
            handler=_take_in,
            action="record-audit-event",
            terms=replace(_INTAKE, success=201),
        ),
        Route(
            method="POST",
            path="",
            handler=_take_in_many,
            action="record-audit-event",
            terms=_INTAKE,
        ),
    ),
)
