"""The chain of audit events in the World's store; knows no other service."""

from collections.abc import Iterator

from reference_server.kernel.store import Row, Transaction
from reference_server.ports import AuditEntry, StoredEntry
from reference_server.services.audit.model import GENESIS, chain, read, write
from reference_server.world import World

TABLE = "audit_event"
"""Rows are only ever added to it; its triggers see to that."""
_ALL = "SELECT number, content, previous_hash, hash FROM audit_event ORDER BY number"


class Trail:
    """The AuditTrail port: appends to the chain, reads it, and finds where it is broken.

    A World that is reset or restored keeps its trail, which tells of that (`world.copies`).
    """

    def __init__(self, world: World) -> None:
        self._clock = world.clock

    def record(self, tx: Transaction, entry: AuditEntry) -> None:
        head = tx.execute(
            "SELECT number, hash FROM audit_event ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, previous = (0, GENESIS) if head is None else (head["number"], head["hash"])
        content = write(entry, at=self._clock.wire_now())
        tx.execute(
            "INSERT INTO audit_event (number, content, previous_hash, hash) VALUES (?, ?, ?, ?)",
            (number + 1, content, previous, chain(previous, content)),
        )

    def entries(self, tx: Transaction) -> Iterator[StoredEntry]:
        for row in tx.execute(_ALL):
            yield read(
                row["number"],
                row["content"],
                previous_hash=row["previous_hash"],
                own_hash=row["hash"],
            )

    def broken_at(self, tx: Transaction) -> int | None:
        previous = GENESIS
        for expected, row in enumerate(tx.execute(_ALL), start=1):
            if not _fits(row, number=expected, previous=previous):
                return expected
            previous = row["hash"]
        return None


def _fits(row: Row, *, number: int, previous: str) -> bool:
    return bool(
        row["number"] == number
        and row["previous_hash"] == previous
        and row["hash"] == chain(previous, row["content"])
    )
