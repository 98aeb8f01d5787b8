"""A World's content emptied, or copied to and from another file; knows no service and no person.

Everything happens in the transaction that is given: a server that runs on the same file sees all
of it or nothing. What makes a World this one stays out of every copy: its signing keys, the ledger
of its schema, and the tables that only grow (the audit trail).
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from reference_server.kernel.store import Transaction
from reference_server.world.world import TOKENS_NOT_BEFORE, World

OWN = frozenset({"world_key", "schema_migration"})
_MARKS = OWN | {"world_state"}
_SECONDS = 5.0


class OtherSchemaError(Exception):
    """The other file's tables are of another version than this World's."""


def is_world(file: Path) -> bool:
    """Tell whether a file holds a World, without touching it; raises StoreBusyError's cause."""
    try:
        with closing(_only_read(file)) as connection:
            return set(_tables(connection, "main")) >= _MARKS
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False


def advance_in(file: Path) -> int:
    """Return how far the time of a World's file is ahead, in microseconds, without touching it."""
    with closing(_only_read(file)) as connection:
        query = "SELECT value FROM world_state WHERE name = 'clock-offset-microseconds'"
        row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])


def empty(tx: Transaction, *, kept: Collection[str]) -> None:
    """Take everything out of a World but its own and the `kept` tables."""
    tx.execute("PRAGMA defer_foreign_keys = ON")
    for table in _copied(tx, "main", kept):
        tx.execute(f"DELETE FROM main.{table}")  # noqa: S608 - a name out of our own schema


def copy_out(tx: Transaction, *, kept: Collection[str]) -> None:
    """Copy a World to the file `beside`, new but for its tables; raises OtherSchemaError."""
    _hold_same_schema(tx)
    for table in _copied(tx, "main", kept):
        # A migration may have put something into a table already.
        tx.execute(f"DELETE FROM beside.{table}")  # noqa: S608 - a name out of our own schema
    _copy(tx, source="main", target="beside", kept=kept)


def copy_in(world: World, tx: Transaction, *, kept: Collection[str]) -> None:
    """Put the content of `beside` in the place of a World's; raises OtherSchemaError.

    The clock is the copy's afterwards. Tokens that had ceased to count still do not.
    """
    _hold_same_schema(tx)
    not_before = world.tokens_not_before()
    empty(tx, kept=kept)
    _copy(tx, source="beside", target="main", kept=kept)
    if not_before:
        world.state.raise_to(TOKENS_NOT_BEFORE, not_before, within=tx)


def _copy(tx: Transaction, *, source: str, target: str, kept: Collection[str]) -> None:
    tx.execute("PRAGMA defer_foreign_keys = ON")
    for table in _copied(tx, "main", kept):
        columns = ", ".join(_columns(tx, table))
        tx.execute(
            f"INSERT INTO {target}.{table} ({columns}) SELECT {columns} FROM {source}.{table}"  # noqa: S608 - names out of our own schema
        )


def _copied(tx: Transaction, schema: str, kept: Collection[str]) -> tuple[str, ...]:
    return tuple(table for table in _tables(tx, schema) if table not in {*OWN, *kept})


def _tables(tx: Transaction | sqlite3.Connection, schema: str) -> Iterator[str]:
    query = (
        f"SELECT name FROM {schema}.sqlite_master"  # noqa: S608 - `main` or `beside`
        " WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    yield from [str(row[0]) for row in tx.execute(query).fetchall()]


def _columns(tx: Transaction, table: str) -> Iterator[str]:
    for row in tx.execute(f"PRAGMA main.table_info({table})").fetchall():
        yield str(row["name"])


def _hold_same_schema(tx: Transaction) -> None:
    if "schema_migration" not in _tables(tx, "beside"):
        raise OtherSchemaError
    if _ledger(tx, "main") != _ledger(tx, "beside"):
        raise OtherSchemaError


def _ledger(tx: Transaction, schema: str) -> set[tuple[str, int, str]]:
    query = f"SELECT owner, number, sha256 FROM {schema}.schema_migration"  # noqa: S608 - `main` or `beside`
    return {(row[0], row[1], row[2]) for row in tx.execute(query).fetchall()}


def _only_read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=_SECONDS)
