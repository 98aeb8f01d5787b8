"""Sessions are found by a cookie alone, end in time, and their ids stand nowhere at rest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from reference_server.kernel.migrations import migrate
from reference_server.kernel.store import SqliteStore
from reference_server.kernel.web import Session, Sessions, Visit, migrations
from reference_server.world import SystemRandomness
from tests.reference_server.kernel.web.pages import visit


class Time:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def passes(self, **by: int) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(file)
    migrate(opened, migrations())
    yield opened
    opened.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sessions(store: SqliteStore, time: Time) -> Sessions:
    return Sessions(
        store, name="w", randomness=SystemRandomness().bytes, now=time.now, ended_by=("person",)
    )


def back(sessions: Sessions, session: Session) -> Visit:
    """Return the next visit of the browser that got a session."""
    answer = sessions.carried(Response(), session, visit())
    pair, *attributes = (part.strip() for part in answer.headers["set-cookie"].split(";"))
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(attributes)
    assert pair.startswith("__Host-session-w=")
    return visit(headers={"cookie": pair})


def test_a_session_comes_back_with_its_values_and_flashes(sessions: Sessions) -> None:
    session = sessions.of(visit()).with_value("user", "9100000017").with_flash("web.fault", n=1)
    found = sessions.of(back(sessions, sessions.put(session)))
    assert (found.value("user"), found.is_kept) == ("9100000017", True)
    assert [(each.message_id, dict(each.params)) for each in found.flashes] == [
        ("web.fault", {"n": "1"})
    ]
    assert sessions.of(back(sessions, sessions.put(found.without_flashes()))).flashes == ()


def test_a_stranger_and_a_made_up_id_get_a_new_session_each(sessions: Sessions) -> None:
    first, second = sessions.of(visit()), sessions.of(visit())
    assert first.id != second.id
    assert not first.is_kept
    made_up = sessions.of(visit(headers={"cookie": "__Host-session-w=chosen"}))
    assert made_up.id != "chosen"
    assert not made_up.is_kept


def test_the_id_is_nowhere_at_rest_and_the_guard_tells_nothing_of_it(
    sessions: Sessions, store: SqliteStore
) -> None:
    session = sessions.put(sessions.of(visit()))
    assert session.id not in session.guard
    with store.read() as tx:
        rows = [tuple(row) for row in tx.execute("SELECT * FROM web_session").fetchall()]
    assert len(rows) == 1
    for kept in map(str, rows[0]):
        assert session.id not in kept
        assert session.guard not in kept


def test_an_idle_session_ends_and_a_used_one_ends_all_the_same(
    sessions: Sessions, time: Time
) -> None:
    browser = back(sessions, sessions.put(sessions.of(visit()).with_value("user", "a")))
    for _ in range(16):
        time.passes(minutes=29)
        sessions.put(sessions.of(browser))
    assert sessions.of(browser).value("user") == "a"
    time.passes(minutes=17)
    assert sessions.of(browser).value("user") == ""
    other = back(sessions, sessions.put(sessions.of(visit()).with_value("user", "b")))
    time.passes(minutes=30)
    assert sessions.of(other).value("user") == ""


def test_at_sign_in_the_id_changes_and_the_old_one_is_nobodys(sessions: Sessions) -> None:
    before = sessions.put(sessions.of(visit()).with_value("step", "2"))
    after = sessions.renew(before.with_value("user", "a"))
    assert after.id != before.id
    assert sessions.of(back(sessions, after)).values == {"step": "2", "user": "a"}
    assert sessions.of(back(sessions, before)).values == {}


def test_signing_out_forgets(sessions: Sessions) -> None:
    session = sessions.put(sessions.of(visit()).with_value("user", "a"))
    fresh = sessions.end(session)
    assert sessions.of(back(sessions, session)).values == {}
    assert fresh.id != session.id


def test_sessions_that_are_over_are_taken_out_of_the_store(
    sessions: Sessions, store: SqliteStore, time: Time
) -> None:
    for _ in range(3):
        sessions.put(sessions.of(visit()))
    time.passes(hours=1)
    sessions.put(sessions.of(visit()))
    with store.read() as tx:
        assert tx.execute("SELECT COUNT(*) FROM web_session").fetchone()[0] == 1


def test_every_session_of_a_person_is_ended_wherever_its_browser_is(sessions: Sessions) -> None:
    here, there, other = (
        sessions.put(sessions.of(visit()).with_value("person", who)) for who in ("a", "a", "b")
    )
    # Somebody else signs in there afterwards: the session is theirs now.
    changed = sessions.put(sessions.put(sessions.of(visit())).with_value("person", "b"))
    moved = sessions.renew(sessions.put(changed.with_value("person", "a")))
    assert sessions.end_all("person", "a") == 3
    ended = [not sessions.of(back(sessions, one)).is_kept for one in (here, there, moved)]
    assert ended == [True] * 3
    assert sessions.of(back(sessions, other)).value("person") == "b"
    assert sessions.end_all("person", "a") == 0


def test_sessions_are_ended_by_what_was_declared_only(sessions: Sessions) -> None:
    with pytest.raises(ValueError, match="user"):
        sessions.end_all("user", "a")


def test_whom_sessions_are_ended_by_is_found_by_an_index(store: SqliteStore) -> None:
    asked = "EXPLAIN QUERY PLAN SELECT id_sha256 FROM web_session_mark WHERE name = ? AND value = ?"
    with store.read() as tx:
        plan = " ".join(str(row["detail"]) for row in tx.execute(asked, ("a", "b")).fetchall())
    assert "USING" in plan
    assert "SCAN" not in plan
