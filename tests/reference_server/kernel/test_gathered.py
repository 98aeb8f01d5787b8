"""Small writes that wait: whoever reads sees them, and they share their transaction's fate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server.kernel.gathered import Gathered, beneath, gathered
from reference_server.kernel.postgres import PostgresStore
from reference_server.kernel.rows import insert_later
from reference_server.kernel.store import SqliteStore, Store, Transaction
from tests.reference_server.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "postgres":
        running: Cluster = request.getfixturevalue("postgres")
        made = PostgresStore(running.database(), world="integration")
    else:
        made = SqliteStore(tmp_path / "a.db")
    with made.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        tx.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
    yield made
    made.close()


def put(tx: Transaction, number: int, name: str = "a") -> None:
    insert_later(
        tx,
        "thing",
        "id, name",
        [(number, name)],
        conflict="(id) DO UPDATE SET name = excluded.name",
    )


def names(tx: Transaction) -> dict[int, str]:
    return {row["id"]: row["name"] for row in tx.execute("SELECT id, name FROM thing")}


def test_what_waits_is_not_beneath_until_somebody_reads_its_table(store: Store) -> None:
    with store.write() as under, gathered(under) as tx:
        put(tx, 1)
        tx.execute("INSERT INTO other (id) VALUES (?)", (1,))
        assert names(under) == {}
        assert names(tx) == {1: "a"}
        put(tx, 2)
        assert names(under) == {1: "a"}
        (rows,) = tx.each(("SELECT id FROM thing ORDER BY id", ()))
        assert [row["id"] for row in rows] == [1, 2]


def test_a_change_of_the_table_comes_after_what_was_told_before_it(store: Store) -> None:
    with store.write() as under, gathered(under) as tx:
        put(tx, 1)
        tx.execute("UPDATE thing SET name = ?", ("b",))
        put(tx, 2)
        tx.executemany("UPDATE thing SET name = 'c' WHERE id = ?", [(2,), (3,)])
        put(tx, 1, "d")
        tx.pour("thing", "id, name", [(4, "e")])
    with store.read() as later:
        assert names(later) == {1: "d", 2: "c", 4: "e"}


def test_all_that_waits_is_written_when_the_block_ends(store: Store) -> None:
    with store.write() as under, gathered(under) as tx:
        for number in range(2000):
            put(tx, number)
    with store.read() as later:
        assert len(names(later)) == 2000


def test_what_waits_is_forgotten_where_the_transaction_is(store: Store) -> None:
    def fail() -> None:
        with store.write() as under, gathered(under) as tx:
            put(tx, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as later:
        assert names(later) == {}


def test_a_row_that_cannot_be_written_undoes_the_transaction(store: Store) -> None:
    def fail() -> None:
        with store.write() as under, gathered(under) as tx:
            under.execute("INSERT INTO other (id) VALUES (1)")
            for _ in range(2):
                insert_later(tx, "other", "id", [(2,)])

    with pytest.raises(Exception, match=r"(?i)unique"):
        fail()
    with store.read() as later:
        assert later.execute("SELECT id FROM other").fetchall() == []


def test_a_transaction_that_gathers_nothing_writes_at_once(store: Store) -> None:
    with store.write() as tx:
        assert beneath(tx) is tx
        put(tx, 1)
        assert names(tx) == {1: "a"}
        assert beneath(Gathered(tx)) is tx
