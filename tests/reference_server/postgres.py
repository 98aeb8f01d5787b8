"""A PostgreSQL server to throw away, from Debian's package, on a socket in a folder of its own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from reference_server.kernel.store import PostgresUrl

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: int(at.parent.name))
_SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "shared_buffers=32MB",
    "max_connections=50",
    "unix_socket_permissions=0777",
)
_OWNER = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server: its programs, its folder and who it runs as (None for ourselves)."""

    programs: Path
    folder: Path
    user: str | None

    @property
    def keys(self) -> Path:
        """The file of the key of every World here."""
        return self.folder.with_name(f"{self.folder.name}.key")

    def database(self) -> PostgresUrl:
        """Make an empty database and return where it is."""
        name = f"d{uuid4().hex[:12]}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return PostgresUrl(self._url(name))

    def stop(self) -> None:
        """End every connection at once and stop."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        settings = " ".join(f"-c {setting}" for setting in (*_SETTINGS, self._socket()))
        log = str(self.folder / "log")
        self._control("start", "-l", log, "-o", settings)

    def make(self) -> None:
        superuser = ("--username=equalis", "--auth=trust", "--no-sync", "--locale=C.UTF-8")
        self.run("initdb", "-D", str(self.folder / "data"), *superuser)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, which refuse to run as root."""
        command = [str(self.programs / program), *arguments]
        nowhere = subprocess.DEVNULL
        subprocess.run(
            command, check=True, user=self.user, cwd=self.folder, stdout=nowhere, stderr=nowhere
        )

    def _control(self, *what: str) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "60", *what)

    def _socket(self) -> str:
        return f"unix_socket_directories={self.folder}"

    def _url(self, database: str) -> str:
        return f"postgresql://equalis:a-secret@/{database}?host={self.folder}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server while the block runs; skips where PostgreSQL is not installed."""
    if not _FOLDERS:
        pytest.skip("PostgreSQL's programs are not installed (Debian: postgresql)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="equalis-pg-"))
    made = Cluster(programs=_FOLDERS[-1], folder=folder, user=user)
    if user is not None:
        shutil.chown(folder, user)
        folder.chmod(0o755)
    try:
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)
        made.keys.unlink(missing_ok=True)


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_OWNER).pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
