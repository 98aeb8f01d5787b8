"""The ASGI app: the first path segment names the World, the rest finds its route."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reference_server.app.metadata import capability_statement
from reference_server.app.wiring import full_catalogue
from reference_server.app.worlds import WorldRegistry
from reference_server.kernel.dispatch import Dispatch, Limits, Request
from reference_server.kernel.errors import OperationUnknown
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router, RouteTable
from reference_server.world import Call, World, record_refusal

App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_WEBSOCKET_REFUSED = 1008


class ReferenceApp:
    """Answers for every World of a registry, while Worlds are opened and closed."""

    def __init__(
        self,
        worlds: WorldRegistry,
        *,
        limits: Limits | None = None,
        on_shutdown: Callable[[], None] | None = None,
    ) -> None:
        self._worlds = worlds
        self._on_shutdown = on_shutdown
        self._catalogue = full_catalogue(tuple(service.name for service in worlds.services))
        routers = tuple(s.router for s in worlds.services if s.router is not None)
        table = RouteTable((*routers, *_own_routers(worlds)))
        self._dispatch = Dispatch(table, refused=record_refusal, limits=limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _WEBSOCKET_REFUSED})
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.open(scope, receive, catalogue=self._catalogue)
        name, slash, rest = scope["path"].removeprefix("/").partition("/")
        world = self._worlds.find(name)
        if world is None:
            await self._dispatch.refuse(request, OperationUnknown(path=scope["path"]), send)
        else:
            await self._dispatch.answer(request, world, slash + rest, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            ends = message["type"] == "lifespan.shutdown"
            if ends and self._on_shutdown is not None:
                self._on_shutdown()
            await send({"type": f"{message['type']}.complete"})
            if ends:
                return


def build_app(
    worlds: WorldRegistry,
    *,
    limits: Limits | None = None,
    on_shutdown: Callable[[], None] | None = None,
) -> App:
    """Return the ASGI app over a registry.

    Closing the registry is its owner's business, who may give it as `on_shutdown`.
    """
    return ReferenceApp(worlds, limits=limits, on_shutdown=on_shutdown)


def _own_routers(worlds: WorldRegistry) -> tuple[Router[World], ...]:
    async def metadata(call: Call) -> Response:
        return fhir_answer(msgspec.json.encode(capability_statement(call.world, worlds.services)))

    async def health(_call: Call) -> Response:
        return Response(b'{"status":"pass"}', media_type="application/health+json")

    fhir = Route(method="GET", path="/metadata", handler=metadata)
    probe = Route(method="GET", path="/health", handler=health)
    return (
        Router(prefix="/fhir", routes=(fhir,), render=fhir_refusal),
        Router(prefix="", routes=(probe,), render=fhir_refusal),
    )
