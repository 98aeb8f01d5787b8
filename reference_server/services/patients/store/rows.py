"""Several rows in one statement; knows no table."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

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
