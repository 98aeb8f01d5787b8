"""HL7 messages that were done, and what queries have not told yet, in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from reference_server.kernel.gathered import Gathered, beneath
from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Transaction

_persons: Final = msgspec.json.Decoder(tuple[str, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A message that was done: a digest of it, and what was answered."""

    digest: str
    answer: bytes


def done_before(tx: Transaction, sender: str, control_id: str) -> Done | None:
    """Return what became of a sender's message of this MSH-10; None where it is new."""
    if isinstance(tx, Gathered):
        waiting = tx.waiting(DoneWaiting).done.get((sender, control_id))
        if waiting is not None:
            return waiting[0]
    row = (
        beneath(tx)
        .execute(
            "SELECT digest, answer FROM patient_message WHERE sender = ? AND control_id = ?",
            (sender, control_id),
        )
        .fetchone()
    )
    return None if row is None else Done(digest=row["digest"], answer=bytes(row["answer"]))


class DoneWaiting:
    """Messages that were done, and when, by sender and control id."""

    tables: ClassVar = frozenset({"patient_message"})

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], tuple[Done, str]] = {}

    def write(self, tx: Transaction, /) -> None:
        waiting, self.done = self.done, {}
        _write(tx, [(*key, done.digest, done.answer, at) for key, (done, at) in waiting.items()])


def keep_done(tx: Transaction, sender: str, control_id: str, done: Done, *, at: str) -> None:
    """Remember a message that was done, in the transaction that does it."""
    if isinstance(tx, Gathered):
        tx.waiting(DoneWaiting).done[sender, control_id] = (done, at)
    else:
        _write(tx, [(sender, control_id, done.digest, done.answer, at)])


def _write(tx: Transaction, rows: Sequence[tuple[str, str, str, bytes, str]]) -> None:
    insert_many(tx, "patient_message", "sender, control_id, digest, answer, at", rows)


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
