"""Who may be the person described, as blocking keys find them, and how common the names are.

PostgreSQL decides by itself what keys find, in one statement whose text is always the same; both
questions go there and back together. SQLite is asked step by step: it is in this process.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from reference_server.kernel.gathered import Gathered, beneath
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Asked, Transaction
from reference_server.services.patients.rules.matching.features import Features, unpack
from reference_server.services.patients.rules.matching.keys import Reach
from reference_server.services.patients.store.waiting import CountsWaiting, KeysWaiting, Name

Candidate = tuple[int, str, str, Features]
"""Number, person, domain and features of an active record."""

# One row for each key: a key that reaches nobody is not even read, and no row costs an object.
_UNDER_A_KEY: Final = (
    "SELECT ? AS key, count(*) AS n, group_concat(record) AS records FROM"
    " (SELECT record FROM patient_key WHERE key = ? LIMIT ?)"
)
_COLUMNS: Final = "number, person, domain, features"
# `MATERIALIZED`: else each use of `records` would look under the keys again. What is counted is
# found by its key whatever the planner knows of the table.
_CANDIDATES: Final = (
    "WITH held AS MATERIALIZED (SELECT alone, most, ARRAY("  # noqa: S608 - our own column names
    "SELECT record FROM patient_key WHERE key = asked.key LIMIT most + 1) AS records"
    " FROM unnest(?::bigint[], ?::bigint[], ?::bigint[]) AS asked (key, alone, most))"
    f" SELECT {_COLUMNS} FROM patient_record WHERE number = ANY (ARRAY("
    "SELECT record FROM held CROSS JOIN unnest(records) AS record"
    " WHERE cardinality(records) <= most"
    " GROUP BY record HAVING bool_or(cardinality(records) <= alone) OR count(*) > 1))"
    " ORDER BY number"
)
_COUNTS: Final = (
    "SELECT asked.kind, asked.value, found.number"
    " FROM json_to_recordset(?::json) AS asked (kind text, value text) CROSS JOIN LATERAL"
    " (SELECT number FROM patient_count"
    " WHERE kind = asked.kind AND value = asked.value LIMIT 1) AS found"
)


def look_up(
    tx: Transaction, keys: Mapping[int, Reach], names: Sequence[Name]
) -> tuple[list[Candidate], dict[Name, int]]:
    """Return the active records that keys find, by their numbers, and how common names are.

    A key of up to `alone` records finds them; of more, but no more than `most`, those that another
    such key finds, too. How far a key reaches hangs on how many records it has: in both directions,
    so that whether two records meet does not depend on which of them asks.
    """
    if tx.dialect is Dialect.POSTGRES:
        rows, seen = tx.each(_wanted(keys), _common(names))
        return _kept(rows), _counted(seen)
    return _candidates(tx, keys), counts(tx, names)


def counts(tx: Transaction, wanted: Sequence[Name]) -> dict[Name, int]:
    """Return how often names stand in the index; `ALL` counts the records."""
    if not wanted:
        return {}
    if tx.dialect is Dialect.POSTGRES:
        return _counted(tx.execute(*_common(wanted)))
    # Not `(kind, value) IN (VALUES …)`: SQLite would look at every name there is.
    each_one = " OR ".join("(kind = ? AND value = ?)" for _ in wanted)
    rows = beneath(tx).execute(
        f"SELECT kind, value, number FROM patient_count WHERE {each_one}",  # noqa: S608 - question marks only
        tuple(part for each in wanted for part in each),
    )
    seen = _counted(rows)
    if isinstance(tx, Gathered):
        waiting = tx.waiting(CountsWaiting).names
        seen |= {each: seen.get(each, 0) + waiting[each] for each in waiting.keys() & wanted}
    return seen


def _wanted(keys: Mapping[int, Reach]) -> Asked:
    reaches = keys.values()
    columns = (keys, [each.alone for each in reaches], [each.most for each in reaches])
    return _CANDIDATES, tuple(f"{{{','.join(map(str, each))}}}" for each in columns)


def _common(names: Sequence[Name]) -> Asked:
    told = [{"kind": kind, "value": value} for kind, value in names]
    return _COUNTS, (msgspec.json.encode(told).decode(),)


def _candidates(tx: Transaction, keys: Mapping[int, Reach]) -> list[Candidate]:
    found = _found(tx, keys)
    if not found:
        return []
    places = ", ".join("?" * len(found))
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM patient_record WHERE number IN ({places}) ORDER BY number",  # noqa: S608 - question marks only
        tuple(sorted(found)),
    )
    return _kept(rows)


@lru_cache(maxsize=256)
def _under(count: int) -> str:
    return " UNION ALL ".join([_UNDER_A_KEY] * count)


def _found(tx: Transaction, keys: Mapping[int, Reach]) -> set[int]:
    """Return the records that one key finds alone, or two together."""
    params = [part for key, reach in keys.items() for part in (key, key, reach.most + 1)]
    waiting: Mapping[int, list[int]] = {}
    if isinstance(tx, Gathered):
        waiting = tx.waiting(KeysWaiting).under
    found: set[int] = set()
    seen: set[int] = set()
    for key, count, records in beneath(tx).execute(_under(len(keys)), params) if keys else ():
        alone, most = keys[key]
        held = waiting.get(key, ())
        together = count + len(held)
        if not 0 < together <= most:
            continue
        numbers = {*map(int, records.split(",")), *held} if count else set(held)
        found |= numbers if together <= alone else seen & numbers
        seen |= numbers
    return found


def _kept(rows: Iterable[Any]) -> list[Candidate]:
    return [(number, person, domain, unpack(kept)) for number, person, domain, kept in rows]


def _counted(rows: Iterable[Any]) -> dict[Name, int]:
    return {(kind, value): int(number) for kind, value, number in rows}
