"""Many source records taken in at once, each a person of its own, without matching; knows no rule.

For a World that is seeded and for measurements: what is kept is what feeding one by one would
keep if no two were near. Nothing is written into the history, nor into the audit trail, and nobody
who follows the index is told.

Rows of tables whose key is scattered (blocking keys, words, numbers) may be staged: they are kept
beside and come into the table in the order of its key at the end, so that a million records cost
little more each than a thousand.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import SqlValue, Transaction
from reference_server.services.patients.model.index import SourceRecord
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.rules.matching.features import Features, features, pack
from reference_server.services.patients.rules.matching.keys import kept_keys
from reference_server.services.patients.rules.survivorship import survivor
from reference_server.services.patients.rules.words import words
from reference_server.services.patients.store.records import claims_of, count, counted

T = TypeVar("T")
_AT_ONCE: Final = 500

Rows = list[tuple[SqlValue, ...]]
_COLUMNS: Final = {
    "patient_record": (
        "number, domain, local_id, person, standing, state, trust, replaced_by, revised_at, traits,"
        " features"
    ),
    "patient_person": (
        "mpi, standing, state, replaced_by, traits, contested, revision, touched_at"
    ),
    "patient_claim": "system, value, record, is_own, trust",
    "patient_identifier": "system, value, person",
    "patient_key": "key, record",
    "patient_word": "word, value, person",
}


_STAGED: Final = {
    "patient_key": ("key BIGINT, record BIGINT", "key, record"),
    "patient_word": ("word TEXT, value TEXT, person TEXT", "word, value, person"),
    "patient_claim": (
        "system TEXT, value TEXT, record BIGINT, is_own INTEGER, trust INTEGER",
        "system, value, record",
    ),
    "patient_identifier": ("system TEXT, value TEXT, person TEXT", "system, value"),
}


def take_in(tx: Transaction, records: Iterable[SourceRecord], *, staged: bool = False) -> int:
    """Keep active records whose persons are new and whose numbers are nobody's; return how many.

    `staged`: for many records at once.
    """
    names: Counter[tuple[str, str]] = Counter()
    total = 0
    for table, (columns, _) in _STAGED.items() if staged else ():
        tx.execute(f"CREATE TEMPORARY TABLE {table}_staged ({columns})")
    for some in _in_parts(records, _AT_ONCE):
        total += len(some)
        _insert(tx, some, names, staged=staged)
    for table, (_, order) in _STAGED.items() if staged else ():
        columns = _COLUMNS[table]
        tx.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_staged ORDER BY {order}"  # noqa: S608 - our own names
        )
        tx.execute(f"DROP TABLE {table}_staged")
    count(tx, names)
    if staged and tx.dialect is Dialect.POSTGRES:
        # Until PostgreSQL looks by itself it would plan for tables that are empty.
        tx.execute(f"ANALYZE {', '.join((*_COLUMNS, 'patient_count'))}")
    return total


def _insert(
    tx: Transaction,
    records: Sequence[SourceRecord],
    names: Counter[tuple[str, str]],
    *,
    staged: bool,
) -> None:
    rows: dict[str, Rows] = {table: [] for table in _COLUMNS}
    for record in records:
        found, packed, keys, traits = _prepared(record.traits)
        names.update(counted(found))
        owned = claims_of(record)
        rows["patient_record"].append(
            (
                record.number,
                record.domain,
                record.local_id,
                record.person,
                record.standing,
                record.state,
                record.trust,
                None,
                record.revised_at,
                traits,
                packed,
            )
        )
        survived = survivor((record,), owned)
        believed = msgspec.json.encode(survived)
        rows["patient_word"].extend((*one, record.person) for one in words(survived))
        rows["patient_person"].append(
            (
                record.person,
                record.standing,
                record.state,
                None,
                believed,
                b"[]",
                1,
                record.revised_at,
            )
        )
        for each, is_own in owned.items():
            claim = (each.system, each.value, record.number, int(is_own), record.trust)
            rows["patient_claim"].append(claim)
            rows["patient_identifier"].append((each.system, each.value, record.person))
        rows["patient_key"].extend((key, record.number) for key in keys)
    for table, wanted in rows.items():
        target = f"{table}_staged" if staged and table in _STAGED else table
        tx.pour(target, _COLUMNS[table], wanted)


@lru_cache(maxsize=512)
def _prepared(traits: Traits) -> tuple[Features, bytes, tuple[int, ...], bytes]:
    """Return what follows from traits; many Worlds open with the same people."""
    found = features(traits)
    return found, pack(found), tuple(sorted(kept_keys(found))), msgspec.json.encode(traits)


def _in_parts(values: Iterable[T], size: int) -> Iterator[list[T]]:
    part: list[T] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
