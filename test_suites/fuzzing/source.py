"""Where requests come from: the generating process, read line by line; sends nothing."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from typing import Final

from test_suites.engine.players import LabError
from test_suites.fuzzing.budget import Budget, Generated

MODULE: Final = "test_suites.fuzzing.generation"
LONGEST_LINE: Final = 2**22


@contextlib.asynccontextmanager
async def generating(
    document: bytes, *, seed: int, budget: Budget
) -> AsyncIterator[AsyncIterator[Generated]]:
    """Start generating; the process is ended with the block, wherever it is.

    Reading raises LabError where the process failed.
    """
    words = (str(seed), str(budget.examples), str(budget.most), *budget.operations)
    with tempfile.TemporaryDirectory(prefix="equalis-fuzz-") as storage:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            env={**os.environ, "PYTHONHASHSEED": "0", "HYPOTHESIS_STORAGE_DIRECTORY": storage},
        )
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise LabError("fuzz-generation-without-pipes")
        problems = asyncio.create_task(process.stderr.read())
        try:
            process.stdin.write(document)
            process.stdin.close()
            yield _lines(process, process.stdout, problems)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await problems


async def _lines(
    process: asyncio.subprocess.Process,
    lines: asyncio.StreamReader,
    problems: asyncio.Task[bytes],
) -> AsyncIterator[Generated]:
    while line := await lines.readline():
        yield Generated.of_line(line)
    if await process.wait():
        last = (await problems).decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise LabError(f"fuzz-generation-failed:{last}"[:200])
