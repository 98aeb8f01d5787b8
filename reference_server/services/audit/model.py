"""An audit event as one canonical text, its place in the chain, and anchors; knows no table."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from reference_server.ports import AuditEntry, StoredEntry

GENESIS = "0" * 64
"""The hash before the first event."""

_encoder = msgspec.json.Encoder(order="deterministic")


class _Content(msgspec.Struct, frozen=True):
    at: datetime
    entry: AuditEntry
    event: msgspec.Raw = msgspec.Raw()


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
    told = {name: value for name, value in asdict(entry).items() if name != "resource"}
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
