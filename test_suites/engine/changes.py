"""How one case's registry tells a subscriber what became of patients; knows no step and no check.

True messages are the registry's own (IHE PMIR ITI-93), through the lab's tap; a false one the lab
sends in its name.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from reference_server.fhir.xml_reader import read_xml
from reference_server.fhir.xml_writer import write_xml
from reference_server.services.patients.mllp.notify import tell_all
from reference_server.world import World
from scenarios.tricks import PatientNotice
from test_suites.core.message import JsonValue
from test_suites.engine.environment import Take
from test_suites.engine.players import OURSELVES, LabError

SECONDS: Final = 15.0
OTHER_EVENT: Final = "urn:equalis:other-event"
FALSE_NAME: Final = "Personne-Inventée"
_AFTER_EVERY_PAUSE: Final = timedelta(hours=1)
_TEXT = "application/fhir+json; charset=utf-8"


@dataclass(slots=True, kw_only=True)
class Changes:
    """Owns the way to whoever subscribed. `tapped` puts the lab's tap around a transport.

    `take` is how the client that the lab plays is told; it subscribes with the address OURSELVES.
    """

    world: World
    tapped: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
    take: Take | None = None
    _last: tuple[str, str, bytes] | None = None
    """Address, media type and content of the last message."""

    async def send(self, kind: PatientNotice) -> None:
        """Tell what was not heard yet, or the last message again, truly or not.

        Return when it has been answered, or nobody can be reached.
        """
        if kind is PatientNotice.GOOD:
            at = self.world.clock.wire_now() + _AFTER_EVERY_PAUSE
            await tell_all(self.world, way=self._transport, at=at)
            return
        if self._last is None:
            raise LabError("nothing-was-told")
        url, media_type, body = self._last
        if kind is PatientNotice.OTHER_EVENT:
            body = _under_another_event(body, in_xml="xml" in media_type)
        headers = {"Content-Type": media_type}
        async with httpx.AsyncClient(transport=self._transport()) as client:
            try:
                await client.post(url, content=body, headers=headers, timeout=SECONDS)
            except httpx.TransportError:
                return  # the tap took it down: nobody answered

    def _transport(self) -> httpx.AsyncBaseTransport:
        return _Watched(changes=self, inner=self.tapped(_Within(self, httpx.AsyncHTTPTransport())))

    def told(self, url: str, media_type: str, body: bytes) -> None:
        """Remember the last message."""
        self._last = (url, media_type, body)


def _under_another_event(body: bytes, *, in_xml: bool) -> bytes:
    """Return a message as no registry sends it: of another event, with names nobody has."""
    altered = _altered(read_xml(body) if in_xml else json.loads(body))
    if in_xml and isinstance(altered, dict):
        return write_xml(altered)
    return json.dumps(altered, ensure_ascii=False).encode()


def _altered(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_altered(each) for each in value]
    if not isinstance(value, dict):
        return value
    other: dict[str, JsonValue] = {"eventUri": OTHER_EVENT, "family": FALSE_NAME}
    return {key: other.get(key, _altered(each)) for key, each in value.items()}


@dataclass(frozen=True, slots=True)
class _Watched(httpx.AsyncBaseTransport):
    """Sends, and remembers what was sent."""

    changes: Changes
    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        media_type = request.headers.get("content-type", _TEXT)
        self.changes.told(str(request.url), media_type, await request.aread())
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass(frozen=True, slots=True)
class _Within(httpx.AsyncBaseTransport):
    """The way to the client that the lab plays, and to any other over the network."""

    changes: Changes
    network: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) != OURSELVES or self.changes.take is None:
            return await self.network.handle_async_request(request)
        status, answer = await self.changes.take(await request.aread())
        headers = {"Content-Type": _TEXT}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(answer))

    async def aclose(self) -> None:
        await self.network.aclose()
