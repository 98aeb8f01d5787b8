"""Where every request arrives: its World is found, its route answers, or it is told no."""

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, TypeAlias

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match as Fit
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server.app.wiring import full_catalogue
from reference_server.app.worlds import WorldRegistry
from reference_server.kernel.dispatch import Arrival, Dispatch, Limits, Match
from reference_server.kernel.errors import Internal, MethodNotAllowed, OperationUnknown, Refusal
from reference_server.kernel.intake import ClientGoneError
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.world import World, record_refusal

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_STAY = "reference_server.stay"
"""In a request's scope: the stack of what must stay whole until its answer is sent."""
_log = logging.getLogger("reference_server")


class ServedRoute(APIRoute):
    """A route that FastAPI finds and documents; its endpoint is called without dependencies."""

    def __init__(
        self,
        path: str,
        endpoint: Endpoint,
        **told: Any,  # noqa: ANN401 - whatever FastAPI tells its own
    ) -> None:
        super().__init__(path, endpoint, **told)
        # `$` would also match before a line feed that ends a path.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")
        self.app = _calling(endpoint)


class Reception:
    """Knows the Worlds and the routers of one app."""

    def __init__(
        self, worlds: WorldRegistry, routers: tuple[Router[World], ...], limits: Limits | None
    ) -> None:
        self._worlds = worlds
        self._catalogue = full_catalogue(tuple(service.name for service in worlds.services))
        self._routers = sorted(routers, key=lambda router: len(router.prefix), reverse=True)
        self._dispatch = Dispatch(refused=record_refusal, limits=limits)

    def endpoint(self, router: Router[World], route: Route[World]) -> Endpoint:
        """Return what answers requests for a route, in whichever World they ask."""

        async def answer(request: Request) -> Response:
            arrival = self._arrival(request)
            try:
                return await attend(request, arrival)
            except ClientGoneError:
                raise
            except Exception:  # noqa: BLE001 - whatever happened, it answers, and libraries log nothing
                return self._failed(arrival)

        async def attend(request: Request, arrival: Arrival) -> Response:
            name, path = _parted(request)
            stay: ExitStack = request.scope[_STAY]
            world = stay.enter_context(self._worlds.visiting(name))
            if world is None:
                return self._no_world(arrival)
            values = {key: text for key, text in request.path_params.items() if key != "world"}
            template = router.prefix + route.path
            match = Match(
                route=route, render=router.render, path=path, template=template, values=values,
                speaks_xml=router.speaks_xml,
            )  # fmt: skip
            return await self._dispatch.answer(arrival, world, match)

        return answer

    async def not_found(self, request: Request, _error: Exception) -> Response:
        """Say no where nothing lives."""
        _, path = _parted(request)
        return self._no(request, OperationUnknown(path=path))

    async def wrong_method(self, request: Request, _error: Exception) -> Response:
        """Say no where other methods would be answered, and which."""
        routes = (route for route in request.app.routes if isinstance(route, ServedRoute))
        fitting = (route for route in routes if route.matches(request.scope)[0] is not Fit.NONE)
        allowed = {method for route in fitting for method in route.methods or ()} - {"HEAD"}
        refusal = MethodNotAllowed(method=request.method, allow=", ".join(sorted(allowed)))
        return self._no(request, refusal)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Say that we failed where nobody could; the server's log has the rest of the story."""
        arrival = self._arrival(request)
        _log.error("request %s failed: %s", arrival.request_id, type(error).__name__)
        return arrival.send(arrival.refuse(Internal(), fhir_refusal))

    def _no(self, request: Request, refusal: Refusal) -> Response:
        arrival = self._arrival(request)
        name, path = _parted(request)
        if self._worlds.find(name) is None:
            return self._no_world(arrival)
        near = (router.render for router in self._routers if router.is_near(path))
        try:
            return arrival.send(arrival.refuse(refusal, next(near, fhir_refusal)))
        except Exception:  # noqa: BLE001 - whatever happened, it answers, and libraries log nothing
            return self._failed(arrival)

    def _failed(self, arrival: Arrival) -> Response:
        arrival.log_failure()
        return arrival.send(arrival.refuse(Internal(), fhir_refusal))

    def _no_world(self, arrival: Arrival) -> Response:
        refusal = OperationUnknown(path=arrival.scope["path"])
        return arrival.send(arrival.refuse(refusal, fhir_refusal))

    def _arrival(self, request: Request) -> Arrival:
        return Arrival.of(request.scope, request.receive, catalogue=self._catalogue)


def _calling(endpoint: Endpoint) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as scope[_STAY]:
            try:
                response = await endpoint(Request(scope, receive))
            except ClientGoneError:
                return
            # A stream still reads what it tells: the World stays until it was sent.
            await response(scope, receive, send)

    return app


def _parted(request: Request) -> tuple[str, str]:
    """Return the World's name and the path below it."""
    name, slash, rest = request.scope["path"].removeprefix("/").partition("/")
    return name, slash + rest
