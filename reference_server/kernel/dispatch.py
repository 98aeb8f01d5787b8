"""From a request and its route to an answer: read, handle, say no; knows no service."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from uuid import uuid4

from starlette.responses import Response
from starlette.types import Receive, Scope

from reference_server.kernel.call import Call, Deed, Environment
from reference_server.kernel.connection import certificate_of
from reference_server.kernel.errors import BodyTooLarge, Busy, Internal, Refusal, RequestTimeout
from reference_server.kernel.intake import read_body, read_headers, read_query, sane_request_id
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.language import Voice, language_of
from reference_server.kernel.route import Renderer, Route
from reference_server.kernel.store import StoreError
from reference_server.kernel.xml_form import as_json, in_xml, wants_xml
from reference_server.national.strangers import masked
from reference_server.text import Catalogue

W = TypeVar("W", bound=Environment)
_log = logging.getLogger("reference_server")
_requests = logging.getLogger("reference_server.requests")

NO_ROUTE = "-"
"""Stands in the log for the path of a request that no route answers: it may name a person."""
_REQUEST_ID = "equalis.request-id"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def _raw(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Return headers as they go over the wire; every answer carries them, so written once."""
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


_PLAIN_HEADERS = _raw(_HEADERS)
_SECURE_HEADERS = _raw({**_HEADERS, **_HSTS})
_ID_HEADER = b"x-request-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a request may take, in seconds: to arrive, and to be handled."""

    arrive: float = 30.0
    handle: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, and the codes of the refusals that it tells."""

    response: Response
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request whose head was read."""

    scope: Scope
    receive: Receive
    headers: dict[str, str]
    query: tuple[tuple[str, str], ...]
    request_id: str
    voice: Voice

    @classmethod
    def of(cls, scope: Scope, receive: Receive, *, catalogue: Catalogue) -> "Arrival":
        """Read what the head of a request tells."""
        headers = read_headers(scope)
        request_id = scope.get(_REQUEST_ID) or sane_request_id(headers.get("x-request-id"))
        # Kept there, so that whoever looks at this request again finds the same.
        scope[_REQUEST_ID] = request_id = request_id or str(uuid4())
        query = read_query(scope)
        language = language_of(query, headers)
        return cls(
            scope=scope,
            receive=receive,
            headers=headers,
            query=query,
            request_id=request_id,
            voice=Voice(catalogue=catalogue, language=language, request_id=request_id),
        )

    def refuse(
        self, refusal: Refusal, render: Renderer, *, mask: Callable[[str], str] = masked
    ) -> Told:
        """Say no; what may be a real person's number is hidden where the caller's words return."""
        response = render(refusal, self.voice)
        said = bytes(response.body).decode()
        # As many bytes as before: the header that counts them stays true.
        response.body = mask(said).encode()
        return Told(response=response, refusals=tuple(fault.code for fault in refusal.faults))

    def send(self, told: Told, *, template: str = NO_ROUTE) -> Response:
        """Return an answer with the headers that every answer carries, and put it on the log.

        `template` is the route's path with its `{names}`; neither query nor values are logged.
        """
        response = self._dress(told.response)
        codes = ",".join(dict.fromkeys(told.refusals)) or "-"
        facts = (self.scope["method"], template, response.status_code, codes, self.request_id)
        _requests.info("%s %s %s %s %s", *facts)
        return response

    def log_failure(self) -> None:
        """Put the story of a mistake of ours on the log, without a person's number."""
        _log.error("request %s failed\n%s", self.request_id, masked(traceback.format_exc()))

    def _dress(self, response: Response) -> Response:
        given = {name for name, _ in response.raw_headers}
        wanted = _SECURE_HEADERS if self.scope["scheme"] == "https" else _PLAIN_HEADERS
        response.raw_headers += [each for each in wanted if each[0] not in given]
        if _ID_HEADER in given:
            response.headers["X-Request-Id"] = self.request_id
        else:
            response.raw_headers.append((_ID_HEADER, self.request_id.encode("latin-1")))
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[W]):
    """A route found for a request: `path` is the one below the World, `values` its `{names}`.

    `template` is that path as it is declared; `speaks_xml` is its router's.
    """

    route: Route[W]
    render: Renderer
    path: str
    template: str
    values: Mapping[str, str]
    speaks_xml: bool = False


class Dispatch(Generic[W]):
    """Answers every request of every World. `refused` hears of every refusal of a named action."""

    def __init__(
        self, *, refused: Callable[[Call[W], Refusal], None], limits: Limits | None = None
    ) -> None:
        self._refused = refused
        self._limits = limits or Limits()

    async def answer(self, arrival: Arrival, world: W, match: Match[W]) -> Response:
        """Return the answer, whatever happens; raises ClientGoneError when nobody waits for it."""
        template = f"/{world.name}{match.template}"
        told = await self._answer(arrival, world, match)
        if match.speaks_xml and wants_xml(_call(arrival, world, match)):
            told = replace(told, response=in_xml(told.response))
        return arrival.send(told, template=template)

    async def _answer(self, arrival: Arrival, world: W, match: Match[W]) -> Told:
        try:
            body = await read_body(
                arrival.receive,
                arrival.headers,
                limit=match.route.body_limit,
                seconds=self._limits.arrive,
            )
        except (BodyTooLarge, RequestTimeout) as refusal:
            told = self._say_no(arrival, _call(arrival, world, match), refusal, match)
            told.response.headers["Connection"] = "close"
            return told
        return await self._handle(arrival, _call(arrival, world, match, body=body), match)

    async def _handle(self, arrival: Arrival, call: Call[W], match: Match[W]) -> Told:
        try:
            admitted = _admit(arrival, call, match)
            async with asyncio.timeout(self._limits.handle):
                asked = as_json(admitted) if match.speaks_xml else admitted
                return Told(response=await match.route.handler(asked))
        except Refusal as refusal:
            return self._say_no(arrival, call, refusal, match)
        except (StoreError, TimeoutError):
            _log.warning("busy: %s %s", call.request_id, call.deed.action)
            return arrival.refuse(Busy(seconds=1), match.render, mask=call.world.masked)
        except Exception:  # noqa: BLE001 - the outermost frame: whatever happened, it answers
            arrival.log_failure()
            return self._say_no(arrival, call, Internal(), match)

    def _say_no(self, arrival: Arrival, call: Call[W], refusal: Refusal, match: Match[W]) -> Told:
        if match.route.action is not None:
            try:
                self._refused(call, refusal)
            except Exception:  # noqa: BLE001 - the outermost frame: whatever happened, it answers
                _log.error("the refusal of %s was not audited", call.request_id)
                arrival.log_failure()
                refusal = Busy(seconds=1)
        return arrival.refuse(refusal, match.render, mask=call.world.masked)


def _admit(arrival: Arrival, call: Call[W], match: Match[W]) -> Call[W]:
    """Return the call with the certificate that counts in its World; raises AccessRefusals."""
    shown = certificate_of(arrival.scope)
    certificate = call.world.admit(shown, to_all=match.route.to_all)
    return call if certificate is None else replace(call, certificate=certificate)


def _call(arrival: Arrival, world: W, match: Match[W], *, body: bytes = b"") -> Call[W]:
    return Call(
        world=world,
        method=arrival.scope["method"],
        path=match.path,
        path_values=match.values,
        query=arrival.query,
        headers=arrival.headers,
        body=body,
        voice=arrival.voice,
        request_id=arrival.request_id,
        deed=_deed(arrival, match),
        address=(arrival.scope.get("client") or (None,))[0],
    )


def _deed(arrival: Arrival, match: Match[W]) -> Deed:
    """Return what is about to be done, as far as the request itself tells."""
    usual = Interaction.of_request(arrival.scope["method"], of_one=bool(match.values))
    interaction = match.route.interaction or usual
    query = arrival.scope.get("query_string", b"").decode("latin-1")
    return Deed(
        match.route.action or "unnamed",
        interaction=interaction,
        categories=match.route.categories,
        query=f"{match.path}?{query}" if interaction is Interaction.SEARCH else None,
    )
