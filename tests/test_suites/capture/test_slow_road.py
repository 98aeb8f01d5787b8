"""The slow road: bytes arrive later and otherwise as they were sent, and so do ends."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from test_suites.capture.slow_road import SlowRoad

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def road_to(serve: Serve, *, shortest: float = 0.001) -> AsyncIterator[Streams]:
    """Yield a connection that goes by the road to whoever serves."""
    road = SlowRoad(shortest=shortest, longest=shortest + 0.02)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    door = await road.open(server.sockets[0].getsockname()[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", door)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        road.close(door)
        server.close()
        await gone()


async def gone() -> None:
    """Wait until whoever serves has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back everything once its sender has ended."""
    writer.write(await reader.read())
    writer.close()


async def hang_up_rudely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection after the first bytes."""
    await reader.read(1)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def test_bytes_arrive_whole_and_in_order_and_the_end_behind_them() -> None:
    sent = b"".join(number.to_bytes(4, "big") for number in range(50_000))

    async def conversation() -> bytes:
        async with road_to(echo) as (reader, writer):
            for at in range(0, len(sent), 9_973):
                writer.write(sent[at : at + 9_973])
                await writer.drain()
            writer.write_eof()
            return await reader.read()

    assert asyncio.run(conversation()) == sent


def test_each_way_takes_its_time() -> None:
    async def conversation() -> float:
        async with road_to(echo, shortest=0.1) as (reader, writer):
            began = time.monotonic()
            writer.write(b"x")
            writer.write_eof()
            assert await reader.read() == b"x"
            return time.monotonic() - began

    assert asyncio.run(conversation()) >= 0.2


def test_a_reset_arrives_as_a_reset() -> None:
    async def conversation() -> None:
        async with road_to(hang_up_rudely) as (reader, writer):
            writer.write(b"x")
            with pytest.raises(ConnectionResetError):
                await reader.read()

    asyncio.run(conversation())


def test_where_nobody_listens_whoever_entered_is_turned_away() -> None:
    async def conversation() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            road = SlowRoad()
            door = await road.open(unused.getsockname()[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", door)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()
            road.close(door)

    asyncio.run(conversation())


def test_a_closed_door_lets_nobody_in() -> None:
    async def conversation() -> None:
        road = SlowRoad()
        door = await road.open(1)
        road.close(door)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", door)

    asyncio.run(conversation())
