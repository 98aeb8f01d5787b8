"""The terminology service's routes: parse, ask, serialise. Public: no token is needed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import (
    BodyNotJson,
    MediaTypeUnsupported,
    NotAcceptable,
    ParameterInvalid,
    ParameterMissing,
    ResourceTypeWrong,
)
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, FHIR_OPEN, JSON_MEDIA_TYPE, Terms
from reference_server.services.terminology.catalogue.tags import ANY, holds, tag_of
from reference_server.services.terminology.catalogue.terminology import Terminology
from reference_server.services.terminology.errors import (
    ArgumentUnknown,
    CodeUndecided,
    CodeUnknown,
    ResourceUnknown,
)
from reference_server.services.terminology.fhir.arguments import (
    CODEABLE,
    CODING,
    from_parameters,
    from_query,
)
from reference_server.services.terminology.model import Given
from reference_server.services.terminology.operations import (
    expand,
    look,
    lookup,
    subsume,
    translate,
    validate,
)
from reference_server.services.terminology.store import known
from reference_server.world import Call, World

BODY_LIMIT: Final = 64 * 1024
_SHOWN: Final = 64
Made = Callable[[Terminology, Given], bytes]


async def _lookup(call: Call) -> Response:
    """Tell all that is known of a code."""
    return _asked(call, lookup.KNOWN, lookup.lookup)


async def _validate_in_system(call: Call) -> Response:
    """Tell whether a code system has a code."""
    return _asked(
        call,
        validate.IN_SYSTEM,
        lambda terminology, given: validate.in_system(terminology, given, call.voice),
    )


async def _validate_in_value_set(call: Call) -> Response:
    """Tell whether a value set has a code."""
    return _asked(
        call,
        validate.IN_VALUE_SET,
        lambda terminology, given: validate.in_value_set(terminology, given, call.voice),
    )


async def _expand(call: Call) -> Response:
    """List the codes of a value set."""
    now = call.world.clock.wire_now()
    return _asked(
        call,
        expand.KNOWN,
        lambda terminology, given: expand.expand(terminology, given, now=now),
    )


async def _subsumes(call: Call) -> Response:
    """Tell how two codes of one system stand to each other."""
    return _asked(call, subsume.KNOWN, subsume.subsumes)


async def _translate(call: Call) -> Response:
    """Find the codes that a code is mapped to, or those that are mapped to it."""
    return _asked(
        call,
        translate.KNOWN,
        lambda terminology, given: translate.translate(terminology, given, call.voice),
    )


def _reading(resource_type: str) -> Handler[World]:
    async def read(call: Call) -> Response:
        check_accept(call.headers)
        held = known(call.world)
        return _tagged(
            call,
            held.state,
            lambda: look.read(held.terminology, resource_type, call.path_values["id"]),
        )

    return _called(read, f"read_{resource_type.lower()}", f"Read a {resource_type}.")


def _searching(resource_type: str) -> Handler[World]:
    async def search(call: Call) -> Response:
        check_accept(call.headers)
        held, base = known(call.world), call.world.fhir_base
        return _tagged(
            call,
            held.state,
            lambda: look.search(held.terminology, resource_type, call.query, base=base),
        )

    return _called(search, f"search_{resource_type.lower()}", f"Find {resource_type}s.")


def _called(handler: Handler[World], name: str, summary: str) -> Handler[World]:
    """Name a handler: the OpenAPI document takes its words from there."""
    handler.__name__, handler.__doc__ = name, summary
    return handler


def _asked(call: Call, arguments: Mapping[str, str], make: Made) -> Response:
    """Answer an operation; a question that was asked before is answered as it was then."""
    check_accept(call.headers)
    held = known(call.world)
    size = sum(len(name) + len(value) for name, value in call.query) + len(call.body)

    def answer() -> bytes:
        return make(held.terminology, _given(call, arguments))

    if call.method != "GET":
        # The same bytes under another media type are not the same question.
        return fhir_answer(answer())
    question = (call.path, call.language, call.query)
    return _tagged(call, held.state, lambda: held.answers.get(question, size=size, make=answer))


def _tagged(call: Call, state: str, make: Callable[[], bytes]) -> Response:
    """Answer with an entity tag; who holds that answer already is told so, and nothing is made."""
    tag = tag_of(state, (call.path, call.language, call.query))
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    wanted = call.headers.get("if-none-match", "")
    if wanted and holds(wanted, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    answer = fhir_answer(make())
    if wanted.strip() == ANY:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    answer.headers.update(headers)
    return answer


def _given(call: Call, arguments: Mapping[str, str]) -> Given:
    """Return the arguments; those of an instance know the canonical of what was addressed."""
    given = _sent_given(call, arguments)
    if "id" not in call.path_values:
        return given
    resource_type = call.path.rpartition("/fhir/")[2].partition("/")[0]
    found = known(call.world).terminology.listed(resource_type).get(call.path_values["id"])
    if found is None:
        raise ResourceUnknown(type=resource_type, id=call.path_values["id"][:_SHOWN])
    url, version = _ADDRESSED[resource_type] if "url" in arguments else ("system", "version")
    if url in given.texts or version in given.texts:
        raise ParameterInvalid(name=url if url in given.texts else version)
    own = {url: (found.url,)} | ({version: (found.version,)} if found.version else {})
    return replace(given, texts={**given.texts, **own})


def _sent_given(call: Call, arguments: Mapping[str, str]) -> Given:
    if call.method == "GET":
        return from_query(call.query, arguments)
    from_query(call.query, {})
    body = read_json(call)
    actual = body.get("resourceType")
    if actual != "Parameters":
        raise ResourceTypeWrong(expected="Parameters", actual=str(actual)[:_SHOWN])
    return from_parameters(body, arguments)


_READ: Final = FHIR_OPEN.refusing(NotAcceptable, CodeUnknown, ArgumentUnknown)
_ASK: Final = _READ.refusing(CodeUndecided, ParameterMissing)
_SENT: Final = replace(_ASK, reads=(FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE)).refusing(
    MediaTypeUnsupported, BodyNotJson
)
_ADDRESSED: Final[Mapping[str, tuple[str, str]]] = {
    "CodeSystem": ("url", "version"),
    "ValueSet": ("url", "valueSetVersion"),
    "ConceptMap": ("url", "conceptMapVersion"),
}
"""The arguments that an address with an id stands for."""
_OPERATIONS: Final[tuple[tuple[str, Handler[World], Mapping[str, str]], ...]] = (
    ("/CodeSystem/$lookup", _lookup, lookup.KNOWN),
    ("/CodeSystem/$validate-code", _validate_in_system, validate.IN_SYSTEM),
    ("/CodeSystem/$subsumes", _subsumes, subsume.KNOWN),
    ("/ValueSet/$validate-code", _validate_in_value_set, validate.IN_VALUE_SET),
    ("/ValueSet/$expand", _expand, expand.KNOWN),
    ("/ConceptMap/$translate", _translate, translate.KNOWN),
    ("/CodeSystem/{id}/$validate-code", _validate_in_system, validate.IN_SYSTEM),
    ("/CodeSystem/{id}/$subsumes", _subsumes, subsume.KNOWN),
    ("/ValueSet/{id}/$validate-code", _validate_in_value_set, validate.IN_VALUE_SET),
    ("/ValueSet/{id}/$expand", _expand, expand.KNOWN),
    ("/ConceptMap/{id}/$translate", _translate, translate.KNOWN),
)


def _asking(arguments: Mapping[str, str]) -> Terms:
    names = (name for name, kind in arguments.items() if kind not in {CODING, CODEABLE})
    return replace(_ASK, query=tuple(names))


def _finding(resource_type: str) -> Terms:
    own = look.NAMES if resource_type == "NamingSystem" else look.CANONICALS
    return replace(_READ, query=(*own, *look.PAGING))


ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=_READ,
    routes=(
        *(
            Route(method="GET", path=path, handler=handler, terms=_asking(arguments))
            for path, handler, arguments in _OPERATIONS
        ),
        *(
            Route(method="POST", path=path, handler=handler, terms=_SENT, body_limit=BODY_LIMIT)
            for path, handler, _ in _OPERATIONS
        ),
        *(
            Route(
                method="GET",
                path=f"/{each}",
                handler=_searching(each),
                terms=_finding(each),
            )
            for each in look.TYPES
        ),
        *(
            Route(method="GET", path=f"/{each}/{{id}}", handler=_reading(each))
            for each in look.TYPES
        ),
    ),
)
