"""A thin interface on a database, and SQLite behind it: transactions; knows no table."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from reference_server.kernel.sql import Dialect

SqlValue = str | int | float | bytes | None
Asked: TypeAlias = tuple[str, Sequence[SqlValue]]
"""A statement and its parameters."""

# What a statement waits for another process's write before the caller hears "busy", in seconds.
PATIENCE = 5.0
_STATEMENT_CACHE = 512
# A page that is read or changed often stays in memory: at most so much for each connection.
_CACHE_KIBIBYTES = 64 * 1024
# Changed pages go from the log to the file this many at once (16 MB), often one for many changes.
_CHECKPOINT_PAGES = 4000
# Between two looks at a lock that somebody else holds, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE, _SLOWER = 0.0002, 0.005, 1.2


class Row(Protocol):
    """One row; columns by name or position."""

    def __getitem__(self, key: str | int, /) -> Any: ...  # noqa: ANN401 - a column may hold any SQL type


class Rows(Protocol):
    """What a statement answered."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...  # noqa: ANN401 - a Row or None, as in DB-API

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Transaction(Protocol):
    """An open transaction. Statements use `?` parameters."""

    @property
    def dialect(self) -> Dialect: ...

    def execute(self, sql: str, params: Sequence[SqlValue] = (), /) -> Rows: ...

    def executemany(self, sql: str, rows: Sequence[Sequence[SqlValue]], /) -> object:
        """Execute a statement that answers nothing, for each row of parameters."""

    def each(self, *asked: Asked) -> tuple[Rows, ...]:
        """Execute several statements; where the database is elsewhere they go there together."""

    def pour(self, table: str, columns: str, rows: Iterable[Sequence[SqlValue]], /) -> None:
        """Insert many rows, as fast as the database takes them; none may be there already."""


class Store(Protocol):
    """Where one World keeps everything.

    `read` gives a consistent snapshot. `write` takes the single write lock at once, commits when
    the block ends and rolls back when it raises. No `await` inside either block: a transaction
    belongs to the thread that opened it, and is held for microseconds.
    """

    @property
    def dialect(self) -> Dialect: ...

    def read(self) -> AbstractContextManager[Transaction]: ...

    def write(self) -> AbstractContextManager[Transaction]: ...

    def close(self) -> None: ...


POSTGRES: Final = ("postgresql://", "postgres://")
"""How addresses of PostgreSQL begin."""


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """Where a PostgreSQL database is; `text` may hold a password and is shown nowhere."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        """Return it without user, password and parameters."""
        try:
            told = urlsplit(self.text)
            host, port = told.hostname, told.port
        except ValueError:
            return "postgresql://"
        where = f"[{host}]" if host and ":" in host else host or ""
        return f"postgresql://{where}{f':{port}' if port else ''}{told.path}"


Database: TypeAlias = Path | PostgresUrl | None
"""Where a World is kept: a SQLite file, a schema of PostgreSQL; None for this process's memory."""


class StoreError(Exception):
    """A transaction cannot be had now; the same request may be sent again."""


class StoreBusyError(StoreError):
    """Another process held the write lock longer than we wait for it."""


class StoreUnavailableError(StoreError):
    """The database does not answer; whether a write that was under way held is not known."""


class _Spoken(sqlite3.Connection):
    """A connection that is a Transaction."""

    dialect = Dialect.SQLITE

    def each(self, *asked: Asked) -> tuple[sqlite3.Cursor, ...]:
        return tuple(self.execute(sql, params) for sql, params in asked)

    def pour(self, table: str, columns: str, rows: Iterable[Sequence[SqlValue]], /) -> None:
        marks = ", ".join("?" * (columns.count(",") + 1))
        self.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - our own names


class _Connection:
    """One SQLite connection, the lock that keeps threads apart and who is inside."""

    def __init__(self, connection: _Spoken, *, patience: float) -> None:
        self.connection = connection
        self._patience = patience
        self.connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        self._inside: int | None = None
        self._is_closed = False

    @property
    def is_mine(self) -> bool:
        """Whether this very thread is inside a transaction of this connection."""
        return self._inside == threading.get_ident()

    @contextmanager
    def transaction(self, begin: str) -> Iterator[_Spoken]:
        if self.is_mine:
            raise RuntimeError("a transaction is already open here; pass it on instead")
        with self._lock:
            if self._is_closed:
                raise StoreUnavailableError("the store is closed")
            self._inside = threading.get_ident()
            try:
                _begin(self.connection, begin, patience=self._patience)
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            finally:
                self._inside = None

    def close(self) -> None:
        """Close once nobody is inside: SQLite does not survive it under a running statement."""
        with nullcontext() if self.is_mine else self._lock:
            self._is_closed = True
            self.connection.close()


def _begin(connection: sqlite3.Connection, begin: str, *, patience: float) -> None:
    """Begin as soon as the lock can be had; raises StoreBusyError after `patience` seconds.

    SQLite itself would wait 1, 2, 5, 10 and more milliseconds between two looks, and a write holds
    the lock for less than that: under load it slept through the lock's being free.
    """
    pause, deadline = _FIRST_PAUSE, time.monotonic() + patience
    while True:
        try:
            connection.execute(begin)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            if time.monotonic() >= deadline:
                raise StoreBusyError(str(error)) from error
        else:
            return
        time.sleep(pause)
        pause = min(pause * _SLOWER, _LONGEST_PAUSE)


class SqliteStore:
    """A Store on the standard library's sqlite3.

    A file is shared by any number of processes (WAL, every commit synced). `:memory:` belongs to
    this object alone and is gone with it. `patience` is how long a write lock is waited for.
    """

    dialect = Dialect.SQLITE

    def __init__(self, path: Path | str, *, patience: float = PATIENCE) -> None:
        memory = str(path) == ":memory:"
        self._writer = _Connection(_connect(path, patience), patience=patience)
        if not memory:
            self._writer.connection.execute("PRAGMA busy_timeout=0")  # we wait ourselves
        self._reader = (
            self._writer if memory else _Connection(_connect(path, patience), patience=patience)
        )

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a snapshot; inside a transaction this thread already has it is that one."""
        for held in (self._writer, self._reader):
            if held.is_mine:
                yield held.connection
                return
        with self._reader.transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open the write transaction; raises StoreBusyError when the lock cannot be had."""
        if self._reader.is_mine and self._reader is not self._writer:
            raise RuntimeError("no write inside a read: what was read may be stale")
        with self._writer.transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def write_beside(self, other: Path) -> Iterator[Transaction]:
        """Open the write transaction of this file and of another, whose schema is `beside`.

        Both are locked while the block runs. Raises StoreBusyError.
        """
        self._writer.connection.execute("ATTACH DATABASE ? AS beside", (str(other),))
        try:
            with self._writer.transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._writer.connection.execute("DETACH DATABASE beside")

    def close(self) -> None:
        self._writer.close()
        if self._reader is not self._writer:
            self._reader.close()


def _connect(path: Path | str, patience: float) -> _Spoken:
    memory = str(path) == ":memory:"
    if not memory:
        Path(path).touch(mode=0o600)  # it will hold patients and a private key
    connection = sqlite3.connect(
        path,
        timeout=patience,
        isolation_level=None,  # transactions are ours, never implied
        check_same_thread=False,  # _Connection keeps threads apart
        cached_statements=_STATEMENT_CACHE,
        factory=_Spoken,
    )
    if not memory:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIBIBYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection
