"""The error catalogue over HTTP, as a page and as JSON; open to everybody."""

from functools import cache

import msgspec
from starlette.responses import Response

from reference_server.app.errors.gather import catalogue
from reference_server.app.errors.page import page, policy
from reference_server.kernel.route import Route
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE, Terms
from reference_server.world import Call, World

_HTML = "text/html"


async def errors(call: Call) -> Response:
    """Tell every refusal, its cause and what helps, as a page."""
    headers = {"Content-Security-Policy": policy(), "X-Frame-Options": "DENY"}
    return _spoken(call, _page(call.language), f"{_HTML}; charset=utf-8", headers)


async def errors_json(call: Call) -> Response:
    """Tell every refusal, its cause and what helps, as JSON."""
    return _spoken(call, as_json(call.language), JSON_MEDIA_TYPE, {})


@cache
def as_json(language: str) -> bytes:
    """Return the catalogue in one language as JSON."""
    told = [entry.as_json() for entry in catalogue(language)]
    return msgspec.json.encode({"language": language, "errors": told})


@cache
def _page(language: str) -> bytes:
    return page(catalogue(language), language).encode()


def _spoken(call: Call, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    spoken = {"Content-Language": call.language, "Vary": "Accept-Language"}
    return Response(body, media_type=media_type, headers={**headers, **spoken})


def _open(media_type: str) -> Terms:
    return Terms(writes=(media_type,), says_no=(FHIR_MEDIA_TYPE,))


ROUTES: tuple[Route[World], ...] = (
    Route(method="GET", path="/errors", handler=errors, terms=_open(_HTML)),
    Route(method="GET", path="/errors.json", handler=errors_json, terms=_open(JSON_MEDIA_TYPE)),
)
