"""The audit trail as other services write it and the lab reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from reference_server.kernel.access import Caller
from reference_server.kernel.interaction import Interaction
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
    references such as `Task/3f…`; `request_id` the X-Request-Id. `categories` of the data,
    `origins` (CNS codes of the providers it comes from), `query` and `consent` are as in
    `kernel.call.Deed`; `address` is where the request came from. `resource` is an AuditEvent that
    somebody else's software made and sent here, as it came.
    """

    action: str
    outcome: AuditOutcome
    request_id: str
    caller: Caller | None = None
    refusal: str | None = None
    patient: str | None = None
    entities: tuple[str, ...] = ()
    interaction: Interaction = Interaction.EXECUTE
    categories: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    query: str | None = None
    address: str | None = None
    consent: str | None = None
    resource: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the trail keeps it; `hash` covers the entry and the hash before it.

    `event` is its FHIR AuditEvent, JSON; the hash covers it, too.
    """

    number: int
    at: datetime
    entry: AuditEntry
    previous_hash: str
    hash: str
    event: bytes = b""


class AuditTrail(Protocol):
    """Append-only; the chain's head is read in the write transaction it extends."""

    def record(self, tx: Transaction, entry: AuditEntry) -> int:
        """Write an entry and its AuditEvent; return its number, which is the AuditEvent's id."""
        ...

    def entries(self, tx: Transaction) -> Iterator[StoredEntry]:
        """Give every entry, oldest first."""
        ...

    def broken_at(self, tx: Transaction) -> int | None:
        """Return the number of the first entry that does not fit the chain, None if all do."""
        ...


AUDIT: Port[AuditTrail] = Port("audit")
