"""Keeps the dossiers of organisations: answers, files, deeds; knows no page and judges nothing."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.store import Row, Store, Transaction
from reports.cesar.dossier.evidence import Evidence
from reports.cesar.dossier.model import Dossier
from reports.portal.office.members import Member
from scenarios.model import Declared
from test_suites.core.verdict import Verdict

MOST_DOSSIERS: Final = 30
MOST_FILES: Final = 120
MOST_BYTES: Final = 200 * 1024 * 1024
IDLE_DAYS: Final = 3 * 365
"""A dossier that nobody used for so long is deleted with its files."""
_ID_BYTES: Final = 16
_ONE: Final = "SELECT id, organisation, revision, content, measured, offer FROM dossier"


class Measured(Declared):
    """Owns what a campaign found, by requirement id, and where it comes from.

    `is_witnessed` where a reviewer attached it: only then it verifies an answer.
    """

    product: str
    product_version: str
    report_number: str
    issued: str
    sha256: str
    is_witnessed: bool
    verdicts: Mapping[str, Verdict]


class Offer(Declared):
    """Owns what a supplier would answer for its customers, by question of the professionals."""

    levels: Mapping[str, int]
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One dossier as it is kept; `revision` grows with every change."""

    id: str
    organisation: str
    revision: int
    dossier: Dossier
    measured: Measured | None
    offer: Offer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that somebody did: `deed` is a message id below `portal.vendor.deed`."""

    at: str
    by: str
    deed: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that belongs to a dossier, without its content; `kind` is `evidence` or `sbom`."""

    id: str
    kind: str
    given_by: str
    given_at: str
    seen: Evidence


class FullError(Exception):
    """There is no more room: too many dossiers, files or bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossiers:
    """Owns the dossiers of one store. `randomness(n)` gives n bytes, `now` the time in UTC."""

    store: Store
    randomness: Callable[[int], bytes]
    now: Callable[[], dt.datetime]

    def begin(self, dossier: Dossier, *, by: Member) -> Kept:
        """Keep a new dossier of somebody's organisation; raises FullError."""
        own = self.randomness(_ID_BYTES).hex()
        with self.store.write() as tx:
            row = tx.execute(
                "SELECT count(*) AS many FROM dossier WHERE organisation = ?", (by.organisation,)
            ).fetchone()
            if row is not None and row["many"] >= MOST_DOSSIERS:
                raise FullError
            tx.execute(
                "INSERT INTO dossier (id, organisation, revision, content, used_on)"
                " VALUES (?, ?, 1, ?, ?)",
                (own, by.organisation, dossier.model_dump_json(), self._today()),
            )
            self._note(tx, own, by, deed="begun")
        return Kept(
            id=own,
            organisation=by.organisation,
            revision=1,
            dossier=dossier,
            measured=None,
            offer=None,
        )

    def find(self, own: str, *, by: Member) -> Kept | None:
        """Return a dossier that somebody may see; None for every other."""
        with self.store.read() as tx:
            return _found(tx, own, by)

    def whole(self, own: str) -> Kept | None:
        """Return a dossier to a worker, whom nobody sees; None where there is none."""
        with self.store.read() as tx:
            row = tx.execute(f"{_ONE} WHERE id = ?", (own,)).fetchone()
        return None if row is None else _kept(row)

    def of(self, by: Member) -> tuple[Kept, ...]:
        """Return the dossiers of somebody's organisation; a reviewer's are all."""
        with self.store.read() as tx:
            if by.is_reviewer:
                rows = tx.execute(f"{_ONE} ORDER BY id").fetchall()
            else:
                rows = tx.execute(
                    f"{_ONE} WHERE organisation = ? ORDER BY id", (by.organisation,)
                ).fetchall()
        return tuple(_kept(row) for row in rows)

    def change(
        self,
        own: str,
        changed: Callable[[Dossier], Dossier],
        *,
        by: Member,
        deed: str,
        about: str = "",
    ) -> Kept | None:
        """Return a dossier after a change, kept with who made it; None where it is gone."""
        with self.store.write() as tx:
            kept = _found(tx, own, by)
            if kept is None:
                return None
            dossier = changed(kept.dossier)
            if dossier == kept.dossier:
                return kept
            self._put(tx, own, "content", dossier.model_dump_json())
            self._note(tx, own, by, deed=deed, about=about)
        return Kept(
            id=own,
            organisation=kept.organisation,
            revision=kept.revision + 1,
            dossier=dossier,
            measured=kept.measured,
            offer=kept.offer,
        )

    def measure(self, own: str, measured: Measured | None, *, by: Member) -> None:
        """Keep what a campaign found beside the answers; None takes it away."""
        with self.store.write() as tx:
            content = None if measured is None else measured.model_dump_json()
            self._put(tx, own, "measured", content)
            about = "" if measured is None else measured.report_number
            self._note(tx, own, by, deed="measured" if measured else "unmeasured", about=about)

    def offering(self, own: str, offer: Offer, *, by: Member, deed: str) -> None:
        """Keep what a supplier would answer for its customers."""
        with self.store.write() as tx:
            self._put(tx, own, "offer", offer.model_dump_json())
            self._note(tx, own, by, deed=deed, about=str(len(offer.levels)))

    def delete(self, own: str) -> None:
        """Delete a dossier with its files, its papers and what was published of it."""
        with self.store.write() as tx:
            tx.execute("DELETE FROM dossier WHERE id = ?", (own,))

    def expire(self) -> int:
        """Delete what nobody used for years; return how many."""
        idle = (self.now().date() - dt.timedelta(days=IDLE_DAYS)).isoformat()
        with self.store.write() as tx:
            return tx.execute("DELETE FROM dossier WHERE used_on < ?", (idle,)).rowcount

    def deeds(self, own: str) -> tuple[Deed, ...]:
        """Return who did what, the latest first."""
        query = "SELECT done_at, done_by, deed, about FROM dossier_deed WHERE dossier = ?"
        with self.store.read() as tx:
            rows = tx.execute(f"{query} ORDER BY number DESC", (own,)).fetchall()
        return tuple(
            Deed(at=one["done_at"], by=one["done_by"], deed=one["deed"], about=one["about"])
            for one in rows
        )

    def note(self, own: str, deed: str, *, by: Member, about: str = "") -> None:
        """Write down something that somebody did and that changed no answer."""
        with self.store.write() as tx:
            self._note(tx, own, by, deed=deed, about=about)

    def _put(self, tx: Transaction, own: str, column: str, content: str | None) -> None:
        query = f"UPDATE dossier SET revision = revision + 1, {column} = ?, used_on = ?"  # noqa: S608  our own column names
        tx.execute(f"{query} WHERE id = ?", (content, self._today(), own))

    def _note(self, tx: Transaction, own: str, by: Member, *, deed: str, about: str = "") -> None:
        row = tx.execute(
            "SELECT count(*) AS many FROM dossier_deed WHERE dossier = ?", (own,)
        ).fetchone()
        number = 1 if row is None else int(row["many"]) + 1
        at = self.now().isoformat(timespec="seconds")
        who = json.dumps([by.person, by.function, by.called], ensure_ascii=False)
        tx.execute(
            "INSERT INTO dossier_deed (id, dossier, number, done_at, done_by, deed, about)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.randomness(_ID_BYTES).hex(), own, number, at, who, deed, about),
        )

    def _today(self) -> str:
        return self.now().date().isoformat()


def _found(tx: Transaction, own: str, by: Member) -> Kept | None:
    row = tx.execute(f"{_ONE} WHERE id = ?", (own,)).fetchone()
    if row is None or not (by.is_reviewer or row["organisation"] == by.organisation):
        return None
    return _kept(row)


def _kept(row: Row) -> Kept:
    measured, offer = row["measured"], row["offer"]
    return Kept(
        id=row["id"],
        organisation=row["organisation"],
        revision=row["revision"],
        dossier=Dossier.model_validate_json(row["content"]),
        measured=None if measured is None else Measured.model_validate_json(measured),
        offer=None if offer is None else Offer.model_validate_json(offer),
    )
