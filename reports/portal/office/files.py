"""Keeps the files of dossiers: evidence and bills of materials; opens and runs none of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.store import Row, Store
from reports.cesar.dossier.evidence import Evidence
from reports.portal.office.dossiers import MOST_BYTES, MOST_FILES, Attached, FullError
from reports.portal.office.members import Member

EVIDENCE: Final = "evidence"
SBOM: Final = "sbom"
_ID_BYTES: Final = 16
_LONGEST_NAME: Final = 100
_SEEN: Final = "SELECT id, kind, name, media_type, size, sha256, given_by, given_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Owns the files of the dossiers of one store."""

    store: Store
    randomness: Callable[[int], bytes]
    now: Callable[[], dt.datetime]

    def put(self, dossier: str, seen: Evidence, content: bytes, *, kind: str, by: Member) -> str:
        """Keep a file under a name that no other of the dossier has; return it. FullError.

        A bill of materials takes the place of the one before.
        """
        with self.store.write() as tx:
            if kind == SBOM:
                tx.execute(
                    "DELETE FROM dossier_file WHERE dossier = ? AND kind = ?", (dossier, kind)
                )
            rows = tx.execute(
                "SELECT name, size FROM dossier_file WHERE dossier = ?", (dossier,)
            ).fetchall()
            total = sum(int(one["size"]) for one in rows) + seen.size
            if len(rows) >= MOST_FILES or total > MOST_BYTES:
                raise FullError
            name = _free(seen.name, {one["name"] for one in rows})
            tx.execute(
                "INSERT INTO dossier_file (id, dossier, kind, name, media_type, size, sha256,"
                " given_by, given_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self.randomness(_ID_BYTES).hex(),
                    dossier,
                    kind,
                    name,
                    seen.media_type,
                    seen.size,
                    seen.sha256,
                    by.function,
                    self.now().isoformat(timespec="seconds"),
                    content,
                ),
            )
        return name

    def of(self, dossier: str) -> tuple[Attached, ...]:
        """Return the files of a dossier without their content, by name."""
        query = f"{_SEEN} FROM dossier_file WHERE dossier = ? ORDER BY name"
        with self.store.read() as tx:
            return tuple(_attached(row) for row in tx.execute(query, (dossier,)).fetchall())

    def content(self, dossier: str, own: str) -> tuple[Attached, bytes] | None:
        """Return a file of a dossier with its content; None where there is none."""
        query = f"{_SEEN}, content FROM dossier_file WHERE dossier = ? AND id = ?"
        with self.store.read() as tx:
            row = tx.execute(query, (dossier, own)).fetchone()
        return None if row is None else (_attached(row), bytes(row["content"]))

    def bill(self, dossier: str) -> bytes | None:
        """Return the bill of materials; None where there is none."""
        query = "SELECT content FROM dossier_file WHERE dossier = ? AND kind = ?"
        with self.store.read() as tx:
            row = tx.execute(query, (dossier, SBOM)).fetchone()
        return None if row is None else bytes(row["content"])

    def drop(self, dossier: str, own: str) -> None:
        """Delete a file."""
        with self.store.write() as tx:
            tx.execute("DELETE FROM dossier_file WHERE dossier = ? AND id = ?", (dossier, own))


def _free(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.strip().rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    stem = stem[:_LONGEST_NAME].strip() or "file"
    ending = f"{dot}{suffix[:10]}" if dot else ""
    wanted, number = f"{stem}{ending}", 1
    while wanted in taken:
        number += 1
        wanted = f"{stem} ({number}){ending}"
    return wanted


def _attached(row: Row) -> Attached:
    return Attached(
        id=row["id"],
        kind=row["kind"],
        given_by=row["given_by"],
        given_at=row["given_at"],
        seen=Evidence(
            name=row["name"],
            media_type=row["media_type"],
            size=int(row["size"]),
            sha256=row["sha256"],
            fault=None,
        ),
    )
