"""The routes of `$validate`: read, ask, answer. Public: no token is needed, nothing is kept."""

from dataclasses import replace
from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.r4.model import types
from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import (
    BodyNotJson,
    MediaTypeUnsupported,
    NotAcceptable,
    OperationUnknown,
    ParameterInvalid,
    ParameterMissing,
)
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, FHIR_OPEN, JSON_MEDIA_TYPE
from reference_server.ports import SPECIFICATION
from reference_server.services.validation.model import Asked, Mode
from reference_server.services.validation.operations import validate
from reference_server.world import Call, World

BODY_LIMIT: Final = 512 * 1024
MOST_PROFILES: Final = 8
_NAMES: Final = frozenset({"resource", "profile", "mode"})


async def _validate_type(call: Call) -> Response:
    """Tell what is wrong with a resource of a type."""
    return _answer(call, None)


async def _validate_instance(call: Call) -> Response:
    """Tell what is wrong with a resource that is to have an id."""
    return _answer(call, call.path_values["id"])


def _answer(call: Call, own_id: str | None) -> Response:
    resource_type = call.path_values["type"]
    if not types().is_resource(resource_type):
        raise OperationUnknown(path=f"/fhir/{resource_type}/$validate"[:100])
    check_accept(call.headers)
    asked = _read(call, resource_type)
    found = validate(
        asked,
        resource_type=resource_type,
        own_id=own_id,
        language=call.language,
        judge=call.world.port(SPECIFICATION).judge(),
    )
    return fhir_answer(msgspec.json.encode(found))


def _read(call: Call, resource_type: str) -> Asked:
    """Return what is asked: in Parameters, or as the resource itself and a query."""
    body = read_json(call)
    profiles, mode = _of_query(call)
    if not _is_call(body, resource_type):
        return Asked(resource=body, source=call.body, profiles=profiles, mode=mode)
    resource: JsonObject | None = None
    listed = body.get("parameter", [])
    for each in listed if isinstance(listed, list) else ():
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(each, dict) or name not in _NAMES:
            raise ParameterInvalid(name=str(name)[:64])
        if name == "resource":
            held = each.get("resource")
            resource = held if isinstance(held, dict) else None
        elif name == "profile":
            profiles = (*profiles, str(each.get("valueUri") or each.get("valueCanonical")))
        else:
            mode = _mode(str(each.get("valueCode")))
    return Asked(resource=resource, source=b"", profiles=_few(profiles), mode=mode)


def _is_call(body: JsonObject, resource_type: str) -> bool:
    """Tell Parameters that ask from Parameters that are themselves to be looked at."""
    if body.get("resourceType") != "Parameters":
        return False
    listed = body.get("parameter")
    named = (
        [each.get("name") for each in listed if isinstance(each, dict)]
        if isinstance(listed, list)
        else []
    )
    return resource_type != "Parameters" or "resource" in named


def _of_query(call: Call) -> tuple[tuple[str, ...], Mode | None]:
    profiles: list[str] = []
    mode = None
    for name, value in call.query:
        if name == "profile":
            profiles.append(value)
        elif name == "mode":
            mode = _mode(value)
        else:
            raise ParameterInvalid(name=name[:64])
    return _few(tuple(profiles)), mode


def _few(profiles: tuple[str, ...]) -> tuple[str, ...]:
    if len(profiles) > MOST_PROFILES:
        raise ParameterInvalid(name="profile")
    return profiles


def _mode(value: str) -> Mode:
    try:
        return Mode(value)
    except ValueError:
        raise ParameterInvalid(name="mode") from None


_TERMS: Final = replace(
    FHIR_OPEN, reads=(FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE), query=("profile", "mode")
).refusing(MediaTypeUnsupported, BodyNotJson, NotAcceptable, ParameterInvalid, ParameterMissing)
ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=_TERMS,
    routes=(
        Route(method="POST", path="/{type}/$validate", handler=_validate_type,
              body_limit=BODY_LIMIT),
        Route(method="POST", path="/{type}/{id}/$validate", handler=_validate_instance,
              body_limit=BODY_LIMIT),
    ),
)  # fmt: skip
