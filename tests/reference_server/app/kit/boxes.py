"""Sandboxes made and served as people make and serve them, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 180


def equalis(*words: str) -> list[str]:
    return [sys.executable, "-m", "reports.cli", *words]


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        equalis(*words), capture_output=True, text=True, check=False, timeout=_SECONDS
    )


def made(folder: Path, *words: str) -> dict[str, object]:
    """Write or renew a sandbox; return what the command told."""
    ended = run("sandbox", str(folder), "--json", *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told: dict[str, object] = json.loads(ended.stdout)
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A sandbox that is served, what it announced, and where its standard error goes."""

    told: dict[str, object]
    lines: Path

    @property
    def base(self) -> str:
        (base,) = self.told["environments"].values()  # type: ignore[attr-defined]  # a mapping
        return str(base)


@contextmanager
def served(folder: Path, *words: str, within: tuple[str, ...] = ()) -> Iterator[Served]:
    """Serve a sandbox until the block ends, in a network namespace where one is named."""
    lines = folder.with_name(f"{folder.name}.lines")
    command = (*within, *equalis("serve", "--sandbox", str(folder), "--json", *words))
    with lines.open("wb") as errors, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert said, lines.read_text("utf-8")
            yield Served(told=json.loads(said), lines=lines)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=_SECONDS)
