"""The terminology benchmark asks what is answered, and counts only what was answered well."""

import asyncio

import pytest

from test_suites.proof.bench.asking import Answered, Job, NotAnsweredError, ask
from test_suites.proof.bench.terminology import measure, questions


async def _told(status: bytes) -> Answered:
    """Ask a server that answers every question alike."""
    connections: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        while await reader.readline():
            await reader.readuntil(b"\r\n")
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        job = Job(
            host="127.0.0.1", port=port, trust_file=None, clients=2, seconds=0.05,
            questions=(b"GET /a HTTP/1.1\r\n\r\n",),
        )  # fmt: skip
        try:
            return await ask(job)
        finally:
            await asyncio.gather(*(each for each in connections if each is not None))


def test_what_was_answered_is_counted() -> None:
    found = asyncio.run(_told(b"200 OK"))
    assert found.count >= 2
    assert found.elapsed > 0


def test_a_refusal_is_no_answer() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(_told(b"404 Not Found"))
    told = raised.value.exceptions
    assert all(isinstance(each, NotAnsweredError) and "404" in str(each) for each in told)


def test_it_asks_about_each_operation_with_more_than_one_question() -> None:
    asked = questions()
    assert asked.keys() == {"$lookup", "$validate-code", "$translate", "$expand"}
    assert all(len(each) > 1 for _, each in asked.values())


@pytest.mark.slow
def test_it_measures_a_real_server() -> None:
    figures = {each.name: each for each in measure(seconds=0.5, pairs=1)}
    assert len(figures) == 8
    assert all(each.median > 0 and each.unit == "req/s" for each in figures.values())
