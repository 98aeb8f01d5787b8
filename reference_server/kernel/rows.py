"""Several rows in one statement; knows no table."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from reference_server.kernel.gathered import Gathered
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import SqlValue, Transaction

MOST_PARAMETERS: Final = 9000
"""How many values one statement carries at most, on either database."""


def insert(
    tx: Transaction,
    table: str,
    columns: str,
    rows: Sequence[Sequence[SqlValue]],
    *,
    conflict: str = "",
) -> None:
    """Insert rows of equal width; `conflict` is what follows `ON CONFLICT`. No rows: nothing."""
    if not rows:
        return
    width = len(rows[0])
    most = MOST_PARAMETERS // width
    for start in range(0, len(rows), most):
        some = rows[start : start + most]
        tx.execute(
            _statement(table, columns, len(some), conflict),
            tuple(chain.from_iterable(some)),
        )


def insert_many(
    tx: Transaction,
    table: str,
    columns: str,
    rows: Sequence[Sequence[SqlValue]],
    *,
    conflict: str = "",
) -> None:
    """Do what `insert` does, for rows of which there are now more, now fewer.

    SQLite reads the statement of one row once; PostgreSQL is asked as seldom as may be.
    """
    if tx.dialect is Dialect.POSTGRES:
        insert(tx, table, columns, rows, conflict=conflict)
    elif rows:
        tx.executemany(_statement(table, columns, 1, conflict), rows)


class RowsWaiting:
    """Rows of one statement that wait to be inserted together."""

    def __init__(self, table: str, columns: str, conflict: str) -> None:
        self.tables = frozenset({table})
        self.rows: list[Sequence[SqlValue]] = []
        self._into = table, columns, conflict

    def write(self, tx: Transaction, /) -> None:
        rows, self.rows = self.rows, []
        table, columns, conflict = self._into
        insert_many(tx, table, columns, rows, conflict=conflict)


def insert_later(
    tx: Transaction,
    table: str,
    columns: str,
    rows: Sequence[Sequence[SqlValue]],
    *,
    conflict: str = "",
) -> None:
    """Do what `insert` does; where the transaction gathers, before anybody reads the table."""
    if isinstance(tx, Gathered):
        tx.waiting(_waiting(table, columns, conflict)).rows.extend(rows)
    else:
        insert(tx, table, columns, rows, conflict=conflict)


@lru_cache(maxsize=64)
def _waiting(table: str, columns: str, conflict: str) -> Callable[[], RowsWaiting]:
    return partial(RowsWaiting, table, columns, conflict)


def delete(tx: Transaction, table: str, columns: str, rows: Sequence[Sequence[SqlValue]]) -> None:
    """Delete the rows whose `columns` are these."""
    where = " AND ".join(f"{column} = ?" for column in columns.split(", "))
    for row in rows:
        tx.execute(f"DELETE FROM {table} WHERE {where}", tuple(row))  # noqa: S608 - our own names


@lru_cache(maxsize=1024)
def _statement(table: str, columns: str, count: int, conflict: str) -> str:
    marks = ", ".join([f"({', '.join('?' * (columns.count(',') + 1))})"] * count)
    end = f" ON CONFLICT {conflict}" if conflict else ""
    return f"INSERT INTO {table} ({columns}) VALUES {marks}{end}"  # noqa: S608 - our own names
