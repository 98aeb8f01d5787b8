"""An audit event as one canonical text, its place in the chain, and anchors; knows no table."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import msgspec

from reference_server.ports import AuditEntry, StoredEntry

GENESIS = "0" * 64
"""The hash before the first event."""

PURGE = "purge-audit"
"""The action of the events that tell of what went."""

_encoder = msgspec.json.Encoder(order="deterministic")
_TOLD = tuple(each.name for each in fields(AuditEntry) if each.name != "resource")


class _Content(msgspec.Struct, frozen=True):
    at: datetime
    entry: AuditEntry
    event: msgspec.Raw = msgspec.Raw()


class _FiledEntry(msgspec.Struct, frozen=True):
    action: str
    categories: tuple[str, ...] = ()


class _Filed(msgspec.Struct, frozen=True):
    entry: _FiledEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What is left of the events up to `number`, which were purged: the hash of the last of them.

    `rule` names the rule they were purged by, `count` how many they were.
    """

    number: int
    hash: str
    purged_at: str
    rule: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many years events are kept: by category of data, and where no category tells.

    An event about several categories is kept as long as the longest of them.
    """

    years: int
    by_category: Mapping[str, int] = field(default_factory=dict)

    def years_of(self, categories: tuple[str, ...]) -> int:
        """Return for how many years an event of these categories is kept."""
        return max(
            (self.by_category.get(each, self.years) for each in categories), default=self.years
        )

    @property
    def longest(self) -> int:
        """The years after which nothing is kept."""
        return max(self.years, *self.by_category.values()) if self.by_category else self.years

    @property
    def shortest(self) -> int:
        """The years before which nothing goes."""
        return min(self.years, *self.by_category.values()) if self.by_category else self.years

    @property
    def text(self) -> str:
        """The rule in words that its traces tell: `audit-years-10 ePrescription=5`."""
        told = (f"{name}={years}" for name, years in sorted(self.by_category.items()))
        return " ".join((f"audit-years-{self.years}", *told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is left of single events that went; `digest` is over their numbers and hashes."""

    number: int
    purged_at: str
    rule: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a search: any of `values` of `name`; `date` has `comparison` and one."""

    name: str
    values: tuple[str, ...]
    comparison: str = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """What is looked for: all conditions hold, the latest first."""

    conditions: tuple[Condition, ...] = ()
    count: int = 50
    offset: int = 0


def write(entry: AuditEntry, *, at: datetime, event: Mapping[str, Any]) -> str:
    """Return the canonical text of an event."""
    told = {name: getattr(entry, name) for name in _TOLD}
    return _encoder.encode({"at": at, "entry": told, "event": event}).decode()


def read(number: int, content: str, *, previous_hash: str, own_hash: str) -> StoredEntry:
    """Return an event from its text; msgspec.DecodeError when it is not one."""
    decoded = msgspec.json.decode(content, type=_Content)
    return StoredEntry(
        number=number,
        at=decoded.at,
        entry=decoded.entry,
        previous_hash=previous_hash,
        hash=own_hash,
        event=bytes(decoded.event),
    )


def chain(previous_hash: str, content: str) -> str:
    """Return the hash of an event: SHA-256 over the hash before it and its text."""
    return hashlib.sha256(f"{previous_hash}\n{content}".encode()).hexdigest()


def digest_of(gaps: Iterable[tuple[int, str]]) -> str:
    """Return the hash that a purge's own event tells: over number and hash of each that went."""
    text = "\n".join(f"{number}:{own_hash}" for number, own_hash in gaps)
    return hashlib.sha256(text.encode()).hexdigest()


def categories_of(content: str) -> tuple[str, ...]:
    """Return the categories of data that an event is about, from its text."""
    return msgspec.json.decode(content, type=_Filed).entry.categories


def is_of_purge(content: str) -> bool:
    """Tell whether an event is the trail's own word about what went."""
    return msgspec.json.decode(content, type=_Filed).entry.action == PURGE
