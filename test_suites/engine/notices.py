"""How one case's provider tells a client that its person signed out; knows no step and no check.

A true notice is the provider's own: the person's sessions end there, and its courier delivers,
through the lab's tap. A false one the lab sends in the provider's name, and no session ends.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qs

import httpx

from reference_server.services.trust import store
from reference_server.services.trust.model import Logout
from reference_server.services.trust.operations.courier import COURIER
from reference_server.services.trust.operations.issue import logout_token
from reference_server.services.trust.operations.registration import register_client
from reference_server.services.trust.operations.sign_out import sign_out_everywhere
from reference_server.services.trust.store import Notice
from reference_server.world import World
from scenarios.tricks import LogoutNotice
from test_suites.deviations.logout_tokens import KIND, MAKES
from test_suites.deviations.workshop import Workshop
from test_suites.engine.environment import Hear
from test_suites.engine.players import OURSELVES, LabError

SECONDS: Final = 15.0
_FIELD = "logout_token"
_OK, _BAD_REQUEST = 200, 400


@dataclass(slots=True, kw_only=True)
class Notices:
    """Owns the way to one client. `tapped` puts the lab's tap around a transport."""

    world: World
    client_id: str
    uri: str
    workshop: Workshop
    tapped: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
    hear: Hear | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _last: bytes = b""

    def register(self) -> None:
        """Have the provider know where the client wants to be told."""
        with self.world.store.read() as tx:
            client = store.client(tx, self.client_id)
        if client is None:
            raise LabError(f"client-unknown:{self.client_id}")
        told = replace(client, logout=Logout(backchannel_uri=self.uri))
        register_client(self.world, told)
        self.world.port(COURIER).transport = self._transport

    async def send(self, kind: LogoutNotice, username: str) -> None:
        """Tell the client; return when it has answered, or cannot be reached."""
        self._answered.clear()
        if kind is LogoutNotice.GOOD:
            if not sign_out_everywhere(self.world, username):
                raise LabError("nobody-signed-in")
            self.world.port(COURIER).wake()
            try:
                async with asyncio.timeout(SECONDS):
                    await self._answered.wait()
            except TimeoutError as silent:
                raise LabError("notice-not-delivered") from silent
            return
        body = self._last if kind is LogoutNotice.REPLAYED else self._false(kind, username)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with httpx.AsyncClient(transport=self._transport()) as client:
            try:
                await client.post(self.uri, content=body, headers=headers, timeout=SECONDS)
            except httpx.TransportError:
                return  # the tap took it down: nobody answered

    def _false(self, kind: LogoutNotice, username: str) -> bytes:
        with self.world.store.read() as tx:
            sessions = store.sessions_of(tx, username)
        if not sessions:
            raise LabError("nobody-signed-in")
        notice = Notice(
            notice_id=self.world.ids.uuid(),
            client_id=self.client_id,
            uri=self.uri,
            subject=username,
            sid=sessions[-1].sid,
        )
        right = logout_token(self.world, notice, alg="ES256")
        token = MAKES[kind](right, replace(self.workshop, kind=KIND))
        return f"{_FIELD}={token}".encode("ascii")

    def _transport(self) -> httpx.AsyncBaseTransport:
        way = _Within(notices=self) if self.uri == OURSELVES else httpx.AsyncHTTPTransport()
        return _Watched(inner=self.tapped(way), told=self._told)

    def _told(self, body: bytes) -> None:
        self._last = body
        self._answered.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched(httpx.AsyncBaseTransport):
    """Sends, and says when what was sent has been answered or lost."""

    inner: httpx.AsyncBaseTransport
    told: Callable[[bytes], None]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        try:
            return await self.inner.handle_async_request(request)
        finally:
            self.told(body)

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Within(httpx.AsyncBaseTransport):
    """The way to the client that the lab plays."""

    notices: Notices

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs((await request.aread()).decode("ascii"))
        hear = self.notices.hear
        believed = hear is not None and await hear(form[_FIELD][0])
        return httpx.Response(_OK if believed else _BAD_REQUEST, stream=httpx.ByteStream(b""))
