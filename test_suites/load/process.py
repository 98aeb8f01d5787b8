"""Runs the load generator as a process and always ends it; knows no journey and no judge."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

from test_suites.engine.players import LabError
from test_suites.load.protocol import Measured, Settings, Tokens, read, write

PROGRAM: Final = (sys.executable, "-m", "test_suites.load.generator")
RENEW_SECONDS: Final = 5.0
SPARE_SECONDS: Final = 60.0
STOP_SECONDS: Final = 3.0
LARGEST_SAID: Final = 8 * 1024
_LOGGER: Final = logging.getLogger(__name__)

Renewed: TypeAlias = Callable[[Tokens], Awaitable[Tokens]]
"""Gives the tokens as they should be now, for those of before."""


def is_there() -> bool:
    """Tell whether Locust is installed; it is not imported."""
    return find_spec("locust") is not None


async def generate(
    settings: Settings,
    tokens: Tokens,
    renewed: Renewed,
    *,
    program: tuple[str, ...] = PROGRAM,
) -> Measured:
    """Return what the generator measured; where the tokens lie is filled in at the settings.

    `renewed` is asked every few seconds. Raises LabError where the generator is missing, ends
    before its time or leaves nothing to read.
    """
    if not is_there():
        raise LabError("load-generator-missing")
    with tempfile.TemporaryDirectory(prefix="equalis-load-") as name:
        tokens_file = Path(name) / "tokens.json"
        asked_file, result_file = Path(name) / "settings.json", Path(name) / "result.json"
        write(tokens_file, tokens)
        write(asked_file, replace(settings, tokens=str(tokens_file)))
        limit = settings.warm_up + settings.seconds + settings.patience + SPARE_SECONDS
        async with _started((*program, str(asked_file), str(result_file))) as (process, said):
            try:
                async with asyncio.timeout(limit):
                    await _renewing(process, tokens_file, tokens, renewed)
            except TimeoutError as error:
                raise LabError("load-generator-did-not-end") from error
        if process.returncode != 0:
            _LOGGER.error("load generator: %s", bytes(said).decode("utf-8", "replace"))
            raise LabError(f"load-generator-ended:{process.returncode}")
        if said:
            _LOGGER.warning("load generator: %s", bytes(said).decode("utf-8", "replace"))
        try:
            return read(result_file, Measured)
        except (OSError, ValueError) as error:
            raise LabError("load-generator-left-nothing") from error


async def _renewing(
    process: asyncio.subprocess.Process,
    file: Path,
    tokens: Tokens,
    renewed: Renewed,
) -> None:
    """Keep the tokens fresh until the process ends."""
    ending = asyncio.ensure_future(process.wait())
    try:
        while not ending.done():
            await asyncio.wait({ending}, timeout=RENEW_SECONDS)
            now = tokens if ending.done() else await renewed(tokens)
            if now != tokens:
                write(file, now)
                tokens = now
    finally:
        ending.cancel()


@contextlib.asynccontextmanager
async def _started(
    command: tuple[str, ...],
) -> AsyncIterator[tuple[asyncio.subprocess.Process, bytearray]]:
    """Run a program in a group of its own until the block ends; keep the end of what it said."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=_environment(os.environ),
        )
    except OSError as error:
        raise LabError("load-generator-not-startable") from error
    said = bytearray()
    listening = asyncio.create_task(_listen(process, said))
    try:
        yield process, said
    finally:
        await _stop(process)
        await listening


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the generator's environment: it finds our package, and nothing configures Locust."""
    home = str(Path(str(resources.files("test_suites"))).parent)
    path = os.pathsep.join(part for part in (home, own.get("PYTHONPATH", "")) if part)
    kept = {name: value for name, value in own.items() if not name.startswith("LOCUST_")}
    return {**kept, "PYTHONPATH": path}


async def _listen(process: asyncio.subprocess.Process, said: bytearray) -> None:
    while process.stderr is not None and (part := await process.stderr.read(4096)):
        said += part
        del said[:-LARGEST_SAID]


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the program and whatever it started, politely first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
                return
