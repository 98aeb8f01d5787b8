"""Starts a product as a program of its own, drives it, keeps what it said, always stops it."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from test_suites.subjects.driver import DriverClient
from test_suites.subjects.operator import OperatorError

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
LARGEST_OUTPUT: Final = 1024 * 1024
_READY = re.compile(rb"^READY (http://127\.0\.0\.1:\d+)/?\s*$")
OURSELVES: Final = (sys.executable, "-m", "reports.cli")


@dataclass(slots=True)
class Output:
    """What a program wrote to its standard output and error, up to a megabyte.

    `code` is with what it ended, negative for a signal; None while it runs.
    """

    content: bytearray = field(default_factory=bytearray)
    code: int | None = None

    def add(self, line: bytes) -> None:
        """Keep a line, unless there is too much already."""
        if len(self.content) < LARGEST_OUTPUT:
            self.content += line


@contextlib.asynccontextmanager
async def started(
    command: Sequence[str],
    *,
    act_seconds: float,
    equalis: Sequence[str] = OURSELVES,
    ready_seconds: float = READY_SECONDS,
) -> AsyncIterator[tuple[DriverClient, Output]]:
    """Run the program until the block ends; yield its driver when it can be asked.

    Raises OperatorError when it ends, or stays silent, before it can be asked.
    """
    port = _free_port()
    arguments = _arguments(command, port, equalis)
    try:
        program = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise OperatorError("program-not-startable") from error
    output, ready = Output(), asyncio.get_running_loop().create_future()
    reading = asyncio.create_task(_read(program, output, ready))
    try:
        async with asyncio.timeout(ready_seconds):
            url = await _until_ready(ready, port)
        driver = DriverClient(url, act_seconds=act_seconds)
        try:
            yield driver, output
        finally:
            await driver.close()
    except TimeoutError as error:
        raise OperatorError("program-not-ready") from error
    finally:
        ready.cancel()
        await _stop(program)
        output.code = program.returncode
        await reading


def _arguments(command: Sequence[str], port: int, equalis: Sequence[str]) -> tuple[str, ...]:
    arguments: list[str] = []
    for part in command:
        if part == "{equalis}":
            arguments.extend(equalis)
        else:
            arguments.append(part.replace("{port}", str(port)))
    return tuple(arguments)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _read(
    program: asyncio.subprocess.Process, output: Output, ready: asyncio.Future[str]
) -> None:
    stream = program.stdout
    while stream is not None and (line := await _line(stream)):
        output.add(line)
        found = _READY.match(line)
        if found and not ready.done():
            ready.set_result(found[1].decode("ascii"))
    if not ready.done():
        ready.set_exception(OperatorError("program-ended"))


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # a line longer than the reader's limit: the rest follows
        return await stream.read(65536)


async def _until_ready(ready: asyncio.Future[str], port: int) -> str:
    """Return the product's address: it says READY, or answers on the port it was given."""
    while True:
        done, _ = await asyncio.wait({ready}, timeout=0.1)
        if done:
            return ready.result()
        if await _answers(port):
            return f"http://127.0.0.1:{port}"


async def _answers(port: int) -> bool:
    driver = DriverClient(f"http://127.0.0.1:{port}", act_seconds=1)
    try:
        await driver.describe()
    except OperatorError:
        return False
    finally:
        await driver.close()
    return True


async def _stop(program: asyncio.subprocess.Process) -> None:
    """End the program and whatever it started, politely first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await program.wait()
                return
