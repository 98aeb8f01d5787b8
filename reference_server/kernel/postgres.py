"""A store on PostgreSQL, one schema a World; knows no table.

What the interface promises holds here, too: `read` is one snapshot, and `write` is the only one of
its World, in whatever process: it holds an advisory lock of PostgreSQL until it has committed.
Where the connection is lost the caller hears StoreUnavailableError, and the next transaction
connects anew. No message here ever holds the URL, which has a password in it.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import NumericBinaryLoader

from reference_server.kernel.sql import Dialect, for_postgres
from reference_server.kernel.store import (
    PATIENCE,
    Asked,
    PostgresUrl,
    Rows,
    SqlValue,
    StoreBusyError,
    StoreError,
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
        with self._transaction(b"", writes=False) as tx:
            yield tx

    @contextmanager
    def _transaction(self, begin: bytes, *, writes: bool) -> Iterator[Transaction]:
        held = getattr(self._mine, "open", None)
        if held is not None:
            reason = "pass it on instead" if held[1] else "what was read may be stale"
            raise RuntimeError(f"a transaction is already open here; {reason}")
        tx = self._begun(begin) if writes else _Transaction(self._any(), again=self._again)
        self._mine.open = (tx, writes)
        try:
            yield tx
            tx.end(b"COMMIT")
        except BaseException:
            with suppress(psycopg.Error, StoreError):
                tx.end(b"ROLLBACK")
            raise
        finally:
            self._mine.open = None
            self._give_back(tx.connection)

    def _begun(self, begin: bytes) -> "_Transaction":
        """Return an open transaction; a connection that broke while idle is replaced."""
        connection = self._taken()
        if connection is not None:
            try:
                return _Transaction(_begin(connection, begin))
            except StoreUnavailableError:
                self._forget()
        return _Transaction(_begin(self._connected(), begin))

    def _any(self) -> Connection:
        return self._taken() or self._connected()

    def _again(self) -> Connection:
        """Return a new connection in place of one that broke while idle, as others will have."""
        self._forget()
        return self._connected()

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
        for each in (_Number, _BinaryNumber):
            connection.adapters.register_loader("numeric", each)
        settings = f'SET search_path TO "{self.schema}"; SET lock_timeout TO {_ms(self._patience)}'
        _run(connection, lambda: connection.execute(settings.encode(), prepare=False))
        return connection


class _Transaction:
    """An open transaction of one connection.

    With `again` it is a read that has not begun: it begins together with the first statement, on
    the connection that `again` gives where its own is broken. Nothing was read by then.
    """

    __slots__ = ("_again", "connection")
    dialect = Dialect.POSTGRES

    def __init__(
        self, connection: Connection, *, again: Callable[[], Connection] | None = None
    ) -> None:
        self.connection = connection
        self._again = again

    def execute(self, sql: str, params: Sequence[SqlValue] = (), /) -> Rows:
        if self._again is not None:
            return self.each((sql, params))[0]
        connection = self.connection
        return _run(connection, lambda: _execute(connection, sql, params))

    def executemany(self, sql: str, rows: Sequence[Sequence[SqlValue]], /) -> object:
        cursor = self.connection.cursor()
        return _run(self.connection, lambda: cursor.executemany(for_postgres(sql), rows))

    def each(self, *asked: Asked) -> tuple[Rows, ...]:
        again, self._again = self._again, None
        if again is None:
            return self._together(b"", asked)
        try:
            return self._together(_READ, asked)
        except StoreUnavailableError:
            self.connection.close()
        self.connection = again()
        return self._together(_READ, asked)

    def pour(self, table: str, columns: str, rows: Iterable[Sequence[SqlValue]], /) -> None:
        if self._again is not None:
            self.each()
        connection = self.connection
        told = f"COPY {table} ({columns}) FROM STDIN".encode()

        def poured() -> None:
            with connection.cursor().copy(told) as copy:
                for row in rows:
                    copy.write_row(row)

        _run(connection, poured)

    def end(self, how: bytes) -> None:
        """Commit or roll back what has begun."""
        connection = self.connection
        if self._again is None:
            _run(connection, lambda: connection.execute(how))

    def _together(self, begin: bytes, asked: Sequence[Asked]) -> tuple[Rows, ...]:
        connection = self.connection

        def told() -> tuple[Rows, ...]:
            with connection.pipeline():
                if begin:
                    connection.execute(begin, prepare=False)
                return tuple([_execute(connection, sql, params) for sql, params in asked])

        return _run(connection, told)


def _execute(connection: Connection, sql: str, params: Sequence[SqlValue]) -> Rows:
    # What has no parameters may be several statements, and those are told as text only.
    return connection.execute(for_postgres(sql), params, binary=bool(params))


class _Number(Loader):
    """A sum is an exact whole number here, as in SQLite; with decimals it is a float."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class _BinaryNumber(NumericBinaryLoader):
    """The same of a number that is not told as text."""

    def load(self, data: Buffer) -> Any:  # noqa: ANN401 - a Decimal is what this class is to avoid
        found = super().load(data)
        return int(found) if not found.as_tuple().exponent else float(found)


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
