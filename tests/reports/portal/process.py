"""The portal as a process of its own, started as people start it, and stopped or killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """A running portal: its address and its process."""

    origin: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it and its worker at once, as a power cut would."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        for one in (psutil.Process(self.process.pid), *family):
            one.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        psutil.wait_procs(family, timeout=STOP_SECONDS)


@contextmanager
def running(
    folder: Path, *words: str, port: int = 0, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Give a portal that keeps everything in a folder; what it writes is in `<folder>.log`."""
    command = [sys.executable, "-m", "reports.cli", "portal", "--json", "--folder", str(folder)]
    with folder.with_suffix(".log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), *words],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert process.stdout is not None
        try:
            told = process.stdout.readline()
            assert told, folder.with_suffix(".log").read_text(encoding="utf-8")
            assert "origin" in told, told
            yield Served(json.loads(told)["origin"], process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(STOP_SECONDS)
            process.stdout.close()
