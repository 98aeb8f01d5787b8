"""What the portal's pages work with: store, sessions, assessments, papers, clock; knows no page."""

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from joserfc.jwk import ECKey

from reference_server.kernel.migrations import migrate
from reference_server.kernel.postgres import PostgresStore
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import POSTGRES, PostgresUrl, SqliteStore, Store
from reference_server.kernel.web import Sessions
from reference_server.kernel.web import migrations as session_migrations
from reports.cesar.supplied import AnswerSet
from reports.portal.assessments import Assessments, migrations
from reports.portal.contributions import Contributions
from reports.portal.office.members import ENDED_BY
from reports.portal.office.office import Office
from reports.portal.office.provider import ProviderSettings
from reports.portal.papers import Papers
from reports.portal.queue import Queue, open_queue

# A doctor is called away between two questions; a browser left open at the counter must end.
IDLE_SECONDS: Final = 4 * 60 * 60
LONGEST_SECONDS: Final = 12 * 60 * 60
DATABASE: Final = "portal.db"
QUEUE: Final = "queue.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Owns everything behind the pages; `now` is the time in UTC, `randomness(n)` gives n bytes."""

    store: Store
    sessions: Sessions
    assessments: Assessments
    papers: Papers
    contributions: Contributions
    queue: Queue
    now: Callable[[], dt.datetime]
    randomness: Callable[[int], bytes]
    office: Office
    admitted: tuple[AnswerSet, ...] = ()

    @classmethod
    def open(
        cls,
        *,
        database: str,
        queue: str,
        supplied: tuple[AnswerSet, ...] = (),
        provider: ProviderSettings | None = None,
        key: ECKey | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Self:
        """Return a desk over a store, whose tables are made; both addresses are files or URLs.

        `key` signs what suppliers publish; without one a key is made that ends with the desk.
        Raises QueueError, StoreError, sqlite3.Error, OSError.
        """
        store = _store(database)
        migrate(store, (*session_migrations(store.dialect), *migrations(store.dialect)))
        assessments = Assessments(store=store, randomness=randomness, today=lambda: now().date())

        def make_paper(own: str) -> None:
            papers.make(own)

        office = Office.over(
            store,
            key=key or ECKey.generate_key("P-256"),
            provider=provider,
            now=now,
            randomness=randomness,
        )
        waiting = open_queue(queue, make_paper)
        papers = Papers(
            store=store,
            assessments=assessments,
            office=office,
            now=lambda: int(now().timestamp()),
            queue=waiting.put,
        )
        return cls(
            store=store,
            sessions=_sessions(store, now=now, randomness=randomness),
            assessments=assessments,
            papers=papers,
            contributions=Contributions(store=store, randomness=randomness),
            queue=waiting,
            now=now,
            randomness=randomness,
            office=office,
            admitted=supplied,
        )

    @property
    def supplied(self) -> tuple[AnswerSet, ...]:
        """What suppliers answer: admitted by whoever runs the portal, or published here."""
        return (*self.admitted, *self.office.publications.sets())

    def tidy(self) -> None:
        """Delete what has expired."""
        self.assessments.expire()
        self.office.dossiers.expire()
        self.papers.forget()

    def close(self) -> None:
        """Close the store."""
        self.office.close()
        self.store.close()


def _sessions(
    store: Store, *, now: Callable[[], dt.datetime], randomness: Callable[[int], bytes]
) -> Sessions:
    return Sessions(
        store,
        name="portal",
        randomness=randomness,
        now=now,
        idle=IDLE_SECONDS,
        longest=LONGEST_SECONDS,
        ended_by=ENDED_BY,
    )


def _store(address: str) -> Store:
    if address.startswith(POSTGRES):
        return PostgresStore(PostgresUrl(address), world="portal")
    plain = address.removeprefix("sqlite:///")
    store = SqliteStore(plain if plain == ":memory:" else Path(plain))
    if store.dialect is Dialect.SQLITE:
        with store.write() as tx:
            # What somebody deletes is overwritten, not only forgotten.
            tx.execute("PRAGMA secure_delete=ON")
    return store
