"""HL7 messages that were done, and what queries have not told yet, in the store."""

from dataclasses import dataclass
from typing import Final

import msgspec

from reference_server.kernel.store import Transaction

_persons: Final = msgspec.json.Decoder(tuple[str, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A message that was done: a digest of it, and what was answered."""

    digest: str
    answer: bytes


def done_before(tx: Transaction, sender: str, control_id: str) -> Done | None:
    """Return what became of a sender's message of this MSH-10; None where it is new."""
    row = tx.execute(
        "SELECT digest, answer FROM patient_message WHERE sender = ? AND control_id = ?",
        (sender, control_id),
    ).fetchone()
    return None if row is None else Done(digest=row["digest"], answer=bytes(row["answer"]))


def keep_done(tx: Transaction, sender: str, control_id: str, done: Done, *, at: str) -> None:
    """Remember a message that was done, in the transaction that does it."""
    tx.execute(
        "INSERT INTO patient_message (sender, control_id, digest, answer, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (sender, control_id, done.digest, done.answer, at),
    )


def forget_before(tx: Transaction, at: str, *, continuations: str) -> None:
    """Forget messages done before `at`, and continuations from before `continuations`."""
    tx.execute("DELETE FROM patient_message WHERE at < ?", (at,))
    tx.execute("DELETE FROM patient_continuation WHERE at < ?", (continuations,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A query: whose, under which tag (QPD-2), and a digest of what was asked."""

    sender: str
    tag: str
    question: str


def keep_rest(
    tx: Transaction, pointer: str, asking: Asking, rest: tuple[str, ...], *, at: str
) -> None:
    """Keep what a query found and has not told."""
    tx.execute(
        "INSERT INTO patient_continuation (pointer, sender, tag, question, persons, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (pointer, asking.sender, asking.tag, asking.question, msgspec.json.encode(rest), at),
    )


def rest_of(tx: Transaction, pointer: str, asking: Asking, *, since: str) -> tuple[str, ...] | None:
    """Return what a query has not told yet; None where the pointer is not of it, or too old."""
    row = tx.execute(
        "SELECT persons FROM patient_continuation"
        " WHERE pointer = ? AND sender = ? AND tag = ? AND question = ? AND at >= ?",
        (pointer, asking.sender, asking.tag, asking.question, since),
    ).fetchone()
    return None if row is None else _persons.decode(row["persons"])


def drop_rests(tx: Transaction, sender: str, tag: str) -> None:
    """Forget what a query has not told: its sender cancelled it."""
    tx.execute("DELETE FROM patient_continuation WHERE sender = ? AND tag = ?", (sender, tag))
