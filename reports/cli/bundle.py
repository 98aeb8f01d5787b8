"""The command bundle: one archive of the tree and every wheel, for machines without internet.

It fetches what the lock names, checked against the lock's hashes, and installs nothing; the
launcher in the archive installs from the wheels beside it. The same tree and wheels give the
same bytes, so that two people can compare what they made.
"""

import gzip
import hashlib
import io
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Final

from reports.cli.console import Console
from reports.cli.failures import GOOD
from reports.cli.speech import InputError
from reports.cli.wheels import LICENCES, licences, oldest_libc
from reports.cli.writing import because, make_folder

LOCK, LAUNCHER, MANIFEST, WHEELS = "requirements.lock", "equalis", "MANIFEST", "wheels"
PLATFORM = f"{WHEELS}/PLATFORM"
DEFAULT_FOLDER = Path("var")
EARLIEST: Final = 315532800  # 1980-01-01: the oldest time that zip files can tell
# What a tree without git is made of; with git, it is what git tracks.
_FOLDERS = (".ci", "reference_server", "reports", "scenarios", "test_suites", "tests")
_FILES = re.compile(r"\.gitignore|[A-Z]+(\.md)?|equalis|pyproject\.toml|[a-z-]+\.lock|tox\.ini")
_GENERATED = re.compile(r"__pycache__|.+\.egg-info|\..+|wheels|MANIFEST|LICENCES\.txt")
_SECRET = re.compile(r".+\.(pem|key|p12|pfx|password|jwk\.json)|\.env.*|id_(rsa|ecdsa|ed25519)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One file of the archive."""

    path: str
    content: bytes
    executable: bool = False


def execute(name: str, arguments: Namespace) -> int:
    """Make the archive; nothing is left of one that could not be finished."""
    del name
    console, root = Console.of(arguments), _root()
    title = f"equalis-lab-{_version(root)}-{this_platform()}"
    out: Path = arguments.out or DEFAULT_FOLDER / f"{title}.tar.gz"
    out = out / f"{title}.tar.gz" if out.is_dir() else out
    make_folder(out.parent)
    with tempfile.TemporaryDirectory(prefix="equalis-bundle-") as folder:
        console.progress(console.t("cli.bundle.fetching"))
        fetch(root, Path(folder))
        wheels = tuple(sorted(Path(folder).iterdir()))
        packed = (*_tree(root), *_wheels(wheels))
    console.progress(console.t("cli.bundle.packing"))
    content = archive(title, packed)
    _put(out, content)
    size = len(content)
    digest = hashlib.sha256(content).hexdigest()
    console.result(
        {
            "file": str(out),
            "bytes": size,
            "sha256": digest,
            "platform": this_platform(),
            "wheels": len(wheels),
            "files": len(packed) + 1,
        }
    )
    console.tell("cli.bundle.done", file=out, megabytes=round(size / 1e6, 1), wheels=len(wheels))
    console.tell("cli.bundle.for", platform=this_platform())
    console.line(f"  sha256 {digest}")
    console.tell("cli.bundle.use", folder=title)
    return GOOD


def this_platform() -> str:
    """Return system, processor and Python of this machine: the only kind the wheels are for."""
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{sys.platform}-{platform.machine().lower()}-{version}"


def fetch(root: Path, into: Path) -> None:
    """Fetch every wheel of the lock, checked by its hash; raises InputError where that fails."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    command += ["--no-input", "--retries", "2", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:"]
    if (root / PLATFORM).is_file():  # an archive that was unpacked makes another of itself
        command += ["--isolated", "--no-index", "-f", str(root / WHEELS)]
    command += ["-r", str(root / LOCK), "-d", str(into)]
    ended = subprocess.run(command, capture_output=True, check=False, text=True)
    if ended.returncode == 0:
        return
    said = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")]
    raise InputError(
        "cli.wrong.bundle-fetch",
        where=LOCK,
        detail=(said or ended.stderr.splitlines() or ["-"])[-1],
        mend="cli.mend.bundle-fetch",
    )


def archive(title: str, packed: tuple[Packed, ...]) -> bytes:
    """Return the archive: a folder of this title with the files and their MANIFEST."""
    files = sorted(packed, key=lambda file: file.path)
    manifest = "".join(
        f"{hashlib.sha256(file.content).hexdigest()}  {file.path}\n" for file in files
    )
    files.append(Packed(path=MANIFEST, content=manifest.encode()))
    written = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=written, mtime=EARLIEST) as pressed,
        tarfile.open(fileobj=pressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for file in files:
            member = tarfile.TarInfo(f"{title}/{file.path}")
            member.size, member.mtime = len(file.content), EARLIEST
            member.mode = 0o755 if file.executable else 0o644
            tar.addfile(member, io.BytesIO(file.content))
    return written.getvalue()


def _root() -> Path:
    """Return the project's folder; raises InputError where only the packages are installed."""
    root = Path(str(resources.files("reports"))).parent
    if not all((root / name).is_file() for name in (LAUNCHER, LOCK)):
        raise InputError("cli.wrong.bundle-tree", where=str(root), mend="cli.mend.bundle-tree")
    return root


def _version(root: Path) -> str:
    found = re.search(
        r'^version = "([^"]+)"', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    return found[1] if found else "0"


def _tree(root: Path) -> Iterator[Packed]:
    """Yield the project's own files; never what it generates, never what looks like a secret."""
    for name in sorted(_tracked(root) or _found(root)):
        path = root / name
        if path.is_file() and not _SECRET.fullmatch(name.name):
            executable = os.access(path, os.X_OK)
            yield Packed(path=str(name), content=path.read_bytes(), executable=executable)


def _tracked(root: Path) -> frozenset[PurePosixPath]:
    """Return what git tracks; nothing where there is no git or this is no working tree of it."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached"],  # noqa: S607  git is where PATH says
            capture_output=True,
            check=False,
            text=True,
        )
    except OSError:
        return frozenset()
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    return frozenset(PurePosixPath(name) for name in names if name)


def _found(root: Path) -> Iterator[PurePosixPath]:
    """Yield what a tree without git is made of."""
    for path in root.iterdir():
        if path.is_file() and _FILES.fullmatch(path.name) and path.name != MANIFEST:
            yield PurePosixPath(path.name)
    for folder in _FOLDERS:
        for path in (root / folder).rglob("*"):
            inside = PurePosixPath(path.relative_to(root))
            if path.is_file() and not any(_GENERATED.fullmatch(part) for part in inside.parts[1:]):
                yield inside


def _wheels(wheels: tuple[Path, ...]) -> Iterator[Packed]:
    """Yield the wheels, what they are for and under which licences they are."""
    for wheel in wheels:
        yield Packed(path=f"{WHEELS}/{wheel.name}", content=wheel.read_bytes())
    lines = f"{this_platform()}\n{oldest_libc(wheel.name for wheel in wheels)}\n"
    yield Packed(path=PLATFORM, content=lines.encode())
    yield Packed(path=LICENCES, content=licences(wheels).encode())


def _put(file: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    try:
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        raise InputError(
            "cli.wrong.unwritable", where=str(file), detail=because(error), mend="cli.mend.out"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
