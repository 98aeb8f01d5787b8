"""Blocking keys and name counts that wait to be written, and are found as if they were; SQLite.

Every message of a feed reads both, so that writing them before would gather nothing: whoever looks
for them looks here, too. PostgreSQL finds candidates in one statement of its own and is told first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import ClassVar

from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Transaction

Name = tuple[str, str]
"""Kind and value of what is counted."""


class KeysWaiting:
    """Keys with the record that each finds."""

    tables: ClassVar = frozenset({"patient_key"})

    def __init__(self) -> None:
        self.under: dict[int, list[int]] = defaultdict(list)

    def add(self, keys: Iterable[int], record: int) -> None:
        """Let a record be found by these keys."""
        for key in keys:
            self.under[key].append(record)

    def write(self, tx: Transaction, /) -> None:
        under, self.under = self.under, defaultdict(list)
        rows = [(key, record) for key in sorted(under) for record in under[key]]
        insert_many(tx, "patient_key", "key, record", rows)


class CountsWaiting:
    """How many times more often names stand."""

    tables: ClassVar = frozenset({"patient_count"})

    def __init__(self) -> None:
        self.names: Counter[Name] = Counter()

    def write(self, tx: Transaction, /) -> None:
        names, self.names = self.names, Counter()
        put_counts(tx, names)


class NumbersGiven:
    """The last number that a record was given in this transaction; nothing waits to be written."""

    tables: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.last = 0

    def write(self, _tx: Transaction, /) -> None:
        """Do nothing: the records have their numbers."""


def put_counts(tx: Transaction, names: Mapping[Name, int]) -> None:
    """Let names stand so many times more often; a new one begins with that."""
    insert_many(
        tx,
        "patient_count",
        "kind, value, number",
        [(kind, value, by) for (kind, value), by in sorted(names.items())],
        conflict="(kind, value) DO UPDATE SET number = patient_count.number + excluded.number",
    )
