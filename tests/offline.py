"""Runs a command where there is no network: a namespace with the loopback alone, files hidden."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_INSIDE = """
import fcntl, os, socket, struct, subprocess, sys
with socket.socket() as any_socket:  # SIOCSIFFLAGS: the loopback is up and running
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))
at = sys.argv.index("--")
for hidden in sys.argv[1:at]:
    subprocess.run(["mount", "--bind", "/dev/null", hidden], check=True)
os.execvp(sys.argv[at + 1], sys.argv[at + 1:])
"""


@cache
def why_not() -> str:
    """Return why no command can be run offline here; empty where it can."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return "network namespaces are Linux's, and unshare(1) makes them"
    tried = subprocess.run(offline(["true"]), capture_output=True, check=False, text=True)
    return "" if tried.returncode == 0 else f"no namespace here: {tried.stderr.strip()[-80:]}"


def offline(command: Sequence[str | Path], *, hidden: Sequence[Path] = ()) -> list[str]:
    """Return the command line that runs a command without network and without some files."""
    alone = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net", "--mount"]
    inside = [sys.executable, "-c", _INSIDE, *map(str, hidden), "--", *map(str, command)]
    return [*alone, "--", *inside]


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    hidden: Sequence[Path] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command offline."""
    return subprocess.run(
        offline(command, hidden=hidden),
        cwd=cwd,
        env=None if env is None else {**env},
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )


def pango() -> tuple[Path, ...]:
    """Return the files of Pango on this system."""
    folders = (Path("/usr/lib"), Path("/lib"), Path("/usr/local/lib"))
    found = (file for folder in folders for file in folder.rglob("libpango*.so.*"))
    return tuple(sorted({file.resolve() for file in found}))
