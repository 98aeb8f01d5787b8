"""The table of routes answers as asking one route after the other would."""

import re
from collections.abc import Iterator

import pytest
from starlette.routing import Match
from starlette.types import Scope

from reference_server.app import WorldRegistry, build_app
from reference_server.app.asgi import ReferenceServer
from reference_server.app.reception import ServedRoute

WORDS = ("7", "$reserve", "a b", "", "metadata", "x/y", "é")


@pytest.fixture(scope="module")
def app() -> Iterator[ReferenceServer]:
    registry = WorldRegistry(origin="https://127.0.0.1:8443")
    built = build_app(registry)
    assert isinstance(built, ReferenceServer)
    yield built
    registry.close_all()


def scope_of(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def asked_in_turn(app: ReferenceServer, scope: Scope) -> tuple[str, dict[str, str]] | None:
    for route in app.routes:
        if isinstance(route, ServedRoute):
            fit, told = route.matches(scope)
            if fit is Match.FULL:
                return route.path, told["path_params"]
    return None


def paths(app: ReferenceServer) -> Iterator[str]:
    for template in {route.path for route in app.routes if isinstance(route, ServedRoute)}:
        for word in WORDS:
            yield re.sub(r"\{[^}]+\}", word, template)
            yield re.sub(r"\{[^}]+\}", word, template) + "/"
            yield re.sub(r"\{[^}]+\}", word, template) + "\n"
            yield "/integration" + re.sub(r"^/\{world\}|\{[^}]+\}", "", template)
    yield from ("", "/", "//", "/integration", "no-slash")


def test_every_path_of_the_product_finds_the_route_that_asking_in_turn_finds(
    app: ReferenceServer,
) -> None:
    found = 0
    for path in paths(app):
        for method in ("GET", "POST", "HEAD", "DELETE"):
            scope = scope_of(method, path)
            hit = app.table.find(scope)
            mine = None if hit is None else (hit[0].path, hit[1])
            assert mine == asked_in_turn(app, scope), (method, path)
            found += mine is not None
    assert found > 500
