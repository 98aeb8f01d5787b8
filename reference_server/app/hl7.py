"""Sockets for HL7 v2 beside the one for HTTP: a port for each environment; knows no message."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from reference_server.app.serving import bind
from reference_server.app.wiring import full_catalogue
from reference_server.app.worlds import WorldRegistry
from reference_server.kernel.mllp import MllpLimits, MllpServer
from reference_server.ports.messages import MESSAGES
from reference_server.world import World
from reference_server.world.authority import ClientTrust, ServerIdentity, server_context


@dataclass(frozen=True, slots=True, kw_only=True)
class MllpSocket:
    """Where one environment listens; `clients` are the authorities of its callers' certificates."""

    environment: str
    bound: socket.socket
    identity: ServerIdentity | None = None
    clients: ClientTrust | None = None

    def url(self, host: str | None) -> str:
        """Return `mllps://host:port`, or `mllp` without TLS."""
        address, port = self.bound.getsockname()[:2]
        scheme = "mllp" if self.identity is None else "mllps"
        shown = host or address
        return f"{scheme}://[{shown}]:{port}" if ":" in shown else f"{scheme}://{shown}:{port}"


@contextmanager
def bound_for(
    host: str, port: int | None, environments: Sequence[str]
) -> Iterator[tuple[MllpSocket, ...]]:
    """Bind a port for each environment, counted up from `port`; 0: free ones, None: none."""
    with ExitStack() as stack:
        sockets = []
        for number, name in enumerate(environments if port is not None else ()):
            bound = bind(host, port + number if port else 0)
            stack.enter_context(bound)
            sockets.append(MllpSocket(environment=name, bound=bound))
        yield tuple(sockets)


@asynccontextmanager
async def conversing(
    sockets: Sequence[MllpSocket],
    registry: WorldRegistry,
    *,
    limits: MllpLimits | None = None,
    subscribers: Mapping[str, str] | None = None,
    environments: Sequence[str] = (),
) -> AsyncIterator[None]:
    """Answer messages on the sockets while the block runs, and tell `subscribers` of changes.

    Whoever subscribed by FHIR is told in all `environments`.
    """
    catalogue = full_catalogue(tuple(each.name for each in registry.services))
    async with AsyncExitStack() as stack:
        for each in sockets:
            world = registry.find(each.environment)
            if world is None:
                continue
            respondent = world.port(MESSAGES).respondent(catalogue)
            server = MllpServer(respondent, limits=limits or MllpLimits())
            tls = None
            if each.identity is not None:
                tls = server_context(each.identity, clients=each.clients)
            await stack.enter_async_context(server.running(each.bound, tls))
            for organisation, url in (subscribers or {}).items():
                world.port(MESSAGES).subscribe(organisation, url)
        for name in dict.fromkeys((*(each.environment for each in sockets), *environments)):
            world = registry.find(name)
            if world is not None:
                await stack.enter_async_context(_telling(world))
        yield


@asynccontextmanager
async def _telling(world: World) -> AsyncIterator[None]:
    """Tell subscribers of changes while the block runs."""
    task = asyncio.create_task(world.port(MESSAGES).keep_telling())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
