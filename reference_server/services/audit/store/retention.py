"""Which events a rule keeps no longer, and what stays of them; the chain itself is the trail's.

Whole stretches from the oldest on go behind an anchor (`Trail.purge`). Where categories are kept
for different times, single events go: a gap keeps number and hash of each, and one event of the
chain tells the digest of all that went by the same purge.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from reference_server.kernel.store import Transaction
from reference_server.services.audit.model import (
    Purge,
    Retention,
    categories_of,
    digest_of,
    is_of_purge,
)
from reference_server.services.audit.store.index import unindex_one

_YEAR = timedelta(days=365.25)


def purge_categories(
    tx: Transaction, rule: Retention, *, now: datetime, purged_at: str
) -> Purge | None:
    """Let go of the single events that the rule of their category keeps no longer.

    The newest event stays whatever its age: the chain goes on from it. Return what is left of
    them, which the caller has to tell in the chain; None where nothing is old enough.
    """
    gone = tuple(_overdue(tx, rule, now=now))
    if not gone:
        return None
    row = tx.execute("SELECT coalesce(max(number), 0) + 1 AS n FROM audit_purge").fetchone()
    purge = Purge(
        number=int(row["n"]),
        purged_at=purged_at,
        rule=rule.text,
        count=len(gone),
        digest=digest_of(gone),
    )
    tx.execute(
        "INSERT INTO audit_purge (number, purged_at, rule, count, digest) VALUES (?, ?, ?, ?, ?)",
        (purge.number, purge.purged_at, purge.rule, purge.count, purge.digest),
    )
    for number, own_hash in gone:
        tx.execute(
            "INSERT INTO audit_gap (number, hash, purge) VALUES (?, ?, ?)",
            (number, own_hash, purge.number),
        )
        tx.execute("DELETE FROM audit_event WHERE number = ?", (number,))
        unindex_one(tx, number)
    return purge


def gaps(tx: Transaction, *, after: int) -> Mapping[int, str]:
    """Return the hashes of the events that went, by number, after a number."""
    rows = tx.execute("SELECT number, hash FROM audit_gap WHERE number > ?", (after,))
    return {row["number"]: row["hash"] for row in rows}


def untold(tx: Transaction, *, after: int, told: Iterable[str]) -> int | None:
    """Return the first event after a number whose going no event of the chain tells; None if all.

    `told` are the digests that the chain's own events of purges name.
    """
    known = set(told)
    for row in tx.execute(
        "SELECT purge, min(number) AS first FROM audit_gap WHERE number > ? GROUP BY purge"
        " ORDER BY min(number)",
        (after,),
    ).fetchall():
        if _digest(tx, row["purge"]) not in known:
            return int(row["first"])
    return None


def _digest(tx: Transaction, purge: int) -> str:
    rows = tx.execute(
        "SELECT number, hash FROM audit_gap WHERE purge = ? ORDER BY number", (purge,)
    )
    return digest_of((row["number"], row["hash"]) for row in rows)


def _overdue(tx: Transaction, rule: Retention, *, now: datetime) -> Iterator[tuple[int, str]]:
    rows = tx.execute(
        "SELECT e.number, e.content, e.hash, s.recorded FROM audit_event e"
        " JOIN audit_search s ON s.number = e.number WHERE s.recorded < ?"
        " AND e.number < (SELECT max(number) FROM audit_event) ORDER BY e.number",
        (_border(now, rule.shortest),),
    ).fetchall()
    for row in rows:
        years = rule.years_of(categories_of(row["content"]))
        if row["recorded"] < _border(now, years) and not is_of_purge(row["content"]):
            yield int(row["number"]), str(row["hash"])


def _border(now: datetime, years: int) -> str:
    """Return the time, as the index writes it, before which so many years are over."""
    return (now - years * _YEAR).isoformat(timespec="microseconds")
