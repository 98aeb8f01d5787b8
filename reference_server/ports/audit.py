"""The audit trail as other services write it and the lab reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reference_server.kernel.access import Caller
from reference_server.kernel.port import Port
from reference_server.kernel.store import Transaction


class AuditOutcome(StrEnum):
    """How the act ended; the values are FHIR R4 `AuditEvent.outcome`."""

    SUCCESS = "0"
    REFUSED = "4"
    FAILED = "8"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whose record, and how it ended.

    `refusal` holds the refusal's codes, separated by blanks; `patient` the matricule; `entities`
    references such as `Task/3f…`; `request_id` the X-Request-Id.
    """

    action: str
    outcome: AuditOutcome
    request_id: str
    caller: Caller | None = None
    refusal: str | None = None
    patient: str | None = None
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the trail keeps it; `hash` covers the entry and the hash before it."""

    number: int
    at: datetime
    entry: AuditEntry
    previous_hash: str
    hash: str


class AuditTrail(Protocol):
    """Append-only; the chain's head is read in the write transaction it extends."""

    def record(self, tx: Transaction, entry: AuditEntry) -> None: ...

    def entries(self, tx: Transaction) -> Iterator[StoredEntry]:
        """Give every entry, oldest first."""
        ...

    def broken_at(self, tx: Transaction) -> int | None:
        """Return the number of the first entry that does not fit the chain, None if all do."""
        ...


AUDIT: Port[AuditTrail] = Port("audit")
