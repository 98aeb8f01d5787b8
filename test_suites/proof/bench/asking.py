"""Asks prepared questions over kept connections as fast as they are answered; judges nothing.

It runs in a process of its own (`python -m test_suites.proof.bench.asking`, one job on stdin) and
speaks HTTP/1.1 by itself: a client library would take more of the two cores than the server does.
"""

import asyncio
import itertools
import ssl
import sys
import time

import msgspec
import uvloop

_OK = b"HTTP/1.1 200"
_LENGTH = b"content-length:"
_LARGEST_HEAD = 64 * 1024


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Whole requests, head and body; each client begins at another of them."""

    host: str
    port: int
    trust_file: str | None
    questions: tuple[bytes, ...]
    clients: int
    seconds: float


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How many questions were answered in how many seconds; the generator's processor seconds."""

    count: int
    elapsed: float
    cpu: float


class NotAnsweredError(RuntimeError):
    """The server answered with something else than success."""


async def ask(job: Job) -> Answered:
    """Ask for `job.seconds`; raises a group of NotAnsweredError."""
    trust = ssl.create_default_context(cafile=job.trust_file) if job.trust_file else None
    began, cpu = time.perf_counter(), time.process_time()
    deadline = began + job.seconds
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_client(job, trust, number, deadline))
            for number in range(job.clients)
        ]
    counts = [task.result() for task in tasks]
    return Answered(
        count=sum(counts),
        elapsed=time.perf_counter() - began,
        cpu=time.process_time() - cpu,
    )


async def _client(job: Job, trust: ssl.SSLContext | None, number: int, deadline: float) -> int:
    reader, writer = await asyncio.open_connection(
        job.host, job.port, ssl=trust, limit=_LARGEST_HEAD
    )
    try:
        return await _asked(job, reader, writer, number, deadline=deadline)
    finally:
        writer.close()
        await writer.wait_closed()


async def _asked(
    job: Job,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    number: int,
    *,
    deadline: float,
) -> int:
    count = 0
    for question in itertools.islice(itertools.cycle(job.questions), number, None):
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        if not head.startswith(_OK):
            raise NotAnsweredError(f"{question[:200]!r}: {head[:40]!r} {body[:300]!r}")
        count += 1
        if time.perf_counter() > deadline:
            break
    return count


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    told = next((line for line in lines if line.startswith(_LENGTH)), _LENGTH + b"0")
    return int(told.removeprefix(_LENGTH))


def main() -> int:
    """Run the job on stdin and print what was answered as JSON."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(ask(job))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
