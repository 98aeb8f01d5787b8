"""Declared routes are found by path and method below any World; all else is said no to properly."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Message

from reference_server.app import WorldRegistry, build_app
from reference_server.app.openapi import RouteConflictError
from reference_server.kernel.errors import Refusal
from reference_server.kernel.language import Voice
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Renderer, Route, Router
from reference_server.kernel.service import Service
from reference_server.kernel.terms import FHIR_OPEN
from reference_server.world import Call, World

ORIGIN = "https://127.0.0.1:8443"


async def tell(call: Call) -> Response:
    return Response(json.dumps([call.world.name, call.path, dict(call.path_values)]))


async def tell_of_all(_call: Call) -> Response:
    return Response(b'"all"')


def say_curtly(refusal: Refusal, _voice: Voice) -> Response:
    return Response(refusal.code, status_code=refusal.status, headers=dict(refusal.headers))


def stumble(_refusal: Refusal, _voice: Voice) -> Response:
    raise LookupError("what nobody outside may read")


def service(*routes: Route[World], prefix: str, render: Renderer = fhir_refusal) -> Service[World]:
    router = Router(prefix=prefix, routes=routes, render=render, terms=FHIR_OPEN)
    return Service(name=prefix.strip("/"), title=prefix, router=router)


def route(method: str, path: str) -> Route[World]:
    return Route(method=method, path=path, handler=tell)


SERVICES = (
    service(
        route("GET", "/Task/{id}"),
        Route(method="GET", path="/Task/$all", handler=tell_of_all),
        route("GET", "/Task"),
        route("POST", "/Task"),
        route("POST", "/Task/{id}/$reserve"),
        prefix="/fhir",
    ),
    service(route("GET", "/page"), prefix="/curt", render=say_curtly),
    service(route("GET", "/page"), prefix="/broken", render=stumble),
)


@pytest.fixture(scope="module")
def registry() -> Iterator[WorldRegistry]:
    worlds = WorldRegistry(origin=ORIGIN, services=SERVICES)
    worlds.open("w")
    yield worlds
    worlds.close_all()


@pytest.fixture(scope="module")
def app(registry: WorldRegistry) -> FastAPI:
    return build_app(registry)


def asked(app: FastAPI, method: str, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def code_of(answer: httpx.Response) -> str:
    (issue,) = answer.json()["issue"]
    return str(issue["details"]["coding"][0]["code"])


@pytest.mark.parametrize(
    ("path", "below", "values"),
    [
        ("/fhir/Task", "/fhir/Task", {}),
        ("/fhir/Task/a-1", "/fhir/Task/a-1", {"id": "a-1"}),
        ("/fhir/Task/a%20b", "/fhir/Task/a b", {"id": "a b"}),
        ("/fhir/Task/a%0A", "/fhir/Task/a\n", {"id": "a\n"}),
        ("/f%68ir/Task", "/fhir/Task", {}),
    ],
)
def test_names_in_a_path_are_given_their_values(
    app: FastAPI, path: str, below: str, values: dict[str, str]
) -> None:
    assert asked(app, "GET", f"/w{path}").json() == ["w", below, values]


@pytest.mark.parametrize("path", ["/w/fhir/Task/7/$reserve", "/w/fhir/Task/7/%24reserve"])
def test_a_dollar_sign_may_be_encoded(app: FastAPI, path: str) -> None:
    assert asked(app, "POST", path).json()[2] == {"id": "7"}


def test_a_fixed_path_comes_before_one_with_names_in_whatever_order_they_are_declared(
    app: FastAPI,
) -> None:
    assert asked(app, "GET", "/w/fhir/Task/$all").json() == "all"


@pytest.mark.parametrize(
    "path",
    [
        *("/fhir/Task/", "/fhir/Task/a/b", "/fhir/Task/a%2Fb", "/fhir/Task%0A", "/Task", "", "/"),
        *("//fhir/Task", "/fhir//Task", "/docs", "/redoc", "/fhir/Task/7/$reserve%0A"),
    ],
)
def test_other_paths_are_unknown(app: FastAPI, path: str) -> None:
    answer = asked(app, "GET", f"/w{path}")
    assert (answer.status_code, code_of(answer)) == (404, "operation-unknown")


@pytest.mark.parametrize("path", ["/", "/nowhere/fhir/Task", "/W/fhir/Task", "/docs", "/w%0A/fhir"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_where_no_world_is_every_method_is_unknown(app: FastAPI, method: str, path: str) -> None:
    answer = asked(app, method, path)
    assert (answer.status_code, code_of(answer)) == (404, "operation-unknown")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/fhir/Task/7", "GET"),
        ("PUT", "/fhir/Task", "GET, POST"),
        ("OPTIONS", "/fhir/metadata", "GET"),
        ("HEAD", "/fhir/Task/7/$reserve", "POST"),
    ],
)
def test_another_method_is_told_which_are_allowed(
    app: FastAPI, method: str, path: str, allowed: str
) -> None:
    answer = asked(app, method, f"/w{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


@pytest.mark.parametrize("path", ["/fhir/Task/7", "/fhir/metadata", "/health", "/openapi.json"])
def test_head_is_answered_where_get_is(app: FastAPI, path: str) -> None:
    assert asked(app, "HEAD", f"/w{path}").status_code == 200


def test_the_neighbourhood_says_how_to_say_no(app: FastAPI) -> None:
    assert asked(app, "GET", "/w/curt/nothing").text == "operation-unknown"
    assert asked(app, "PUT", "/w/curt/page").text == "method-not-allowed"
    assert asked(app, "PUT", "/w/curt/page").headers["allow"] == "GET"
    assert code_of(asked(app, "GET", "/w/curtly/nothing")) == "operation-unknown"


def test_where_even_saying_no_fails_the_caller_learns_nothing_of_it(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    answer = asked(app, "GET", "/w/broken/nothing")
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert "Error" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert answer.headers["cache-control"] == "no-store"


def test_operations_whose_handlers_share_a_name_are_told_apart(app: FastAPI) -> None:
    told = asked(app, "GET", "/w/openapi.json").json()["paths"]
    assert told["/fhir/Task/$all"]["get"]["operationId"] == "tell-of-all"
    assert told["/fhir/Task"]["get"]["operationId"] == "get-fhir-Task"
    assert told["/fhir/Task/{id}/$reserve"]["post"]["operationId"] == "post-fhir-Task-id-reserve"


def test_a_collision_is_a_mistake() -> None:
    twice = service(route("GET", "/Task"), prefix="/fhir")
    with pytest.raises(RouteConflictError, match="GET /fhir/Task"):
        build_app(WorldRegistry(origin=ORIGIN, services=(twice, twice)))


def test_worlds_are_found_while_they_are_open(app: FastAPI, registry: WorldRegistry) -> None:
    registry.open("later")
    assert asked(app, "GET", "/later/fhir/Task").json()[0] == "later"
    registry.close("later")
    assert asked(app, "GET", "/later/fhir/Task").status_code == 404


def test_what_is_to_be_done_at_the_end_is_done_once_at_the_end(registry: WorldRegistry) -> None:
    done: list[str] = []
    app = build_app(registry, on_shutdown=lambda: done.append("over"))
    asked_for = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))
    heard: list[tuple[str, int]] = []

    async def receive() -> Message:
        return next(asked_for)

    async def send(message: Message) -> None:
        heard.append((message["type"], len(done)))

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert heard == [("lifespan.startup.complete", 0), ("lifespan.shutdown.complete", 1)]
