"""Serving the app on a socket with uvicorn, in this event loop or in processes; knows no World."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from reference_server.app.asgi import App
from reference_server.app.early import not_http
from reference_server.kernel.connection import CertifiedProtocol
from reference_server.world.authority import ClientTrust, ServerIdentity, server_context

_BACKLOG = 2048
_GRACE_SECONDS = 10
_KEEP_ALIVE_SECONDS = 75
_POLL_SECONDS = 0.005
# How long an idle connection may take to say goodbye when the server ends.
_GOODBYE_SECONDS = 0.3
# On a busy machine a process that still imports is slow, not dead: uvicorn would end it after 5 s.
_ALIVE_SECONDS = 60


class PromptProtocol(CertifiedProtocol):
    """Ends although clients keep idle TLS connections; what it refuses itself has a request id."""

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(_GOODBYE_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        self.transport.write(not_http(msg))
        self.transport.close()


class ServerDidNotStartError(RuntimeError):
    """The server ended before it listened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """How a server listens. `http` may be a subclass of uvicorn's protocol, for a tap.

    `reached_as` is the name others know it by, where that is not the bound address. `clients` are
    the authorities whose certificates callers may, or must, show; None asks for none.
    """

    bound: socket.socket
    identity: ServerIdentity | None = None
    clients: ClientTrust | None = None
    http: type[HttpToolsProtocol] = PromptProtocol
    reached_as: str | None = None

    @property
    def origin(self) -> str:
        """`https://host:port` of the bound socket; `http` when it has no identity."""
        address, port = self.bound.getsockname()[:2]
        host = self.reached_as or address
        scheme = "http" if self.identity is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Where it is `shared`, `bind_beside` opens more at its address; none but ours may stand there.
    """
    if shared and port:
        bind(host, port).close()  # raises OSError where somebody else listens already
    return _listening(host, port, shared=shared)


def bind_beside(bound: socket.socket) -> socket.socket:
    """Return another listening socket at the address of one that is shared.

    The kernel spreads connections over them. A single socket that several processes listen on
    gives whoever wakes first all that wait: of two processes one did all the work.
    """
    host, port = bound.getsockname()[:2]
    return _listening(host, port, shared=True)


def _listening(host: str, port: int, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio sets TCP_NODELAY on what it accepts: 40 ms an answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    bound.set_inheritable(True)
    return bound


def configure(
    app: App | Callable[[], App], listener: Listener, *, factory: bool = False, workers: int = 1
) -> uvicorn.Config:
    """Return uvicorn's configuration: quiet, no headers about itself, TLS from the identity."""
    own_context = None
    if listener.identity is not None:
        own_context = partial(_context, listener.identity, listener.clients)
    return uvicorn.Config(
        app,
        factory=factory,
        workers=workers,
        http=_prompt(listener.http),
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_worker_healthcheck=_ALIVE_SECONDS,
        ssl_context_factory=own_context,
    )


class QuietServer(uvicorn.Server):
    """A server inside somebody else's event loop: signals stay theirs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signal handlers alone."""
        yield


class Processes(Multiprocess):
    """Server processes, each with a listening socket of its own."""

    def init_processes(self) -> None:
        for bound in self.sockets:
            process = Process(self.config, [bound])
            process.start()
            self.processes.append(process)


@contextlib.asynccontextmanager
async def running(app: App, listener: Listener) -> AsyncIterator[str]:
    """Serve in this event loop while the block runs; gives the origin, ends gracefully.

    The app may be wrapped in middleware, and `listener.http` may be an own protocol class.
    """
    server = QuietServer(configure(app, listener))
    task = asyncio.create_task(server.serve(sockets=[listener.bound]))
    try:
        while not server.started:
            if task.done():
                await task
                raise ServerDidNotStartError
            await asyncio.sleep(_POLL_SECONDS)
        yield listener.origin
    finally:
        server.should_exit = True
        await task


def _prompt(protocol: type[HttpToolsProtocol]) -> type[HttpToolsProtocol]:
    if issubclass(protocol, PromptProtocol):
        return protocol
    return type(f"Prompt{protocol.__name__}", (protocol, PromptProtocol), {})


def _context(
    identity: ServerIdentity,
    clients: ClientTrust | None,
    _config: uvicorn.Config,
    _default: Callable[[], Any],
) -> ssl.SSLContext:
    return server_context(identity, clients=clients)
