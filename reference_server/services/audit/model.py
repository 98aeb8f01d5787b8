"""An audit event as one canonical text, and its place in the chain; knows no table."""

import hashlib
from dataclasses import asdict
from datetime import datetime

import msgspec

from reference_server.ports import AuditEntry, StoredEntry

GENESIS = "0" * 64
"""The hash before the first event."""

_encoder = msgspec.json.Encoder(order="deterministic")


class _Content(msgspec.Struct, frozen=True):
    at: datetime
    entry: AuditEntry


def write(entry: AuditEntry, *, at: datetime) -> str:
    """Return the canonical text of an event."""
    content = {"at": at, "entry": asdict(entry)}
    return _encoder.encode(content).decode()


def read(number: int, content: str, *, previous_hash: str, own_hash: str) -> StoredEntry:
    """Return an event from its text; msgspec.DecodeError when it is not one."""
    decoded = msgspec.json.decode(content, type=_Content)
    return StoredEntry(
        number=number,
        at=decoded.at,
        entry=decoded.entry,
        previous_hash=previous_hash,
        hash=own_hash,
    )


def chain(previous_hash: str, content: str) -> str:
    """Return the hash of an event: SHA-256 over the hash before it and its text."""
    return hashlib.sha256(f"{previous_hash}\n{content}".encode()).hexdigest()
