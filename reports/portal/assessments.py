"""Keeps self-assessments: begun, changed, found again by their code, deleted; knows no page.

What is kept tells nobody who answered. A day of no use is counted, never a time.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from reference_server.kernel.migrations import Migration, read_migrations
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Row, Store, Transaction
from reports.cesar.replies import Replies
from reports.cesar.result import Result
from reports.portal.codes import digest, new_code, read_code

IDLE_DAYS: Final = 365
"""An assessment that nobody used for so long is deleted."""
EMPTY_DAYS: Final = 1
"""One without any answer goes sooner."""
_ID_BYTES: Final = 16
_ONE: Final = "SELECT id, revision, content, earlier FROM assessment WHERE"


@cache
def migrations(dialect: Dialect) -> tuple[Migration, ...]:
    """Return the tables of the portal."""
    return read_migrations("portal", files("reports.portal") / "sql", dialect=dialect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One assessment as it is kept; `revision` grows with every change."""

    id: str
    revision: int
    replies: Replies
    earlier: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessments:
    """Owns the assessments of one store. `randomness(n)` gives n bytes, `today` the day in UTC."""

    store: Store
    randomness: Callable[[int], bytes]
    today: Callable[[], dt.date]

    def begin(self, replies: Replies) -> Kept:
        """Keep a new assessment."""
        own = self.randomness(_ID_BYTES).hex()
        with self.store.write() as tx:
            tx.execute(
                "INSERT INTO assessment (id, revision, content, used_on, is_begun)"
                " VALUES (?, 1, ?, ?, ?)",
                (own, replies.model_dump_json(), self._today(), int(bool(replies.replies))),
            )
        return Kept(id=own, revision=1, replies=replies, earlier=None)

    def find(self, own: str) -> Kept | None:
        """Return an assessment by its id; None where it was deleted."""
        with self.store.read() as tx:
            return _found(tx, "id = ?", own)

    def by_code(self, typed: str) -> Kept | None:
        """Return the assessment of a code; None where there is none."""
        plain = read_code(typed)
        if plain is None:
            return None
        with self.store.read() as tx:
            return _found(tx, "code_sha256 = ?", digest(plain))

    def change(self, own: str, changed: Callable[[Replies], Replies]) -> Kept | None:
        """Return an assessment after a change, kept; None where it was deleted meanwhile."""
        with self.store.write() as tx:
            kept = _found(tx, "id = ?", own)
            if kept is None:
                return None
            replies = changed(kept.replies)
            if replies == kept.replies:
                return kept
            tx.execute(
                "UPDATE assessment SET revision = revision + 1, content = ?, used_on = ?,"
                " is_begun = ? WHERE id = ?",
                (replies.model_dump_json(), self._today(), int(bool(replies.replies)), own),
            )
        return Kept(id=own, revision=kept.revision + 1, replies=replies, earlier=kept.earlier)

    def remember(self, own: str, earlier: Result | None) -> None:
        """Keep the earlier result that an assessment is compared with; None forgets it."""
        content = None if earlier is None else earlier.model_dump_json()
        with self.store.write() as tx:
            tx.execute(
                "UPDATE assessment SET revision = revision + 1, earlier = ?, used_on = ?"
                " WHERE id = ?",
                (content, self._today(), own),
            )

    def new_code(self, own: str) -> str:
        """Return a new code for an assessment, to be shown once; the one before is void."""
        shown = new_code(self.randomness)
        plain = read_code(shown) or ""
        with self.store.write() as tx:
            tx.execute(
                "UPDATE assessment SET code_sha256 = ?, used_on = ? WHERE id = ?",
                (digest(plain), self._today(), own),
            )
        return shown

    def delete(self, own: str) -> None:
        """Delete an assessment with the papers that were made of it."""
        with self.store.write() as tx:
            tx.execute("DELETE FROM assessment WHERE id = ?", (own,))

    def expire(self) -> int:
        """Delete what nobody used for long; return how many."""
        today = self.today()
        idle = (today - dt.timedelta(days=IDLE_DAYS)).isoformat()
        empty = (today - dt.timedelta(days=EMPTY_DAYS)).isoformat()
        with self.store.write() as tx:
            return tx.execute(
                "DELETE FROM assessment WHERE used_on < ? OR (is_begun = 0 AND used_on < ?)",
                (idle, empty),
            ).rowcount

    def _today(self) -> str:
        return self.today().isoformat()


def _found(tx: Transaction, condition: str, value: str) -> Kept | None:
    row: Row | None = tx.execute(f"{_ONE} {condition}", (value,)).fetchone()
    if row is None:
        return None
    earlier = row["earlier"]
    return Kept(
        id=row["id"],
        revision=row["revision"],
        replies=Replies.model_validate_json(row["content"]),
        earlier=None if earlier is None else Result.model_validate_json(earlier),
    )
