"""The terminal this program was started at, where somebody can be asked; knows no product.

A line is awaited without a thread, so that Ctrl-C ends the run at once instead of after it.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from reference_server.text import Catalogue
from test_suites.subjects.console import Console
from test_suites.subjects.operator import PersonLeftError

LONGEST_LINE: Final = 4096


@contextlib.contextmanager
def person_at_terminal(language: str) -> Iterator[Console | None]:
    """Return whoever sits at this terminal until the block ends; None where there is none.

    What that person needs as files (an authority to trust, a page to scan, a password) lies in
    a folder that is gone with the block, and is never part of the evidence.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="equalis-") as folder:
        yield Console(
            say=_say,
            ask=_ask,
            texts=Catalogue.load(files("test_suites") / "messages"),
            language=language,
            folder=Path(folder),
        )


def _say(line: str) -> None:
    """Tell something; results alone go to standard output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def _ask(question: str) -> str:
    """Ask something; raises PersonLeftError at the end of the input."""
    sys.stderr.write(question)
    sys.stderr.flush()
    keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(keyboard, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(keyboard)
    line = os.read(keyboard, LONGEST_LINE)
    if not line:
        raise PersonLeftError
    return line.decode("utf-8", "replace")
