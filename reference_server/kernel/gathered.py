"""A transaction in which small writes wait and reach the database together; knows no table.

Asking a database once for the rows of many messages costs a fraction of asking for each of them.
Whoever reads sees everything: before a statement that names a table of which rows wait, these are
written. What waits shares the transaction's fate, so that nothing is durable before the rest of it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, Protocol, TypeVar, cast

from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Asked, Rows, SqlValue, Transaction

_STATEMENTS: Final = 4096
_WORD: Final = re.compile(r"\w+")


class Waiting(Protocol):
    """Writes of one kind that wait."""

    @property
    def tables(self) -> frozenset[str]:
        """The tables that they are for."""
        ...

    def write(self, tx: Transaction, /) -> None:
        """Write all of them, in the order in which they came, and have none any more."""
        ...


W = TypeVar("W", bound=Waiting)


class Gathered:
    """A transaction within another one, `beneath`, which knows nothing of what waits here.

    No savepoint may be opened beneath while something waits: going back to it would not undo that.
    """

    def __init__(self, beneath: Transaction) -> None:
        self.beneath = beneath
        self._waiting: dict[Callable[[], Waiting], Waiting] = {}
        self._tables: frozenset[str] = frozenset()

    @property
    def dialect(self) -> Dialect:
        return self.beneath.dialect

    def execute(self, sql: str, params: Sequence[SqlValue] = (), /) -> Rows:
        self._write_for(sql)
        return self.beneath.execute(sql, params)

    def executemany(self, sql: str, rows: Sequence[Sequence[SqlValue]], /) -> object:
        self._write_for(sql)
        return self.beneath.executemany(sql, rows)

    def each(self, *asked: Asked) -> tuple[Rows, ...]:
        for sql, _ in asked:
            self._write_for(sql)
        return self.beneath.each(*asked)

    def pour(self, table: str, columns: str, rows: Iterable[Sequence[SqlValue]], /) -> None:
        self._write_for(table)
        self.beneath.pour(table, columns, rows)

    def waiting(self, kind: Callable[[], W]) -> W:
        """Return what waits of a kind, empty at first: whoever adds to it writes later."""
        found = self._waiting.get(kind)
        if found is None:
            found = self._waiting[kind] = kind()
            self._tables |= found.tables
        return cast("W", found)

    def write_all(self) -> None:
        """Write everything that waits, first what was waited for first."""
        for each in self._waiting.values():
            each.write(self.beneath)

    def _write_for(self, sql: str) -> None:
        named = _named(sql)
        if not named.isdisjoint(self._tables):
            for each in self._waiting.values():
                if not named.isdisjoint(each.tables):
                    each.write(self.beneath)


@contextmanager
def gathered(tx: Transaction) -> Iterator[Gathered]:
    """Gather small writes until the block ends; where it raises, what waits is forgotten."""
    gathering = Gathered(tx)
    yield gathering
    gathering.write_all()


@lru_cache(maxsize=_STATEMENTS)
def _named(sql: str) -> frozenset[str]:
    """Return every word of a statement; its tables are among them."""
    return frozenset(_WORD.findall(sql))


def beneath(tx: Transaction) -> Transaction:
    """Return the transaction that knows nothing of what waits; of another one, itself."""
    return tx.beneath if isinstance(tx, Gathered) else tx
