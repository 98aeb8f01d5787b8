"""Who is visiting: sessions with opaque ids, hashed at rest; knows no person and no page."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final, Protocol, Self

from starlette.responses import Response

from reference_server.kernel.base64url import base64url
from reference_server.kernel.cookies import cookie, own_name
from reference_server.kernel.migrations import Migration, read_migrations
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Store, Transaction

ID_BYTES: Final = 32
IDLE_SECONDS: Final = 30 * 60
LONGEST_SECONDS: Final = 8 * 60 * 60
_END: Final = (
    "DELETE FROM web_session WHERE id_sha256 IN"
    " (SELECT id_sha256 FROM web_session_mark WHERE name = ? AND value = ?)"
)
_PUT: Final = (
    "INSERT INTO web_session (id_sha256, begun_at, used_at, content) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id_sha256) DO UPDATE SET used_at = excluded.used_at,"
    " content = excluded.content"
)


class Visiting(Protocol):
    """What of a visit tells whose session it is."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def is_https(self) -> bool: ...


@cache
def migrations(dialect: Dialect = Dialect.SQLITE) -> tuple[Migration, ...]:
    """Return the tables of sessions, for any store that keeps them."""
    return read_migrations("web", files("reference_server.kernel.web") / "sql", dialect=dialect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """One sentence for the next page: `kind` is `done`, `note` or `wrong`."""

    message_id: str
    params: tuple[tuple[str, str], ...] = ()
    kind: str = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A visitor's session. `id` is known to the browser alone; times in seconds since 1970.

    `values` are the pages' own small facts, never a secret. A session that was never `put` is
    kept by nobody.
    """

    id: str
    begun_at: int
    values: Mapping[str, str] = field(default_factory=dict)
    flashes: tuple[Flash, ...] = ()
    is_kept: bool = False

    @property
    def guard(self) -> str:
        """What this session's forms carry: tells nothing of the id, and nobody else can make it."""
        return _sha256(f"form:{self.id}")

    def value(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def with_value(self, name: str, value: str | None) -> Self:
        """Return it with a value; None takes it out."""
        rest = {key: held for key, held in self.values.items() if key != name}
        return replace(self, values=rest if value is None else {**rest, name: value})

    def with_flash(self, message_id: str, *, kind: str = "done", **params: str | int) -> Self:
        """Return it with a sentence for the next page."""
        told = tuple((name, str(value)) for name, value in params.items())
        return replace(
            self,
            flashes=(*self.flashes, Flash(message_id=message_id, params=told, kind=kind)),
        )

    def without_flashes(self) -> Self:
        """Return it as it is after a page has shown them."""
        return replace(self, flashes=())


class Sessions:
    """Owns the sessions of one site in one store.

    `name` tells the cookies of several sites on one host apart; `randomness(n)` gives n bytes.
    A session ends `idle` seconds after its last use, at the latest `longest` after it began.
    `ended_by` names the values by which `end_all` may find sessions.
    """

    def __init__(
        self,
        store: Store,
        *,
        name: str,
        randomness: Callable[[int], bytes],
        now: Callable[[], datetime],
        idle: int = IDLE_SECONDS,
        longest: int = LONGEST_SECONDS,
        ended_by: Collection[str] = (),
    ) -> None:
        self._store = store
        self._name = f"session-{name}"
        self._randomness = randomness
        self._now = now
        self._idle = idle
        self._longest = longest
        self._ended_by = frozenset(ended_by)

    def of(self, visit: Visiting) -> Session:
        """Return the visitor's session; a new one where there is none, or it is over."""
        given = cookie(visit.headers, own_name(self._name, is_https=visit.is_https))
        with self._store.read() as tx:
            found = self._find(tx, given) if given else None
        return found or self._new()

    def put(self, session: Session) -> Session:
        """Keep a session, and forget those that are over."""
        with self._store.write() as tx:
            self._forget(tx)
            self._put(tx, session)
        return replace(session, is_kept=True)

    def renew(self, session: Session) -> Session:
        """Return the session under a new id; whoever knew the old one knows nothing."""
        renewed = replace(self._new(), values=session.values, flashes=session.flashes)
        with self._store.write() as tx:
            self._forget(tx)
            self._drop(tx, session)
            self._put(tx, renewed)
        return replace(renewed, is_kept=True)

    def end(self, session: Session) -> Session:
        """Forget a session and return a new one, not kept yet."""
        with self._store.write() as tx:
            self._drop(tx, session)
        return self._new()

    def end_all(self, name: str, value: str) -> int:
        """End every session that has a value, wherever its browser is; return how many.

        Raises ValueError for a name that is not among `ended_by`.
        """
        if name not in self._ended_by:
            raise ValueError(name)
        with self._store.write() as tx:
            return tx.execute(_END, (name, value)).rowcount

    def carried(self, answer: Response, session: Session, visit: Visiting) -> Response:
        """Return an answer that tells the browser its session (a cookie until it closes)."""
        answer.set_cookie(
            own_name(self._name, is_https=visit.is_https),
            session.id,
            secure=visit.is_https,
            httponly=True,
            samesite="lax",
        )
        return answer

    def _new(self) -> Session:
        raw = base64url(self._randomness(ID_BYTES))
        return Session(id=raw, begun_at=self._seconds())

    def _seconds(self) -> int:
        return int(self._now().timestamp())

    def _find(self, tx: Transaction, given: str) -> Session | None:
        query = "SELECT begun_at, used_at, content FROM web_session WHERE id_sha256 = ?"
        row = tx.execute(query, (_sha256(given),)).fetchone()
        now = self._seconds()
        if row is None or now >= min(row["used_at"] + self._idle, row["begun_at"] + self._longest):
            return None
        return _session(given, int(row["begun_at"]), row["content"])

    def _put(self, tx: Transaction, session: Session) -> None:
        now = self._seconds()
        own = _sha256(session.id)
        tx.execute(_PUT, (own, session.begun_at, now, _content(session)))
        if self._ended_by:
            self._mark(tx, own, session)

    def _mark(self, tx: Transaction, own: str, session: Session) -> None:
        tx.execute("DELETE FROM web_session_mark WHERE id_sha256 = ?", (own,))
        for name in sorted(self._ended_by & session.values.keys()):
            tx.execute(
                "INSERT INTO web_session_mark (id_sha256, name, value) VALUES (?, ?, ?)",
                (own, name, session.values[name]),
            )

    def _drop(self, tx: Transaction, session: Session) -> None:
        tx.execute("DELETE FROM web_session WHERE id_sha256 = ?", (_sha256(session.id),))

    def _forget(self, tx: Transaction) -> None:
        now = self._seconds()
        tx.execute(
            "DELETE FROM web_session WHERE used_at <= ? OR begun_at <= ?",
            (now - self._idle, now - self._longest),
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _content(session: Session) -> str:
    flashes = [[each.message_id, dict(each.params), each.kind] for each in session.flashes]
    return json.dumps({"values": dict(session.values), "flashes": flashes})


def _session(own: str, begun_at: int, content: str) -> Session:
    told = json.loads(content)
    flashes = (
        Flash(message_id=message_id, params=tuple(params.items()), kind=kind)
        for message_id, params, kind in told["flashes"]
    )
    return Session(
        id=own, begun_at=begun_at, values=told["values"], flashes=tuple(flashes), is_kept=True
    )
