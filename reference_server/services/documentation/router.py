"""The specification's routes: pages below /documentation, resources on FHIR paths. No token."""

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from reference_server.fhir.compose import write_json
from reference_server.kernel.body import check_accept
from reference_server.kernel.errors import NotAcceptable, SearchParameterUnknown
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, FHIR_OPEN, Terms
from reference_server.kernel.web import PAGE_TERMS, refusal_page
from reference_server.services.documentation.catalogue import api
from reference_server.services.documentation.describe import API_TYPES, PARAMETERS
from reference_server.services.documentation.errors import DefinitionUnknown, ReleaseUnknown
from reference_server.services.documentation.pages import (
    analyses,
    artefacts,
    examples,
    finding,
    home,
    releases,
)
from reference_server.services.documentation.store import shelf_of
from reference_server.world import Call, World

_TERMS: Final = PAGE_TERMS.refusing(ReleaseUnknown)
_JSON: Final = replace(_TERMS, writes=(FHIR_MEDIA_TYPE,))
_MOVED: Final = replace(_TERMS, writes=(), success=308)
_ARCHIVE: Final = replace(_TERMS, writes=("application/gzip",))
_API: Final = FHIR_OPEN.refusing(DefinitionUnknown, NotAcceptable, SearchParameterUnknown)


def _page(path: str, handler: Handler[World], *query: str, terms: Terms = _TERMS) -> Route[World]:
    asked = replace(terms, query=(*terms.query, *query))
    return Route(method="GET", path=path, handler=_named(handler), terms=asked)


def _named(handler: Handler[World]) -> Handler[World]:
    """Name a page's handler for the OpenAPI document, by its module and its own name."""
    module = handler.__module__.rpartition(".")[2]

    async def page(call: Call) -> Response:
        return await handler(call)

    page.__name__ = f"documentation_{module}_{handler.__name__}"
    page.__doc__ = handler.__doc__
    return page


PAGES: Final[Router[World]] = Router(
    prefix="/documentation",
    render=refusal_page,
    terms=_TERMS,
    routes=(
        _page("", home.home),
        _page("/", home.home_with_slash, terms=_MOVED),
        _page("/terminologies", home.terminologies),
        _page("/api", home.api),
        _page("/search", finding.found, "q", "kind", "page"),
        _page("/services", finding.services),
        _page("/services/{name}", finding.service),
        _page("/hl7", finding.hl7_guide),
        _page("/analyses/{code}", analyses.history),
        _page("/examples", examples.listed, "of", "valid", "q", "element", "page"),
        _page("/examples/{id}", examples.shown),
        _page("/examples/{id}/json", examples.as_json, terms=_JSON),
        _page("/packages", releases.listed),
        _page("/packages/{id}", releases.shown),
        _page("/packages/{id}/package.tgz", releases.archive, terms=_ARCHIVE),
        _page("/{type}", home.listed),
        _page("/{type}/{id}", artefacts.artefact, "view", "q", "code", "page"),
        _page("/{type}/{id}/source", artefacts.source),
        _page("/{type}/{id}/json", artefacts.as_json, "release", terms=_JSON),
        _page("/{type}/{id}/history", artefacts.history, "from", "to", "effect"),
    ),
)


def _reading(kind: str) -> Route[World]:
    async def read(call: Call) -> Response:
        check_accept(call.headers)
        return fhir_answer(write_json(api.read(shelf_of(call.world), kind, call.path_values["id"])))

    read.__name__, read.__doc__ = f"read_{kind.lower()}", f"Read a {kind}."
    return Route(method="GET", path=f"/{kind}/{{id}}", handler=read)


def _searching(kind: str) -> Route[World]:
    async def search(call: Call) -> Response:
        check_accept(call.headers)
        found = api.search(shelf_of(call.world), kind, call.query, base=call.world.fhir_base)
        return fhir_answer(write_json(found))

    search.__name__, search.__doc__ = f"search_{kind.lower()}", f"Find {kind}s."
    terms = replace(_API, query=(*PARAMETERS, *api.PAGING))
    return Route(method="GET", path=f"/{kind}", handler=search, terms=terms)


API: Final[Router[World]] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    terms=_API,
    routes=(*map(_searching, API_TYPES), *map(_reading, API_TYPES)),
)
