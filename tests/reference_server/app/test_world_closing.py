"""A World that is closed while it answers stays whole until the answer is given."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import Response, StreamingResponse

from reference_server.app import SERVICES, WorldRegistry, build_app
from reference_server.app.serving import Listener, bind, running
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.service import Service
from reference_server.kernel.terms import FHIR_OPEN
from reference_server.world import Call, World


class Slow:
    """A service that answers from its World's store once it is told to."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()

    def service(self) -> Service[World]:
        return Service(
            name="slow",
            title="Slow",
            router=Router(
                prefix="/slow",
                render=fhir_refusal,
                terms=FHIR_OPEN,
                routes=(
                    Route(method="GET", path="/answer", handler=self.answer),
                    Route(method="GET", path="/stream", handler=self.stream),
                ),
            ),
        )

    async def answer(self, call: Call) -> Response:
        """Begin, wait, then read."""
        self.has_begun.set()
        await self.may_end.wait()
        with call.world.store.read() as tx:
            tx.execute("SELECT 1").fetchone()
        return Response(b"read")

    async def stream(self, call: Call) -> Response:
        """Answer at once, and read while the answer is sent."""

        async def told() -> AsyncIterator[bytes]:
            yield b"be"
            yield bytes((await self.answer(call)).body)[2:]

        return StreamingResponse(told())


async def closed_while_it_answers(path: str) -> tuple[bytes, int, World]:
    """Return what a request under way was told, the status of one that came later, the World."""
    slow = Slow()
    listener = Listener(bound=bind("127.0.0.1", 0))
    registry = WorldRegistry(origin=listener.origin, services=(*SERVICES, slow.service()))
    world = registry.open("w")
    async with running(build_app(registry), listener), httpx.AsyncClient() as http:
        asked = asyncio.create_task(http.get(f"{world.base_url}/slow/{path}"))
        await slow.has_begun.wait()
        registry.close("w")
        later = await http.get(f"{world.base_url}/health")
        slow.may_end.set()
        earlier = await asked
    registry.close_all()
    return earlier.content, later.status_code, world


@pytest.mark.parametrize(("path", "told"), [("answer", b"read"), ("stream", b"bead")])
def test_who_is_being_answered_is_answered_and_who_comes_later_finds_nothing(
    path: str, told: bytes
) -> None:
    earlier, later, world = asyncio.run(closed_while_it_answers(path))
    assert (earlier, later) == (told, 404)
    with pytest.raises(Exception, match=r"(?i)closed"), world.store.read():
        pass  # once nobody is answered any more it is closed


async def gone_while_it_answers() -> World:
    """Return a World that was closed while a client that hung up was being answered."""
    slow = Slow()
    listener = Listener(bound=bind("127.0.0.1", 0))
    registry = WorldRegistry(origin=listener.origin, services=(*SERVICES, slow.service()))
    world = registry.open("w")
    async with running(build_app(registry), listener):
        port = listener.bound.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /w/slow/answer HTTP/1.1\r\nHost: x\r\n\r\n")
            await slow.has_begun.wait()
        registry.close("w")
        slow.may_end.set()
    registry.close_all()
    return world


def test_a_client_that_hangs_up_keeps_no_world_open() -> None:
    world = asyncio.run(gone_while_it_answers())
    with pytest.raises(Exception, match=r"(?i)closed"), world.store.read():
        pass
