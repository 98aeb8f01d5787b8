"""A store on PostgreSQL, one schema a World; knows no table.

What the interface promises holds here, too: `read` is one snapshot, and `write` is the only one of
its World, in whatever process: it holds an advisory lock of PostgreSQL until it has committed.
Where the connection is lost the caller hears StoreUnavailableError, and the next transaction
connects anew. No message here ever holds the URL, which has a password in it.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from reference_server.kernel.sql import Dialect, for_postgres
from reference_server.kernel.store import (
    PATIENCE,
    PostgresUrl,
    Rows,
    SqlValue,
    StoreBusyError,
    StoreUnavailableError,
    Transaction,
)

T = TypeVar("T")

_CONNECT_SECONDS = 3
# A peer that is silently gone is noticed in this time.
_SILENCE_SECONDS = 10
_IDLE_KEPT = 8
_LONGEST_NAME = 63
_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_GONE = (psycopg.OperationalError, psycopg.InterfaceError)
# SQLSTATE of a connection's failure, and of a server that is going down or coming up.
_GOING = ("08", "57P")


class Record(tuple[Any, ...]):
    """One row; columns by name or position, as sqlite3.Row has them."""

    __slots__ = ()
    places: dict[str, int]

    def __getitem__(self, key: Any, /) -> Any:  # noqa: ANN401 - a column may hold any SQL type
        return tuple.__getitem__(self, self.places[key] if isinstance(key, str) else key)

    def keys(self) -> list[str]:
        """Return the columns' names, so that `dict(row)` works."""
        return list(self.places)


Connection: TypeAlias = psycopg.Connection[Record]


def is_kept(url: PostgresUrl, *, world: str) -> bool:
    """Tell whether a database has a World already; raises StoreUnavailableError."""
    try:
        with psycopg.connect(url.text, connect_timeout=_CONNECT_SECONDS) as connection:
            asked = b"SELECT 1 FROM pg_namespace WHERE nspname = %s"
            return connection.execute(asked, (schema_of(world),)).fetchone() is not None
    except psycopg.Error:
        raise StoreUnavailableError(str(url)) from None


class PostgresStore:
    """A Store in one schema of a PostgreSQL database, which is made when it is not there.

    `patience` is how long a write lock is waited for, in seconds. Raises StoreUnavailableError.
    """

    dialect = Dialect.POSTGRES

    def __init__(self, url: PostgresUrl, *, world: str, patience: float = PATIENCE) -> None:
        self._url: PostgresUrl | None = url
        self.schema = schema_of(world)
        self._patience = patience
        self._begin_write = _begin_write(self.schema)
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._mine = threading.local()
        with self.write() as tx:
            tx.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a snapshot; inside a transaction this thread already has it is that one."""
        return self._reading()

    def write(self) -> AbstractContextManager[Transaction]:
        """Open the write transaction; raises StoreBusyError, StoreUnavailableError."""
        return self._transaction(self._begin_write, writes=True)

    def close(self) -> None:
        """Close every connection that nobody uses; one in use is closed when it comes back."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._url = None
        for connection in idle:
            connection.close()

    @contextmanager
    def _reading(self) -> Iterator[Transaction]:
        held = getattr(self._mine, "open", None)
        if held is not None:
            yield held[0]
            return
        with self._transaction(_READ, writes=False) as tx:
            yield tx

    @contextmanager
    def _transaction(self, begin: bytes, *, writes: bool) -> Iterator[Transaction]:
        held = getattr(self._mine, "open", None)
        if held is not None:
            reason = "pass it on instead" if held[1] else "what was read may be stale"
            raise RuntimeError(f"a transaction is already open here; {reason}")
        connection = self._begun(begin)
        self._mine.open = (_Transaction(connection), writes)
        try:
            yield self._mine.open[0]
            _run(connection, lambda: connection.execute(b"COMMIT"))
        except BaseException:
            with suppress(psycopg.Error):
                connection.execute(b"ROLLBACK")
            raise
        finally:
            self._mine.open = None
            self._give_back(connection)

    def _begun(self, begin: bytes) -> Connection:
        """Return a connection with a transaction open; one that broke while idle is replaced."""
        connection = self._taken()
        if connection is not None:
            try:
                return _begin(connection, begin)
            except StoreUnavailableError:
                self._forget()
        return _begin(self._connected(), begin)

    def _taken(self) -> Connection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _forget(self) -> None:
        """Close the idle connections: they broke together with the one that was tried."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            usable = not connection.closed and self._url is not None
            if usable and len(self._idle) < _IDLE_KEPT:
                self._idle.append(connection)
                return
        connection.close()

    def _connected(self) -> Connection:
        if self._url is None:
            raise StoreUnavailableError("closed")
        try:
            connection = psycopg.connect(
                self._url.text,
                autocommit=True,  # transactions are ours, never implied
                connect_timeout=_CONNECT_SECONDS,
                tcp_user_timeout=_SILENCE_SECONDS * 1000,
                keepalives_idle=_SILENCE_SECONDS,
                application_name="equalis",
                cursor_factory=psycopg.RawCursor,
                row_factory=_rows,
            )
        except psycopg.Error as error:
            # Not its text: of a URL that cannot be read it repeats the whole, password and all.
            raise StoreUnavailableError(type(error).__name__) from None
        connection.adapters.register_loader("numeric", _Number)
        settings = f'SET search_path TO "{self.schema}"; SET lock_timeout TO {_ms(self._patience)}'
        _run(connection, lambda: connection.execute(settings.encode(), prepare=False))
        return connection


class _Transaction:
    """An open transaction of one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, params: Sequence[SqlValue] = (), /) -> Rows:
        connection = self._connection
        return _run(connection, lambda: connection.execute(for_postgres(sql), params))


class _Number(Loader):
    """A sum is an exact whole number here, as in SQLite; with decimals it is a float."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


def schemas_in(url: PostgresUrl, *, prefix: str) -> tuple[str, ...]:
    """Return the schemas of a database whose names begin so; raises StoreUnavailableError."""
    try:
        with psycopg.connect(url.text, connect_timeout=_CONNECT_SECONDS) as connection:
            rows = connection.execute("SELECT nspname FROM pg_namespace ORDER BY nspname")
            return tuple(str(name) for (name,) in rows if str(name).startswith(prefix))
    except psycopg.Error as error:
        # Not its text: of a URL that cannot be read it repeats the whole, password and all.
        raise StoreUnavailableError(type(error).__name__) from None


def schema_of(world: str) -> str:
    """Return the schema of a World's tables; PostgreSQL knows names of up to 63 bytes."""
    name = f"world_{world}"
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(world.encode()).hexdigest()[:16]
    return f"{name[: _LONGEST_NAME - len(digest) - 1]}-{digest}"


def _begin_write(schema: str) -> bytes:
    number = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)
    return f"BEGIN; SELECT pg_advisory_xact_lock({number})".encode()


def _begin(connection: Connection, begin: bytes) -> Connection:
    try:
        _run(connection, lambda: connection.execute(begin, prepare=False))
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
        connection.close()
        raise
    return connection


def _run(connection: Connection, asked: Callable[[], T]) -> T:
    try:
        return asked()
    except _BUSY as error:
        raise StoreBusyError(type(error).__name__) from error
    except _GONE as error:
        if connection.closed or (error.sqlstate or "").startswith(_GOING):
            connection.close()
            raise StoreUnavailableError(type(error).__name__) from error
        raise


def _rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Record]:
    described = cursor.description
    return _record(() if described is None else tuple(column.name for column in described))


@lru_cache(maxsize=512)
def _record(names: tuple[str, ...]) -> type[Record]:
    places = {name: place for place, name in enumerate(names)}
    return type("Record", (Record,), {"__slots__": (), "places": places})


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
