"""Papers that are ordered by a page and made by a worker: asked for, made, fetched; draws none.

The order is a row; the queue carries only its id, so that a lost message loses nothing: whoever
still waits asks again.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from reference_server.kernel.store import Store
from reports.cesar.banks import load_instrument
from reports.cesar.path import Profile
from reports.cesar.questions import InstrumentName, Profession, Tag
from reports.cesar.result import assessed
from reports.portal.assessments import Assessments
from reports.portal.office.office import Office
from reports.portal.office.sheets import sheet_of
from reports.render.dossier.sheet import as_pdf as dossier_pdf
from reports.render.pdf import PdfUnavailableError
from reports.render.result.papers import Issue, PaperName, as_pdf, form_pdf
from scenarios.model import Declared
from test_suites.subjects.model import PracticeSize

ASK_AGAIN_SECONDS: Final = 20
KEPT_SECONDS: Final = 24 * 60 * 60
Language: TypeAlias = Literal["fr", "en", "de"]


class Wanted(Declared):
    """Owns one order: which paper, in which language, made on which day, of which answers.

    A `form` has a profile, a `dossier` a vendor's dossier; every other paper an assessment. Both
    are meant at a revision.
    """

    paper: Literal["form", "dossier"] | PaperName
    language: Language
    day: dt.date
    assessment: str | None = None
    dossier: str | None = None
    revision: int = 0
    instrument: InstrumentName = "professional"
    profession: Profession | None = None
    size: PracticeSize | None = None
    tags: tuple[Tag, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same order."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """How an order stands: `content` is the PDF, None while it is being made.

    `fault` is what the system lacks to make one.
    """

    content: bytes | None
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Owns the orders of one store. `now` in seconds since 1970; `queue` wakes a worker."""

    store: Store
    assessments: Assessments
    office: Office
    now: Callable[[], int]
    queue: Callable[[str], None]

    def get(self, wanted: Wanted) -> Paper:
        """Return how an order stands; what was not asked for yet is asked for now."""
        with self.store.write() as tx:
            row = tx.execute(
                "SELECT asked_at, content, fault FROM paper WHERE id = ?", (wanted.id,)
            ).fetchone()
            is_new = row is None or (
                row["content"] is None and row["asked_at"] <= self.now() - ASK_AGAIN_SECONDS
            )
            if is_new:
                self._ask(tx.execute, wanted)
        if is_new:
            self.queue(wanted.id)
            return Paper(content=None, fault=None)
        content = row["content"]
        return Paper(content=None if content is None else bytes(content), fault=row["fault"])

    def make(self, own: str) -> None:
        """Make the paper of an order, unless it is made or nobody wants it any more."""
        with self.store.read() as tx:
            row = tx.execute("SELECT wanted, content FROM paper WHERE id = ?", (own,)).fetchone()
        if row is None or row["content"] is not None:
            return
        content, fault = None, None
        try:
            content = self._drawn(Wanted.model_validate_json(row["wanted"]))
        except PdfUnavailableError as error:
            fault = str(error)
        with self.store.write() as tx:
            tx.execute(
                "UPDATE paper SET content = ?, fault = ? WHERE id = ?", (content, fault, own)
            )

    def forget(self) -> None:
        """Delete papers that were ordered long ago: they can be made again."""
        with self.store.write() as tx:
            tx.execute("DELETE FROM paper WHERE asked_at < ?", (self.now() - KEPT_SECONDS,))

    def _ask(self, execute: Callable[..., object], wanted: Wanted) -> None:
        # A changed answer makes a new revision: papers of those before are of no use.
        execute("DELETE FROM paper WHERE id = ?", (wanted.id,))
        execute(
            "INSERT INTO paper (id, assessment, dossier, wanted, asked_at) VALUES (?, ?, ?, ?, ?)",
            (wanted.id, wanted.assessment, wanted.dossier, wanted.model_dump_json(), self.now()),
        )

    def _drawn(self, wanted: Wanted) -> bytes | None:
        if wanted.paper == "form":
            profile = Profile(
                profession=wanted.profession, size=wanted.size, tags=frozenset(wanted.tags)
            )
            instrument = load_instrument(wanted.instrument)
            return form_pdf(profile, instrument=instrument, language=wanted.language)
        if wanted.paper == "dossier":
            sheet = sheet_of(self.office, wanted.dossier or "", day=wanted.day)
            return None if sheet is None else dossier_pdf(sheet, wanted.language)
        kept = self.assessments.find(wanted.assessment or "")
        if kept is None:
            return None
        issue = Issue(
            result=assessed(load_instrument(kept.replies.instrument), kept.replies),
            language=wanted.language,
            day=wanted.day,
            earlier=kept.earlier,
        )
        return as_pdf(issue, wanted.paper)
