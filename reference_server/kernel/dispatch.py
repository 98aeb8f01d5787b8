"""From a request to an answer: route, read, handle, say no properly; knows no service."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import uuid4

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reference_server.kernel.call import Call, Deed, Environment
from reference_server.kernel.errors import BodyTooLarge, Busy, Internal, Refusal, RequestTimeout
from reference_server.kernel.intake import (
    ClientGoneError,
    read_body,
    read_headers,
    read_query,
    sane_request_id,
)
from reference_server.kernel.language import Voice, preferred
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Match, RouteTable
from reference_server.kernel.store import StoreBusyError
from reference_server.text import Catalogue

W = TypeVar("W", bound=Environment)
_log = logging.getLogger("reference_server")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_HSTS = ("Strict-Transport-Security", "max-age=31536000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a request may take, in seconds: to arrive, and to be handled."""

    arrive: float = 30.0
    handle: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is known of a request before a route was found."""

    scope: Scope
    receive: Receive
    headers: dict[str, str]
    request_id: str
    voice: Voice

    @classmethod
    def open(cls, scope: Scope, receive: Receive, *, catalogue: Catalogue) -> "Request":
        """Read what the head of a request tells."""
        headers = read_headers(scope)
        return cls(
            scope=scope,
            receive=receive,
            headers=headers,
            request_id=sane_request_id(headers.get("x-request-id")) or str(uuid4()),
            voice=Voice(catalogue=catalogue, language=preferred(headers.get("accept-language"))),
        )


class Dispatch(Generic[W]):
    """Answers every request of every World. `refused` hears of every refusal of a named action."""

    def __init__(
        self,
        table: RouteTable[W],
        *,
        refused: Callable[[Call[W], Refusal], None],
        limits: Limits | None = None,
    ) -> None:
        self._table = table
        self._refused = refused
        self._limits = limits or Limits()

    async def answer(self, request: Request, world: W, path: str, send: Send) -> None:
        """Answer a request whose path below the World is `path`; whatever happens, it answers."""
        try:
            response = await self._respond(request, world, path)
        except ClientGoneError:
            return
        await self.send(request, response, send)

    async def refuse(self, request: Request, refusal: Refusal, send: Send) -> None:
        """Say no outside any World."""
        await self.send(request, fhir_refusal(refusal, request.voice), send)

    async def send(self, request: Request, response: Response, send: Send) -> None:
        """Send an answer with the headers that every answer carries."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.scope["scheme"] == "https":
            response.headers.setdefault(*_HSTS)
        response.headers["X-Request-Id"] = request.request_id
        await response(request.scope, request.receive, send)

    async def _respond(self, request: Request, world: W, path: str) -> Response:
        try:
            match = self._table.find(request.scope["method"], path)
        except Refusal as refusal:
            renderer = self._table.renderer(path) or fhir_refusal
            return renderer(refusal, request.voice)
        try:
            body = await read_body(
                request.receive,
                request.headers,
                limit=match.route.body_limit,
                seconds=self._limits.arrive,
            )
        except (BodyTooLarge, RequestTimeout) as refusal:
            call = _call(request, world, path, match=match)
            answer = self._say_no(call, refusal, match)
            answer.headers["Connection"] = "close"
            return answer
        return await self._handle(_call(request, world, path, match=match, body=body), match)

    async def _handle(self, call: Call[W], match: Match[W]) -> Response:
        try:
            async with asyncio.timeout(self._limits.handle):
                return await match.route.handler(call)
        except Refusal as refusal:
            return self._say_no(call, refusal, match)
        except (StoreBusyError, TimeoutError):
            _log.warning("busy: %s %s", call.request_id, call.deed.action)
            return match.render(Busy(seconds=1), call.voice)
        except Exception:  # noqa: BLE001 - the outermost frame: whatever happened, it answers
            _log.exception("request %s failed", call.request_id)
            return self._say_no(call, Internal(), match)

    def _say_no(self, call: Call[W], refusal: Refusal, match: Match[W]) -> Response:
        if match.route.action is not None:
            try:
                self._refused(call, refusal)
            except Exception:  # noqa: BLE001 - the outermost frame: whatever happened, it answers
                _log.exception("the refusal of %s was not audited", call.request_id)
                refusal = Busy(seconds=1)
        return match.render(refusal, call.voice)


def _call(request: Request, world: W, path: str, *, match: Match[W], body: bytes = b"") -> Call[W]:
    return Call(
        world=world,
        method=request.scope["method"],
        path=path,
        path_values=match.values,
        query=read_query(request.scope),
        headers=request.headers,
        body=body,
        voice=request.voice,
        request_id=request.request_id,
        deed=Deed(match.route.action or "unnamed"),
    )
