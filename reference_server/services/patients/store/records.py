"""Source records, their claims on numbers, their blocking keys and name counts, in the store."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import IdentityState, SourceRecord, Standing
from reference_server.services.patients.model.traits import Identifier, Traits
from reference_server.services.patients.rules.matching.features import (
    Features,
    features,
    pack,
    unpack,
)
from reference_server.services.patients.rules.matching.keys import kept_keys

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


def next_number(tx: Transaction) -> int:
    """Return the number of the next record."""
    row = tx.execute("SELECT max(number) AS number FROM patient_record").fetchone()
    return int(row["number"] or 0) + 1


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
    for each in had:
        if each not in has:
            tx.execute(
                "DELETE FROM patient_claim WHERE system = ? AND value = ? AND record = ?",
                (each.system, each.value, record.number),
            )
    for each, is_own in has.items():
        tx.execute(
            "INSERT INTO patient_claim (system, value, record, is_own, trust)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (system, value, record)"
            " DO UPDATE SET trust = excluded.trust, is_own = excluded.is_own",
            (each.system, each.value, record.number, int(is_own), record.trust),
        )


def _index(tx: Transaction, number: int, had: Features | None, has: Features | None) -> None:
    """Bring keys and counts from what a record was to what it is."""
    old = kept_keys(had) if had is not None else frozenset()
    new = kept_keys(has) if has is not None else frozenset()
    for key in sorted(old - new):
        tx.execute("DELETE FROM patient_key WHERE key = ? AND record = ?", (key, number))
    for key in sorted(new - old):
        tx.execute("INSERT INTO patient_key (key, record) VALUES (?, ?)", (key, number))
    for found, by in ((had, -1), (has, 1)):
        for kind, value in () if found is None else counted(found):
            tx.execute(
                "INSERT INTO patient_count (kind, value, number) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, value) DO UPDATE"
                " SET number = patient_count.number + excluded.number",
                (kind, value, by),
            )
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


def counts(tx: Transaction, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return how often names stand in the index; `ALL` counts the records."""
    if not wanted:
        return {}
    places = ", ".join("(?, ?)" for _ in wanted)
    rows = tx.execute(
        f"SELECT kind, value, number FROM patient_count WHERE (kind, value) IN (VALUES {places})",  # noqa: S608 - question marks only
        tuple(part for each in wanted for part in each),
    )
    return {(row["kind"], row["value"]): int(row["number"]) for row in rows}


def candidates(
    tx: Transaction, keys: Sequence[int], *, most: int
) -> tuple[tuple[int, str, str, Features], ...]:
    """Return number, person, domain and features of the active records under any of the keys.

    A key with more than `most` records tells nothing and is passed over: in both directions, so
    that whether two records meet does not depend on which of them asks.
    """
    found: set[int] = set()
    select = "SELECT * FROM (SELECT key, record FROM patient_key WHERE key = ? LIMIT ?) AS held"
    query = " UNION ALL ".join(select for _ in keys)
    params = tuple(part for key in keys for part in (key, most + 1))
    under: dict[int, list[int]] = {}
    for row in tx.execute(query, params) if keys else ():
        under.setdefault(row[0], []).append(row[1])
    for numbers in under.values():
        if len(numbers) <= most:
            found.update(numbers)
    if not found:
        return ()
    places = ", ".join("?" for _ in found)
    rows = tx.execute(
        f"SELECT number, person, domain, features FROM patient_record WHERE number IN ({places})"  # noqa: S608 - question marks only
        " ORDER BY number",
        tuple(sorted(found)),
    )
    return tuple((row[0], row[1], row[2], unpack(row[3])) for row in rows)
