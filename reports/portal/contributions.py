"""Keeps what practices give to the analysis, apart from their assessments; knows no page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.store import Store
from reports.cesar.analysis.contribution import Contribution

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Owns the contributions of one store. `randomness(n)` gives n bytes."""

    store: Store
    randomness: Callable[[int], bytes]

    def give(self, given: Contribution, *, assessment: str) -> bool:
        """Keep a contribution, once an assessment; return whether it was the first.

        Nothing tells afterwards which of them came from this assessment.
        """
        with self.store.write() as tx:
            marked = tx.execute(
                "UPDATE assessment SET is_counted = 1 WHERE id = ? AND is_counted = 0",
                (assessment,),
            )
            if marked.rowcount != 1:
                return False
            tx.execute(
                "INSERT INTO contribution (id, month, content) VALUES (?, ?, ?)",
                (self.randomness(_ID_BYTES).hex(), given.month, given.model_dump_json()),
            )
        return True

    def was_given(self, assessment: str) -> bool:
        """Tell whether an assessment gave its contribution."""
        with self.store.read() as tx:
            query = "SELECT is_counted FROM assessment WHERE id = ?"
            row = tx.execute(query, (assessment,)).fetchone()
        return row is not None and bool(row["is_counted"])

    def since(self, month: str) -> tuple[Contribution, ...]:
        """Return the contributions from a month (YYYY-MM) on."""
        with self.store.read() as tx:
            query = "SELECT content FROM contribution WHERE month >= ? ORDER BY id"
            rows = tx.execute(query, (month,)).fetchall()
        return tuple(Contribution.model_validate_json(row["content"]) for row in rows)
