"""The prescription service's routes: parse, do, serialise; no business rule lives here.

What was sent is read by the operation when it has authorised the caller: a stranger learns
nothing, not even whether a body is well-formed.
"""

import asyncio
from dataclasses import replace

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reference_server.fhir.json_reader import JsonObject
from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import Refusals, ResourceTypeWrong, TooManyRequests
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.outcome import FHIR_JSON, fhir_answer, fhir_refusal
from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ
from reference_server.services.prescriptions.errors.state import (
    AlreadyCancelled,
    PrescriptionNotFound,
    StateRefusal,
    TooManyWrongTries,
)
from reference_server.services.prescriptions.fhir.arguments import (
    read_cancelling,
    read_dispensing,
    read_nothing,
    read_retrieval,
)
from reference_server.services.prescriptions.fhir.query import SEARCH_PARAMETERS, read_query
from reference_server.services.prescriptions.model import Answer, Delivery
from reference_server.services.prescriptions.operations import (
    cancel,
    dispense,
    look,
    retrieve,
    submit,
)
from reference_server.services.prescriptions.rules.all_faults import form_faults
from reference_server.world import Call, World

_SHOWN = 64


async def _submit(call: Call) -> Response:
    answer = await submit.submit(call, lambda: _resource(call, "Bundle"))
    return await _delivered(call, answer)


async def _retrieve(call: Call) -> Response:
    answer = retrieve.retrieve(call, lambda: read_retrieval(_parameters(call)))
    return await _delivered(call, answer)


async def _reserve(call: Call) -> Response:
    task_id = call.path_values["id"]
    return fhir_answer(dispense.reserve(call, task_id, lambda: read_nothing(_parameters(call))))


async def _release(call: Call) -> Response:
    task_id = call.path_values["id"]
    return fhir_answer(dispense.release(call, task_id, lambda: read_nothing(_parameters(call))))


async def _dispense(call: Call) -> Response:
    task_id = call.path_values["id"]
    answer = dispense.dispense(call, task_id, lambda: read_dispensing(_parameters(call)))
    return await _delivered(call, answer)


async def _cancel(call: Call) -> Response:
    task_id = call.path_values["id"]
    return fhir_answer(cancel.cancel(call, task_id, lambda: read_cancelling(_parameters(call))))


async def _read(call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.read(call, call.path_values["id"]))


async def _search(call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.find(call, lambda: read_query(call.query)))


class CutOffResponse(Response):
    """An answer that breaks off in the middle; then the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        head = {"status": self.status_code, "headers": self.raw_headers}
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def _delivered(call: Call, answer: Answer) -> Response:
    """Send an answer as it is to travel; whoever waits holds up nobody else."""
    match answer.delivery:
        case Delivery.CUT_OFF:
            return CutOffResponse(answer.body, headers={"Content-Type": FHIR_JSON})
        case Delivery.LATE:
            await asyncio.sleep(call.world.settings.slow_seconds)
        case Delivery.AT_ONCE:
            pass
    return fhir_answer(answer.body)


def _resource(call: Call, expected: str) -> JsonObject:
    resource = read_json(call)
    actual = resource.get("resourceType")
    if actual != expected:
        raise ResourceTypeWrong(expected=expected, actual=str(actual)[:_SHOWN])
    return resource


def _parameters(call: Call) -> JsonObject:
    """Return an operation's Parameters; no body at all counts as none given."""
    if not call.body:
        check_accept(call.headers)
        return {"resourceType": "Parameters"}
    parameters = _resource(call, "Parameters")
    faults = form_faults(parameters, "Parameters")
    if faults:
        raise Refusals(faults)
    return parameters


def _change(act: str, handler: Handler[World], categories: tuple[str, ...]) -> Route[World]:
    return Route(
        method="POST",
        path=f"/Task/{{id}}/${act}",
        handler=handler,
        action=act,
        interaction=Interaction.UPDATE,
        categories=categories,
    )


_PRESCRIPTION = ("ePrescription",)
_ACT = FHIR_OPERATION.refusing(StateRefusal, AlreadyCancelled, PrescriptionNotFound)
ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=_ACT,
    routes=(
        Route(
            method="POST",
            path="/$submit-prescription",
            handler=_submit,
            action="submit-prescription",
            categories=_PRESCRIPTION,
            terms=_ACT.refusing(TooManyRequests),
        ),
        Route(
            method="POST",
            path="/$retrieve-prescription",
            handler=_retrieve,
            action="retrieve-prescription",
            interaction=Interaction.READ,
            categories=_PRESCRIPTION,
            terms=_ACT.refusing(TooManyWrongTries),
        ),
        _change("reserve", _reserve, _PRESCRIPTION),
        _change("release", _release, _PRESCRIPTION),
        _change("dispense", _dispense, ("eDispensation",)),
        _change("cancel", _cancel, _PRESCRIPTION),
        Route(
            method="GET",
            path="/Task/{id}",
            handler=_read,
            action="read-task",
            categories=_PRESCRIPTION,
            terms=FHIR_READ,
        ),
        Route(
            method="GET",
            path="/Task",
            handler=_search,
            action="search-task",
            categories=_PRESCRIPTION,
            terms=replace(FHIR_READ, query=SEARCH_PARAMETERS),
        ),
    ),
)
