"""The FastAPI application: every declared route below the name of a World, and its OpenAPI."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import cached_property
from typing import Any, TypeAlias

import msgspec
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reference_server.app.errors.routes import ROUTES as ERROR_ROUTES
from reference_server.app.metadata import SOFTWARE_VERSION, capability_statement
from reference_server.app.openapi import (
    PREFIX,
    Operation,
    answers,
    components,
    further,
    in_order,
    named,
    of_world,
)
from reference_server.app.reception import Reception, ServedRoute
from reference_server.app.route_table import RouteTable
from reference_server.app.wiring import homes_of_pages
from reference_server.app.worlds import WorldRegistry
from reference_server.kernel.dispatch import Limits
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_MEDIA_TYPE, FHIR_OPEN, JSON_MEDIA_TYPE, Terms
from reference_server.kernel.web import static_route
from reference_server.world import Call, World

App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_TITLE = "Reference of the national eHealth services"
_OWN = "This server"
_HEALTH = "application/health+json"
# Nothing of a request leaves the process, whatever the environment's variables say.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


_WELL_KNOWN = re.compile(
    r"(/\.well-known/(?:oauth-authorization-server|openid-configuration))(/[^/]+/.+)"
)


class ReferenceServer(FastAPI):
    """Answers for every World of a registry, while Worlds are opened and closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what RFC 8414 §3.1 asks for in front of an issuer's path is found behind it."""
        found = _WELL_KNOWN.fullmatch(scope.get("path", ""))
        if found is not None:
            scope = {**scope, "path": found[2].rstrip("/") + found[1]}
        if scope["type"] == "http" and not scope.get("root_path"):
            hit = self.table.find(scope)
            if hit is not None:
                route, values = hit
                scope.update(app=self, path_params=values)
                await route.app(scope, receive, send)
                return
        # What no route answers is told in the framework's own way: which methods, or nothing.
        await super().__call__(scope, receive, send)

    @cached_property
    def table(self) -> RouteTable:
        """What finds routes; made when the first request comes, after all were added."""
        return RouteTable(route for route in self.routes if isinstance(route, ServedRoute))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document of every operation of any World."""
        return {**super().openapi(), "components": components()}


def build_app(
    worlds: WorldRegistry,
    *,
    limits: Limits | None = None,
    on_shutdown: Callable[[], None] | None = None,
    beside: Callable[[App], AbstractAsyncContextManager[object]] | None = None,
) -> FastAPI:
    """Return the app over a registry; raises RouteConflictError.

    Closing the registry is its owner's business, who may give it as `on_shutdown`. `beside` stands
    while the app does, for instance another socket.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with nullcontext() if beside is None else beside(app):
            yield
        if on_shutdown is not None:
            on_shutdown()

    app = ReferenceServer(
        title=_TITLE,
        version=SOFTWARE_VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    titled = [(each.title, router) for each in worlds.services for router in each.routers]
    titled += [(_OWN, router) for router in _own_routers(worlds, app.openapi)]
    reception = Reception(worlds, tuple(router for _, router in titled), limits)
    app.add_exception_handler(404, reception.not_found)
    app.add_exception_handler(405, reception.wrong_method)
    app.add_exception_handler(Exception, reception.failed)
    _add_routes(app, reception, in_order(titled))
    return app


def _add_routes(app: FastAPI, reception: Reception, operations: tuple[Operation, ...]) -> None:
    app.router.route_class = ServedRoute
    names = named(operations)
    for operation in operations:
        endpoint = reception.endpoint(operation.router, operation.route)
        app.add_api_route(
            PREFIX + operation.path,
            endpoint,
            methods=[operation.route.method],
            operation_id=names[operation],
            tags=[operation.title],
            summary=operation.summary,
            status_code=operation.terms.success,
            response_class=Response,
            response_model=None,
            responses=answers(operation),
            openapi_extra=further(operation),
        )
        if operation.route.method == "GET":
            app.add_api_route(
                PREFIX + operation.path, endpoint, methods=["HEAD"], include_in_schema=False
            )


def _own_routers(
    worlds: WorldRegistry, document: Callable[[], dict[str, Any]]
) -> tuple[Router[World], ...]:
    async def metadata(call: Call) -> Response:
        """Tell what this FHIR API can do."""
        return fhir_answer(msgspec.json.encode(capability_statement(call.world, worlds.services)))

    async def openapi(call: Call) -> Response:
        """Tell what can be asked, as OpenAPI."""
        told = msgspec.json.encode(of_world(document(), call.world.base_url))
        return Response(told, media_type=JSON_MEDIA_TYPE)

    async def health(_call: Call) -> Response:
        """Tell that the server answers."""
        return Response(b'{"status":"pass"}', media_type=_HEALTH)

    return (
        Router(
            prefix="/fhir",
            routes=(Route(method="GET", path="/metadata", handler=metadata),),
            render=fhir_refusal,
            terms=FHIR_OPEN,
        ),
        Router(
            prefix="",
            routes=(
                Route(
                    method="GET", path="/health", handler=health, terms=_open(_HEALTH), to_all=True
                ),
                Route(method="GET", path="/openapi.json", handler=openapi),
                *ERROR_ROUTES,
                static_route(*homes_of_pages(worlds.services)),
            ),
            render=fhir_refusal,
            terms=_open(JSON_MEDIA_TYPE),
        ),
    )


def _open(media_type: str) -> Terms:
    return Terms(writes=(media_type,), says_no=(FHIR_MEDIA_TYPE,))
