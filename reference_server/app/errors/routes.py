"""The error catalogue over HTTP, as a page and as JSON; open to everybody."""

from functools import cache

import msgspec
from starlette.responses import Response

from reference_server.app.errors.gather import catalogue
from reference_server.app.errors.page import served
from reference_server.kernel.route import Route
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE, Terms
from reference_server.kernel.web import visit_of
from reference_server.world import Call, World

_HTML = "text/html"


async def errors(call: Call) -> Response:
    """Tell every refusal, its cause and what helps, as a page."""
    return served(catalogue(call.language), visit_of(call))


async def errors_json(call: Call) -> Response:
    """Tell every refusal, its cause and what helps, as JSON."""
    spoken = {"Content-Language": call.language, "Vary": "Accept-Language, Cookie"}
    return Response(as_json(call.language), media_type=JSON_MEDIA_TYPE, headers=spoken)


@cache
def as_json(language: str) -> bytes:
    """Return the catalogue in one language as JSON."""
    told = [entry.as_json() for entry in catalogue(language)]
    return msgspec.json.encode({"language": language, "errors": told})


def _open(media_type: str) -> Terms:
    return Terms(writes=(media_type,), says_no=(FHIR_MEDIA_TYPE,))


ROUTES: tuple[Route[World], ...] = (
    Route(method="GET", path="/errors", handler=errors, terms=_open(_HTML)),
    Route(method="GET", path="/errors.json", handler=errors_json, terms=_open(JSON_MEDIA_TYPE)),
)
