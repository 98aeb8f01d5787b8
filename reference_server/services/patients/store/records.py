"""Source records, their claims on numbers, their blocking keys and name counts, in the store."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from reference_server.kernel.gathered import Gathered
from reference_server.kernel.rows import delete, insert, insert_later
from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import IdentityState, SourceRecord, Standing
from reference_server.services.patients.model.traits import Identifier, Traits
from reference_server.services.patients.rules.matching.features import (
    Features,
    features,
    pack,
)
from reference_server.services.patients.rules.matching.keys import kept_keys
from reference_server.services.patients.store.waiting import (
    CountsWaiting,
    KeysWaiting,
    NumbersGiven,
    put_counts,
)

_COLUMNS: Final = (
    "number, domain, local_id, person, standing, state, trust, replaced_by, revised_at, traits"
)
_traits: Final = msgspec.json.Decoder(Traits)
ALL: Final = ("all", "")


def record_of(row: Any) -> SourceRecord:  # noqa: ANN401 - a row of the store
    """Return the record that a row holds."""
    return SourceRecord(
        number=row["number"],
        domain=row["domain"],
        local_id=row["local_id"],
        person=row["person"],
        standing=Standing(row["standing"]),
        state=IdentityState(row["state"]),
        trust=row["trust"],
        replaced_by=row["replaced_by"],
        revised_at=row["revised_at"],
        traits=_traits.decode(row["traits"]),
    )


def find_record(tx: Transaction, domain: str, local_id: str) -> SourceRecord | None:
    """Return a domain's record of a number, whatever its standing."""
    row = tx.execute(
        f"SELECT {_COLUMNS} FROM patient_record WHERE domain = ? AND local_id = ?",  # noqa: S608 - our own column names
        (domain, local_id),
    ).fetchone()
    return None if row is None else record_of(row)


def get_record(tx: Transaction, number: int) -> SourceRecord | None:
    """Return a record by the index's own number."""
    row = tx.execute(
        f"SELECT {_COLUMNS} FROM patient_record WHERE number = ?",  # noqa: S608 - our own column names
        (number,),
    ).fetchone()
    return None if row is None else record_of(row)


def records_of(tx: Transaction, person: str) -> tuple[SourceRecord, ...]:
    """Return all records linked to a person, in the order of their numbers."""
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM patient_record WHERE person = ? ORDER BY number",  # noqa: S608 - our own column names
        (person,),
    )
    return tuple(map(record_of, rows))


def numbers_of(tx: Transaction, person: str) -> dict[Identifier, Standing]:
    """Return the domains' own numbers of a person, and whether each still stands."""
    rows = tx.execute(
        "SELECT domain, local_id, standing FROM patient_record WHERE person = ? ORDER BY number",
        (person,),
    )
    return {Identifier(system=row[0], value=row[1]): Standing(row[2]) for row in rows}


def next_number(tx: Transaction) -> int:
    """Return the number of the next record, which is given to nobody else."""
    if isinstance(tx, Gathered):
        given = tx.waiting(NumbersGiven)
        given.last = 1 + (given.last or _last(tx))
        return given.last
    return 1 + _last(tx)


def _last(tx: Transaction) -> int:
    row = tx.execute("SELECT max(number) AS number FROM patient_record").fetchone()
    return int(row["number"] or 0)


def put_record(tx: Transaction, record: SourceRecord, *, before: SourceRecord | None) -> None:
    """Keep a record, with its claims, keys and counts; `before` is what was kept until now."""
    found = features(record.traits)
    tx.execute(
        "INSERT INTO patient_record (number, domain, local_id, person, standing, state, trust,"
        " replaced_by, revised_at, traits, features) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET local_id = excluded.local_id,"
        " person = excluded.person, standing = excluded.standing, state = excluded.state,"
        " trust = excluded.trust, replaced_by = excluded.replaced_by,"
        " revised_at = excluded.revised_at, traits = excluded.traits, features = excluded.features",
        (
            record.number,
            record.domain,
            record.local_id,
            record.person,
            record.standing,
            record.state,
            record.trust,
            record.replaced_by,
            record.revised_at,
            msgspec.json.encode(record.traits),
            pack(found),
        ),
    )
    _claim(tx, record, before)
    had = features(before.traits) if before and before.standing is Standing.ACTIVE else None
    has = found if record.standing is Standing.ACTIVE else None
    if had != has:
        _index(tx, record.number, had, has)


def relink(tx: Transaction, number: int, person: str) -> None:
    """Link a record to another person; nothing else of it changes."""
    tx.execute("UPDATE patient_record SET person = ? WHERE number = ?", (person, number))


def claims_of(record: SourceRecord) -> dict[Identifier, bool]:
    """Return the numbers that a record claims; true for its domain's own.

    A record that no longer stands for itself keeps its own number only.
    """
    active = record.standing is Standing.ACTIVE
    told = dict.fromkeys(record.traits.identifiers if active else (), False)
    return told | {record.local_identifier: True}


def _claim(tx: Transaction, record: SourceRecord, before: SourceRecord | None) -> None:
    had = {} if before is None else claims_of(before)
    has = claims_of(record)
    if had == has and before is not None and before.trust == record.trust:
        return
    gone = [(each.system, each.value, record.number) for each in had if each not in has]
    delete(tx, "patient_claim", "system, value, record", gone)
    insert_later(
        tx,
        "patient_claim",
        "system, value, record, is_own, trust",
        [
            (each.system, each.value, record.number, int(is_own), record.trust)
            for each, is_own in has.items()
        ],
        conflict="(system, value, record) DO UPDATE"
        " SET trust = excluded.trust, is_own = excluded.is_own",
    )


def _index(tx: Transaction, number: int, had: Features | None, has: Features | None) -> None:
    """Bring keys and counts from what a record was to what it is."""
    old = kept_keys(had) if had is not None else frozenset()
    new = kept_keys(has) if has is not None else frozenset()
    delete(tx, "patient_key", "key, record", [(key, number) for key in sorted(old - new)])
    if isinstance(tx, Gathered):
        tx.waiting(KeysWaiting).add(new - old, number)
    else:
        insert(tx, "patient_key", "key, record", [(key, number) for key in sorted(new - old)])
    names: Counter[tuple[str, str]] = Counter(() if has is None else counted(has))
    names.subtract(() if had is None else counted(had))
    count(tx, names)


def count(tx: Transaction, names: Mapping[tuple[str, str], int]) -> None:
    """Let names stand so many times more often in the index, or less often; none is forgotten."""
    changed = {name: by for name, by in names.items() if by}
    if isinstance(tx, Gathered) and all(by > 0 for by in changed.values()):
        tx.waiting(CountsWaiting).names.update(changed)
        return
    put_counts(tx, changed)
    for (kind, value), by in changed.items():
        if by < 0:
            tx.execute(
                "DELETE FROM patient_count WHERE kind = ? AND value = ? AND number <= 0",
                (kind, value),
            )


def counted(found: Features) -> Iterable[tuple[str, str]]:
    """Give what a record counts for: its family names, its first given name, and itself."""
    yield ALL
    for family in found.families:
        yield "family", "".join(family)
    if found.given:
        yield "given", found.given[0]
