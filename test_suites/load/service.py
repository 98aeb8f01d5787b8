"""The reference service as a real server process to be loaded: started, declared, stopped."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from test_suites.engine.players import LabError
from test_suites.subjects.process import OURSELVES

SUBJECT: Final = "subject.toml"
STOP_SECONDS: Final = 10.0
_WORDS: Final = {"vendor": "eQualis Lab", "name": "Reference implementation"}


@contextlib.contextmanager
def reference_service(folder: Path) -> Iterator[Path]:
    """Serve the reference from a folder, in a process, until the block ends.

    Yields the file that declares it as a subject. Raises LabError where it does not start.
    """
    words = [*OURSELVES, "serve", "--folder", str(folder), "--port", "0", "--json"]
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield _declared(folder, _address(process))
    finally:
        _stop(process)


def _address(process: subprocess.Popen[bytes]) -> str:
    """Return the base URL that the server says it answers at."""
    said = b"" if process.stdout is None else process.stdout.readline()
    try:
        told = json.loads(said)
        return str(next(iter(told["environments"].values())))
    except (ValueError, KeyError, StopIteration) as error:
        raise LabError("reference-service-did-not-start") from error


def _declared(folder: Path, base_url: str) -> Path:
    """Write the subject file: that of the example, with this server's address and name."""
    example = resources.files("test_suites.subjects") / "examples" / "server.toml"
    text = example.read_text(encoding="utf-8")
    for name, value in {**_WORDS, "version": _version(), "base_url": base_url}.items():
        line = f"{name} = {json.dumps(value)}"
        text = re.sub(rf"(?m)^{name} = .*$", line.replace("\\", r"\\"), text, count=1)
    file = folder / SUBJECT
    file.write_text(text, encoding="utf-8")
    return file


def _version() -> str:
    try:
        return version("equalis-lab")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "source"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it started, politely first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            break
    if process.stdout is not None:
        process.stdout.close()
