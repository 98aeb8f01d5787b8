"""Transactions hold: together or not at all, one writer, consistent readers, several processes."""

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reference_server.kernel.postgres import PostgresStore
from reference_server.kernel.store import (
    SqliteStore,
    Store,
    StoreBusyError,
    StoreUnavailableError,
)
from tests.reference_server.postgres import Cluster


@pytest.fixture(params=["memory", "file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "postgres":
        running: Cluster = request.getfixturevalue("postgres")
        made = PostgresStore(running.database(), world="integration")
    else:
        made = SqliteStore(":memory:" if request.param == "memory" else tmp_path / "a.db")
    with made.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    yield made
    made.close()


def names(store: Store) -> list[str]:
    with store.read() as tx:
        return [row["name"] for row in tx.execute("SELECT name FROM thing ORDER BY id")]


def test_what_a_block_wrote_is_there_afterwards(store: Store) -> None:
    with store.write() as tx:
        tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (1, "a"))
    assert names(store) == ["a"]


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (1, "a"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert names(store) == []


def test_a_read_inside_a_write_sees_what_was_written(store: Store) -> None:
    with store.write() as tx:
        tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (1, "a"))
        assert names(store) == ["a"]


def test_a_read_inside_a_read_is_the_same_snapshot(store: Store) -> None:
    with store.read():
        assert names(store) == []


def test_several_statements_are_answered_in_their_order(store: Store) -> None:
    ask = "SELECT name FROM thing WHERE id >= ? ORDER BY id"
    with store.write() as tx:
        for number, name in enumerate("abc"):
            tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (number, name))
        told = tx.each((ask, (2,)), ("UPDATE thing SET name = 'd' WHERE id = ?", (2,)), (ask, (1,)))
        assert [row["name"] for row in told[2]] == ["b", "d"]
    for again in range(7):  # PostgreSQL prepares a statement that comes often
        with store.read() as tx:
            one, other = tx.each((ask, (again % 3,)), ("SELECT count(*) AS n FROM thing", ()))
            assert [row["name"] for row in one] == ["a", "b", "d"][again % 3 :]
            assert other.fetchone()["n"] == 3
            assert tx.each() == ()


def test_of_several_statements_one_that_fails_leaves_the_store_usable(store: Store) -> None:
    def fail() -> None:
        with store.read() as tx:
            tx.each(("SELECT 1", ()), ("SELECT nothing FROM nowhere WHERE 1 = ?", (1,)))

    for _ in range(2):
        with pytest.raises((sqlite3.OperationalError, psycopg.ProgrammingError)):
            fail()
    with store.read() as tx:
        assert tx.execute("SELECT count(*) AS n FROM thing").fetchone()["n"] == 0


def test_rows_that_are_poured_in_are_all_there_as_they_were_told(store: Store) -> None:
    told = [(number, None if number == 2 else f"é\t\\N\n{number}") for number in range(3)]
    with store.write() as tx:
        tx.execute("CREATE TABLE kept (id INTEGER, name TEXT, content BLOB)")
        tx.pour("thing", "id, name", told)
        tx.pour("kept", "content, id", [(b"\0\\x00\xff", 2**62)])
        tx.pour("thing", "id, name", [])
    with store.read() as tx:
        rows = tx.execute("SELECT id, name FROM thing ORDER BY id").fetchall()
        kept = tx.execute("SELECT id, name, content FROM kept").fetchone()
    assert [tuple(row) for row in rows] == told
    assert (kept["id"], kept["name"], bytes(kept["content"])) == (2**62, None, b"\0\\x00\xff")


def test_of_rows_that_are_poured_in_none_stays_where_one_was_there(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.pour("thing", "id, name", [(1, "a"), (2, "b"), (1, "again")])

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        fail()
    assert names(store) == []


def test_a_write_inside_a_transaction_is_a_mistake(store: Store) -> None:
    for outer in (store.read, store.write):
        with outer(), pytest.raises(RuntimeError), store.write():
            pass
    with store.write() as tx:
        tx.execute("INSERT INTO thing (id, name) VALUES (1, 'still usable')")


def test_threads_wait_for_each_other(store: Store) -> None:
    def add(name: str) -> None:
        for _ in range(50):
            with store.write() as tx:
                count = tx.execute("SELECT count(*) AS n FROM thing").fetchone()["n"]
                tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (count + 1, name))

    threads = [threading.Thread(target=add, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(store)) == 200


def test_a_file_is_durable_and_private(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    with store.read() as tx:
        assert tx.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert tx.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert tx.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert stat.S_IMODE((tmp_path / "a.db").stat().st_mode) == 0o600
    store.close()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    one, other = SqliteStore(tmp_path / "a.db"), SqliteStore(tmp_path / "a.db")
    with one.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    with one.write() as tx:
        tx.execute("INSERT INTO thing (name) VALUES ('a')")
        assert names(other) == []
    assert names(other) == ["a"]
    one.close()
    other.close()


def test_a_writer_that_cannot_get_the_lock_says_busy(tmp_path: Path) -> None:
    one, other = (SqliteStore(tmp_path / "a.db", patience=0.02) for _ in range(2))
    with one.write(), pytest.raises(StoreBusyError), other.write():
        pass
    one.close()
    other.close()


_ADDER = """
import sys
from pathlib import Path
from reference_server.kernel.store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
for _ in range(100):
    with store.write() as tx:
        count = tx.execute("SELECT count(*) AS n FROM thing").fetchone()["n"]
        tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (count + 1, sys.argv[2]))
"""


def test_two_processes_write_to_one_file_without_losing_anything(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    store = SqliteStore(file)
    with store.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    adders = [subprocess.Popen([sys.executable, "-c", _ADDER, str(file), name]) for name in "ab"]
    assert [adder.wait(timeout=60) for adder in adders] == [0, 0]
    assert sorted(names(store)) == ["a"] * 100 + ["b"] * 100
    store.close()


def test_other_errors_of_the_database_are_not_hidden(store: Store) -> None:
    with pytest.raises((sqlite3.OperationalError, psycopg.ProgrammingError)), store.read() as tx:
        tx.execute("SELECT * FROM nowhere")


def test_closing_waits_for_who_is_inside() -> None:
    inner = SqliteStore(":memory:")
    is_inside, may_leave = threading.Event(), threading.Event()
    read: list[int] = []

    def reading() -> None:
        with inner.read() as tx:
            is_inside.set()
            may_leave.wait()
            read.append(tx.execute("SELECT 7").fetchone()[0])

    reader, closer = threading.Thread(target=reading), threading.Thread(target=inner.close)
    reader.start()
    is_inside.wait()
    closer.start()
    closer.join(timeout=0.2)
    waited = closer.is_alive()
    may_leave.set()
    reader.join()
    closer.join()
    assert (waited, read) == (True, [7])
    with pytest.raises(StoreUnavailableError), inner.read():
        pass
