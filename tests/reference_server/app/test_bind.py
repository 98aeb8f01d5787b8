"""A bound socket answers at once under every event loop: small answers are not held back."""

import asyncio
import socket
from contextlib import ExitStack, suppress

import pytest

from reference_server.app.serving import bind, bind_beside


def test_what_it_accepts_is_sent_without_delay() -> None:
    async def accepted() -> int:
        seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own: socket.socket = writer.get_extra_info("socket")
            seen.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = bind("127.0.0.1", 0)
        port = listening.getsockname()[1]
        async with await asyncio.start_server(look, sock=listening):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            found = await seen
            writer.close()
            await writer.wait_closed()
            return found

    with asyncio.Runner() as runner:
        assert runner.run(accepted()) != 0


def test_connections_are_spread_over_the_sockets_of_one_address() -> None:
    """A single socket gave all sixteen clients of two processes to one of them."""
    with ExitStack() as stack:
        first = stack.enter_context(bind("127.0.0.1", 0, shared=True))
        second = stack.enter_context(bind_beside(first))
        assert first.getsockname() == second.getsockname()
        for _ in range(100):
            stack.enter_context(socket.create_connection(first.getsockname()))
        taken = [taken_by(each) for each in (first, second)]
    assert sum(taken) == 100
    assert min(taken) > 10


def taken_by(listening: socket.socket) -> int:
    listening.settimeout(0)
    taken = 0
    with suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            taken += 1
    return taken


def test_an_address_that_is_taken_is_not_shared_with_whoever_has_it() -> None:
    with (
        bind("127.0.0.1", 0, shared=True) as listening,
        pytest.raises(OSError, match="in use"),
    ):
        bind(*listening.getsockname(), shared=True)
