"""Listening sockets under the taps, in the running event loop; knows no case and no service."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Protocol, cast

from uvicorn import Config, Server

from test_suites.capture.server_tap import App
from test_suites.capture.wire_tap import TappedProtocol, WatchedContext, WireTap

SHUTDOWN_SECONDS = 2


class _QuietServer(Server):
    """uvicorn's server without its signal handlers: the run decides when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Road(Protocol):
    """What leads to a listening port where clients are not let in directly."""

    async def open(self, port: int) -> int:
        """Return the port at which clients enter the road to a port."""

    def close(self, door: int) -> None:
        """Let nobody enter there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Owns the server that all listening sockets of a run share, and the road to them."""

    config: Config
    server: Server
    road: Road | None = None
    by_port: dict[int, asyncio.Server] = field(default_factory=dict)

    async def open(
        self,
        tap: WireTap,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bound: socket.socket | None = None,
    ) -> int:
        """Listen with one tap, on a socket that is bound already where one is given.

        Return the port that clients use.
        """

        def protocol() -> TappedProtocol:
            state = self.server.lifespan.state
            return TappedProtocol(self.config, self.server.server_state, state, tap=tap)

        loop = asyncio.get_running_loop()
        if bound is None:
            listening = await loop.create_server(protocol, host, port)
        else:
            listening = await loop.create_server(protocol, sock=bound)
        self.server.servers.append(listening)
        taken = cast("int", listening.sockets[0].getsockname()[1])
        if self.road is not None:
            taken = await self.road.open(taken)
        self.by_port[taken] = listening
        return taken

    def close(self, port: int) -> None:
        """Listen no more on a port; connections that stand are the tap's to close."""
        listening = self.by_port.pop(port)
        self.server.servers.remove(listening)
        listening.close()
        if self.road is not None:
            self.road.close(port)


@contextlib.asynccontextmanager
async def listeners(app: App, *, road: Road | None = None) -> AsyncIterator[Listeners]:
    """Serve the app on sockets opened with `open`, until the block ends."""
    config = Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        lifespan="auto",
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[]))
    try:
        await _started(server, serving)
        yield Listeners(config=config, server=server, road=road)
    finally:
        server.should_exit = True
        await serving


async def _started(server: Server, serving: asyncio.Task[None]) -> None:
    while not server.started:
        if serving.done():
            serving.result()
            raise RuntimeError("the server ended before it started")
        await asyncio.sleep(0)


def server_context(certificate: str, key: str, *, client_ca: str | None = None) -> WatchedContext:
    """Return a TLS 1.2+ server context from PEM files; forward secrecy and AEAD only."""
    context = WatchedContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context
