"""Pairs of records that may be of one person, and what was decided about them, in the store."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.comparison import Comparison, Decision, Pair

_comparison: Final = msgspec.json.Decoder(Comparison)


def pair_of(row: Any) -> Pair:  # noqa: ANN401 - a row of the store
    """Return the pair that a row holds."""
    return Pair(
        low=row["low"],
        high=row["high"],
        decision=Decision(row["decision"]),
        comparison=_comparison.decode(row["comparison"]),
        found_at=row["found_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        why=row["why"],
    )


def get_pair(tx: Transaction, one: int, other: int) -> Pair | None:
    """Return the pair of two records, in whichever order they are named."""
    row = tx.execute(
        "SELECT * FROM patient_pair WHERE low = ? AND high = ?", (min(one, other), max(one, other))
    ).fetchone()
    return None if row is None else pair_of(row)


def pairs_of(tx: Transaction, record: int) -> tuple[Pair, ...]:
    """Return every pair that a record is in."""
    rows = tx.execute(
        "SELECT * FROM patient_pair WHERE low = ? OR high = ? ORDER BY low, high", (record, record)
    )
    return tuple(map(pair_of, rows))


def put_pair(tx: Transaction, pair: Pair) -> None:
    """Keep a pair, or what was decided since."""
    tx.execute(
        "INSERT INTO patient_pair (low, high, decision, probability, comparison, found_at,"
        " decided_by, decided_at, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (low, high) DO UPDATE SET decision = excluded.decision,"
        " probability = excluded.probability, comparison = excluded.comparison,"
        " found_at = excluded.found_at, decided_by = excluded.decided_by,"
        " decided_at = excluded.decided_at, why = excluded.why",
        (
            pair.low,
            pair.high,
            pair.decision,
            pair.comparison.probability,
            msgspec.json.encode(pair.comparison),
            pair.found_at,
            pair.decided_by,
            pair.decided_at,
            pair.why,
        ),
    )


def drop_pair(tx: Transaction, pair: Pair) -> None:
    """Forget a pair about which nobody decided anything."""
    tx.execute("DELETE FROM patient_pair WHERE low = ? AND high = ?", (pair.low, pair.high))


def unsettled(
    tx: Transaction, decisions: Iterable[Decision], *, skip: int, most: int
) -> tuple[Pair, ...]:
    """Return pairs whose active records stand for different persons, the likeliest first."""
    wanted = tuple(decisions)
    places = ", ".join("?" for _ in wanted)
    rows = tx.execute(
        "SELECT p.* FROM patient_pair p JOIN patient_record a ON a.number = p.low"  # noqa: S608 - question marks only
        " JOIN patient_record b ON b.number = p.high"
        f" WHERE p.decision IN ({places}) AND a.person <> b.person"
        " AND a.standing = 'active' AND b.standing = 'active'"
        " ORDER BY p.probability DESC, p.low, p.high LIMIT ? OFFSET ?",
        (*wanted, most, skip),
    )
    return tuple(map(pair_of, rows))


def count_unsettled(tx: Transaction, decision: Decision) -> int:
    """Return how many pairs of a decision stand for different persons."""
    row = tx.execute(
        "SELECT count(*) AS n FROM patient_pair p JOIN patient_record a ON a.number = p.low"
        " JOIN patient_record b ON b.number = p.high WHERE p.decision = ?"
        " AND a.person <> b.person AND a.standing = 'active' AND b.standing = 'active'",
        (decision,),
    ).fetchone()
    return int(row["n"])


def different_from(tx: Transaction, records: Iterable[int]) -> frozenset[int]:
    """Return the records that somebody decided are not of the same person as any of these."""
    found: set[int] = set()
    for record in records:
        rows = tx.execute(
            "SELECT low, high FROM patient_pair WHERE decision = ? AND (low = ? OR high = ?)",
            (Decision.DIFFERENT, record, record),
        )
        found.update(row["high"] if row["low"] == record else row["low"] for row in rows)
    return frozenset(found)
