"""The chain of audit events in the World's store; knows no other service."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from reference_server.kernel.gathered import Gathered
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Row, Transaction
from reference_server.ports import AuditEntry, AuditOutcome, StoredEntry
from reference_server.services.audit.fhir.event import to_fhir
from reference_server.services.audit.fhir.foreign import kept
from reference_server.services.audit.model import (
    GENESIS,
    PURGE,
    Anchor,
    Purge,
    Retention,
    chain,
    read,
    write,
)
from reference_server.services.audit.store import retention
from reference_server.services.audit.store.index import index, unindex
from reference_server.world import World

TABLES = frozenset(
    {"audit_event", "audit_search", "audit_reference"}
    | {"audit_anchor", "audit_purge", "audit_gap"}
)
"""What a World that is reset or restored keeps. Rows of the chain are only ever added to it, and go
only when an anchor stands for them; its triggers see to that."""
_ALL = "SELECT number, content, previous_hash, hash FROM audit_event ORDER BY number"
_DIGITS = 18
_DIGEST = re.compile("AuditPurgeDigest/([0-9a-f]{64})")


Numbered = tuple[int, datetime, AuditEntry]
"""An entry with its number and its time."""


class Trail:
    """The AuditTrail port: appends to the chain, reads it, and finds where it is broken.

    A World that is reset or restored keeps its trail, which tells of that (`world.copies`).
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting = partial(EntriesWaiting, self)

    def record(self, tx: Transaction, entry: AuditEntry) -> int:
        at = self._world.clock.wire_now()
        if isinstance(tx, Gathered):
            waiting = tx.waiting(self._waiting)
            number = 1 + (waiting.entries[-1][0] if waiting.entries else _head(tx.beneath)[0])
            waiting.entries.append((number, at, entry))
            return number
        number, previous = _head(tx)
        self.write(tx, [(number + 1, at, entry)], previous)
        return number + 1

    def write(self, tx: Transaction, entries: Sequence[Numbered], previous: str) -> None:
        """Write entries that follow each other, the first of them the event of hash `previous`."""
        rows, found = [], []
        for number, at, entry in entries:
            if entry.resource is None:
                event = to_fhir(entry, number=number, at=at, base_url=self._world.base_url)
            else:
                event = kept(entry.resource, number=number, at=at)
            content = write(entry, at=at, event=event)
            own_hash = chain(previous, content)
            rows.append((number, content, previous, own_hash))
            found.append((number, at, event))
            previous = own_hash
        insert_many(tx, "audit_event", "number, content, previous_hash, hash", rows)
        index(tx, found)

    def entries(self, tx: Transaction) -> Iterator[StoredEntry]:
        for row in tx.execute(_ALL):
            yield stored(row)

    def broken_at(self, tx: Transaction) -> int | None:
        anchor = last_anchor(tx)
        number, previous = (0, GENESIS) if anchor is None else (anchor.number, anchor.hash)
        start, gone, told = number, retention.gaps(tx, after=number), set[str]()
        is_told = anchor is None
        for row in tx.execute(_ALL):
            number, previous = _over_gaps(gone, number, previous)
            number += 1
            if not _fits(row, number=number, previous=previous):
                return number
            previous = row["hash"]
            is_told = is_told or (anchor is not None and _tells(row["content"], anchor))
            told.update(_DIGEST.findall(row["content"]) if PURGE in row["content"] else ())
        return retention.untold(tx, after=start, told=told) if is_told else start

    def purge(self, tx: Transaction, *, before: str, rule: str) -> Anchor | None:
        """Let go of the events recorded before a time (UTC, ISO 8601), oldest first, by a rule.

        An anchor keeps the hash of the last of them, and an event of the chain tells of it. Return
        the anchor; None where nothing is old enough.
        """
        row = tx.execute(
            "SELECT max(number) AS number, count(*) AS n FROM audit_search WHERE recorded < ?"
            " AND number < (SELECT coalesce(min(number), 9223372036854775807) FROM audit_search"
            " WHERE recorded >= ?)",
            (before, before),
        ).fetchone()
        if row["number"] is None:
            return None
        number = int(row["number"])
        last = tx.execute("SELECT hash FROM audit_event WHERE number = ?", (number,)).fetchone()
        now = self._world.clock.wire_now().isoformat(timespec="seconds")
        anchor = Anchor(
            number=number, hash=last["hash"], purged_at=now, rule=rule, count=int(row["n"])
        )
        tx.execute(
            "INSERT INTO audit_anchor (number, hash, purged_at, rule, count)"
            " VALUES (?, ?, ?, ?, ?)",
            (anchor.number, anchor.hash, anchor.purged_at, anchor.rule, anchor.count),
        )
        tx.execute("DELETE FROM audit_event WHERE number <= ?", (number,))
        unindex(tx, number)
        return anchor

    def keep_to(self, tx: Transaction, rule: Retention, *, now: datetime) -> int:
        """Let go of all that a rule keeps no longer, and tell of it; return how many went."""
        before = now - timedelta(days=365.25 * rule.longest)
        border = before.isoformat(timespec="microseconds")
        anchor = self.purge(tx, before=border, rule=rule.text)
        if anchor is not None:
            self.tell(tx, anchor)
        purged_at = self._world.clock.wire_now().isoformat(timespec="seconds")
        purge = None
        if rule.by_category:
            purge = retention.purge_categories(tx, rule, now=now, purged_at=purged_at)
        if purge is not None:
            self._tell(tx, told_of_purge(purge))
        return (0 if anchor is None else anchor.count) + (0 if purge is None else purge.count)

    def tell(self, tx: Transaction, anchor: Anchor) -> None:
        """Write the event of a purge, which puts the anchor itself into the chain."""
        self._tell(tx, told_of(anchor))

    def _tell(self, tx: Transaction, entities: tuple[str, ...]) -> None:
        entry = AuditEntry(
            action=PURGE,
            outcome=AuditOutcome.SUCCESS,
            request_id=self._world.ids.uuid(),
            entities=entities,
            interaction=Interaction.DELETE,
        )
        self.record(tx, entry)


class EntriesWaiting:
    """Entries of a trail that wait to be written together, each with its number and time."""

    tables: ClassVar = frozenset({"audit_event", "audit_search", "audit_reference"})

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self.entries: list[Numbered] = []

    def write(self, tx: Transaction, /) -> None:
        entries, self.entries = self.entries, []
        if entries:
            self._trail.write(tx, entries, _head(tx)[1])


def told_of_purge(purge: Purge) -> tuple[str, ...]:
    """Return what the event of a purge of single events names: number, digest and rule."""
    digest = f"AuditPurgeDigest/{purge.digest}"
    return (f"AuditPurge/{purge.number}", digest, f"Rule/{purge.rule}")


def told_of(anchor: Anchor) -> tuple[str, ...]:
    """Return what the event of a purge names, so that the anchor itself is in the chain."""
    return (f"AuditAnchor/{anchor.number}", f"AuditAnchorHash/{anchor.hash}", f"Rule/{anchor.rule}")


def _head(tx: Transaction) -> tuple[int, str]:
    """Return number and hash of the last event, or of the anchor where none is left."""
    row = tx.execute("SELECT number, hash FROM audit_event ORDER BY number DESC LIMIT 1").fetchone()
    if row is not None:
        return row["number"], row["hash"]
    anchor = last_anchor(tx)
    return (0, GENESIS) if anchor is None else (anchor.number, anchor.hash)


def last_anchor(tx: Transaction) -> Anchor | None:
    """Return the anchor that the chain begins after."""
    row = tx.execute("SELECT * FROM audit_anchor ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else Anchor(**dict(row))


def find(tx: Transaction, number: str) -> StoredEntry | None:
    """Return an event by its number as text; None where there is none."""
    if not number.isascii() or not number.isdigit() or len(number) > _DIGITS:
        return None
    row = tx.execute(
        "SELECT number, content, previous_hash, hash FROM audit_event WHERE number = ?",
        (int(number),),
    ).fetchone()
    return None if row is None else stored(row)


def stored(row: Row) -> StoredEntry:
    """Return a row of the chain as an entry."""
    return read(
        row["number"], row["content"], previous_hash=row["previous_hash"], own_hash=row["hash"]
    )


def _over_gaps(gone: Mapping[int, str], number: int, previous: str) -> tuple[int, str]:
    """Return number and hash of the last event that went, where some went after this one."""
    while number + 1 in gone:
        number += 1
        previous = gone[number]
    return number, previous


def _tells(content: str, anchor: Anchor) -> bool:
    return PURGE in content and f"AuditAnchorHash/{anchor.hash}" in content


def _fits(row: Row, *, number: int, previous: str) -> bool:
    return bool(
        row["number"] == number
        and row["previous_hash"] == previous
        and row["hash"] == chain(previous, row["content"])
    )
