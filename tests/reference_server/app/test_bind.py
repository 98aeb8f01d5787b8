"""A bound socket answers at once under every event loop: small answers are not held back."""

import asyncio
import socket

from reference_server.app.serving import bind


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
