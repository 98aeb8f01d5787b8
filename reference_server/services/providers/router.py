"""The directory's routes: parse, do, serialise; no business rule lives here."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

from starlette.responses import Response

from reference_server.fhir.json_reader import JsonObject
from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import (
    MediaTypeUnsupported,
    ResourceTypeWrong,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ
from reference_server.services.providers.errors import (
    EntryGone,
    EntryMalformed,
    EntryNotFound,
)
from reference_server.services.providers.fhir.query import changed, natural, read_query
from reference_server.services.providers.model import PARAMETERS, TYPES, DirectoryQuery
from reference_server.services.providers.operations import change, look
from reference_server.services.providers.operations.look import Following
from reference_server.world import Call, World

_FORM = "application/x-www-form-urlencoded"
_SHOWN = 64
_MOST = 500
_COMMON = ("_id", "_lastUpdated", "_count", "_offset", "_format", "_include", "_revinclude")


async def _read(kind: str, call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.read(call, kind, call.path_values["id"]))


async def _search(kind: str, call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.find(call, lambda: _asked(kind, call, call.query)))


async def _search_by_form(kind: str, call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.find(call, lambda: _asked(kind, call, (*call.query, *_form(call)))))


async def _follow(kind: str, call: Call) -> Response:
    check_accept(call.headers)
    return fhir_answer(look.follow(call, kind, lambda: _following(call)))


async def _put(kind: str, call: Call) -> Response:
    own = call.path_values["id"]
    body, is_new = change.put(call, kind, own, lambda: _sent(call, kind))
    return fhir_answer(body, status=201 if is_new else 200)


async def _remove(kind: str, call: Call) -> Response:
    change.remove(call, kind, call.path_values["id"])
    return Response(status_code=204)


def _asked(kind: str, call: Call, pairs: tuple[tuple[str, str], ...]) -> DirectoryQuery:
    return read_query(kind, pairs, fhir_base=call.world.fhir_base)


def _form(call: Call) -> tuple[tuple[str, str], ...]:
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != _FORM:
        raise MediaTypeUnsupported(media_type=declared[:_SHOWN])
    text = call.body.decode("utf-8", errors="replace")
    return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_SHOWN))


def _following(call: Call) -> Following:
    asked = Following(own=call.path_values.get("id"))
    for name, value in call.query:
        try:
            asked = _following_with(asked, name, value)
        except ValueError:
            raise SearchParameterInvalid(name=name[:_SHOWN], value=value[:_SHOWN]) from None
    return asked


def _following_with(asked: Following, name: str, value: str) -> Following:
    match name:
        case "_since":
            return replace(asked, since=changed(f"ge{value}")[0][1])
        case "_count":
            return replace(asked, count=min(natural(value), _MOST))
        case "_offset":
            return replace(asked, offset=natural(value))
        case "_format":
            return asked
    raise SearchParameterUnknown(name=name[:_SHOWN])


def _sent(call: Call, kind: str) -> JsonObject:
    resource = read_json(call)
    actual = resource.get("resourceType")
    if actual != kind:
        raise ResourceTypeWrong(expected=kind, actual=str(actual)[:_SHOWN])
    return resource


def _routes(kind: str) -> Iterator[Route[World]]:
    yield from _finding(kind)
    yield from _following_routes(kind)
    yield from _changing(kind)


def _finding(kind: str) -> Iterator[Route[World]]:
    many = replace(FHIR_READ, query=(*_COMMON, *PARAMETERS[kind]))
    yield Route(
        method="GET",
        path=f"/{kind}",
        handler=partial(_search, kind),
        action="search-directory",
        terms=many,
    )
    yield Route(
        method="POST",
        path=f"/{kind}/_search",
        handler=partial(_search_by_form, kind),
        action="search-directory",
        interaction=Interaction.SEARCH,
        terms=replace(many, reads=(_FORM,)).refusing(MediaTypeUnsupported),
    )
    yield Route(
        method="GET",
        path=f"/{kind}/{{id}}",
        handler=partial(_read, kind),
        action="read-directory",
        terms=_ONE,
    )


def _following_routes(kind: str) -> Iterator[Route[World]]:
    for path in (f"/{kind}/_history", f"/{kind}/{{id}}/_history"):
        yield Route(
            method="GET",
            path=path,
            handler=partial(_follow, kind),
            action="follow-directory",
            interaction=Interaction.SEARCH,
            terms=replace(_ONE, query=("_since", "_count", "_offset")),
        )


def _changing(kind: str) -> Iterator[Route[World]]:
    yield Route(
        method="PUT",
        path=f"/{kind}/{{id}}",
        handler=partial(_put, kind),
        action="change-directory",
        terms=FHIR_OPERATION.refusing(EntryMalformed, EntryNotFound, EntryGone),
    )
    yield Route(
        method="DELETE",
        path=f"/{kind}/{{id}}",
        handler=partial(_remove, kind),
        action="change-directory",
        terms=replace(_ONE, success=204),
    )


_ONE = FHIR_READ.refusing(EntryNotFound, EntryGone)
ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=FHIR_READ,
    routes=tuple(route for kind in TYPES for route in _routes(kind)),
)
