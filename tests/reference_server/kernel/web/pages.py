"""A visit made by hand, for tests of the foundation alone."""

from collections.abc import Mapping

from reference_server.kernel.language import Voice, language_of
from reference_server.kernel.web import MESSAGES, Visit
from reference_server.text import Catalogue

ORIGIN = "https://lab.test:8443"
CATALOGUE = Catalogue.load(MESSAGES)


def visit(
    path: str = "/w/page",
    *,
    query: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    method: str = "GET",
) -> Visit:
    """Return a visit below the root `/w`."""
    told = dict(headers or {})
    voice = Voice(catalogue=CATALOGUE, language=language_of(query, told), request_id="r-1")
    return Visit(
        voice=voice,
        root="/w",
        path=path,
        origin=ORIGIN,
        query=query,
        headers=told,
        body=body,
        method=method,
    )
