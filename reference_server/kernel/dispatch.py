"""From a request and its route to an answer: read, handle, say no; knows no service."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import uuid4

from starlette.responses import Response
from starlette.types import Receive, Scope

from reference_server.kernel.call import Call, Deed, Environment
from reference_server.kernel.errors import BodyTooLarge, Busy, Internal, Refusal, RequestTimeout
from reference_server.kernel.intake import read_body, read_headers, read_query, sane_request_id
from reference_server.kernel.language import Voice, preferred
from reference_server.kernel.route import Renderer, Route
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
class Arrival:
    """A request whose head was read."""

    scope: Scope
    receive: Receive
    headers: dict[str, str]
    request_id: str
    voice: Voice

    @classmethod
    def of(cls, scope: Scope, receive: Receive, *, catalogue: Catalogue) -> "Arrival":
        """Read what the head of a request tells."""
        headers = read_headers(scope)
        return cls(
            scope=scope,
            receive=receive,
            headers=headers,
            request_id=sane_request_id(headers.get("x-request-id")) or str(uuid4()),
            voice=Voice(catalogue=catalogue, language=preferred(headers.get("accept-language"))),
        )

    def dress(self, response: Response) -> Response:
        """Return an answer with the headers that every answer carries."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if self.scope["scheme"] == "https":
            response.headers.setdefault(*_HSTS)
        response.headers["X-Request-Id"] = self.request_id
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[W]):
    """A route found for a request: `path` is the one below the World, `values` its `{names}`."""

    route: Route[W]
    render: Renderer
    path: str
    values: Mapping[str, str]


class Dispatch(Generic[W]):
    """Answers every request of every World. `refused` hears of every refusal of a named action."""

    def __init__(
        self, *, refused: Callable[[Call[W], Refusal], None], limits: Limits | None = None
    ) -> None:
        self._refused = refused
        self._limits = limits or Limits()

    async def answer(self, arrival: Arrival, world: W, match: Match[W]) -> Response:
        """Return the answer, whatever happens; raises ClientGoneError when nobody waits for it."""
        try:
            body = await read_body(
                arrival.receive,
                arrival.headers,
                limit=match.route.body_limit,
                seconds=self._limits.arrive,
            )
        except (BodyTooLarge, RequestTimeout) as refusal:
            answer = self._say_no(_call(arrival, world, match), refusal, match)
            answer.headers["Connection"] = "close"
            return arrival.dress(answer)
        return arrival.dress(await self._handle(_call(arrival, world, match, body=body), match))

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


def _call(arrival: Arrival, world: W, match: Match[W], *, body: bytes = b"") -> Call[W]:
    return Call(
        world=world,
        method=arrival.scope["method"],
        path=match.path,
        path_values=match.values,
        query=read_query(arrival.scope),
        headers=arrival.headers,
        body=body,
        voice=arrival.voice,
        request_id=arrival.request_id,
        deed=Deed(match.route.action or "unnamed"),
    )
