"""PostgreSQL as a store: a schema a World, a lock between processes, a server that goes away."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from reference_server.app import open_world
from reference_server.app.worlds import KeyFileUnnamedError
from reference_server.kernel.postgres import PostgresStore, is_kept, schema_of
from reference_server.kernel.store import (
    PostgresUrl,
    Store,
    StoreBusyError,
    StoreUnavailableError,
)
from reference_server.population import seed
from tests.reference_server.postgres import Cluster, cluster
from tests.reference_server.standing import System, standing_server

_ADDER = """
import sys
from reference_server.kernel.postgres import PostgresStore
from reference_server.kernel.store import PostgresUrl
store = PostgresStore(PostgresUrl(sys.argv[1]), world="integration")
for _ in range(50):
    with store.write() as tx:
        count = tx.execute("SELECT count(*) AS n FROM thing").fetchone()["n"]
        tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (count + 1, sys.argv[2]))
"""


@pytest.fixture
def url(postgres: Cluster) -> PostgresUrl:
    return postgres.database()


@pytest.fixture
def store(url: PostgresUrl) -> Iterator[PostgresStore]:
    made = PostgresStore(url, world="integration", patience=0.2)
    with made.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    yield made
    made.close()


def count(store: Store) -> int:
    with store.read() as tx:
        return int(tx.execute("SELECT count(*) AS n FROM thing").fetchone()["n"])


def test_two_processes_write_one_after_the_other(store: PostgresStore, url: PostgresUrl) -> None:
    adders = [subprocess.Popen([sys.executable, "-c", _ADDER, url.text, name]) for name in "ab"]
    assert [adder.wait(timeout=60) for adder in adders] == [0, 0]
    assert count(store) == 100


def test_a_reader_sees_one_moment_and_waits_for_no_writer(store: PostgresStore) -> None:
    seen: list[int] = []
    with store.read() as tx:
        before = tx.execute("SELECT count(*) FROM thing").fetchone()[0]

        def write() -> None:
            with store.write() as other:
                other.execute("INSERT INTO thing (id, name) VALUES (1, 'a')")
            seen.append(count(store))

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert tx.execute("SELECT count(*) FROM thing").fetchone()[0] == before == 0
    assert seen == [1]


def test_a_lock_that_cannot_be_had_is_busy(store: PostgresStore, url: PostgresUrl) -> None:
    other = PostgresStore(url, world="integration", patience=0.05)
    with store.write(), pytest.raises(StoreBusyError), other.write():
        pass
    with other.write() as tx:
        tx.execute("INSERT INTO thing (id, name) VALUES (1, 'a')")
    other.close()


def test_two_worlds_of_one_database_know_nothing_of_each_other(
    url: PostgresUrl, tmp_path: Path
) -> None:
    worlds = [
        open_world(name, origin="https://a", database=url, keys=tmp_path / f"{name}.key")
        for name in ("one", "two")
    ]
    seed(worlds[0])
    counts = []
    for world in worlds:
        with world.store.read() as tx:
            counts.append(tx.execute("SELECT count(*) AS n FROM patient").fetchone()["n"])
        world.close()
    assert counts[0] > 0
    assert counts[1] == 0


def test_every_type_comes_back_as_it_went(store: PostgresStore) -> None:
    with store.write() as tx:
        tx.execute("CREATE TABLE t (a TEXT, b BLOB, c INTEGER, e REAL) WITHOUT ROWID")
        tx.execute("INSERT INTO t VALUES (?, ?, ?, ?)", ("é%?", b"\0\xff", 2**62, 0.1 + 0.2))
        told = "SELECT a, b, c, sum(c) AS d, e FROM t"
        rows = [
            tx.execute(f"{told}{where} GROUP BY a, b, c, e", params).fetchone()
            for where, params in (("", ()), (" WHERE c > ?", (1,)))
        ]
    for row in rows:  # as text, and in binary
        kept = {"a": "é%?", "b": b"\0\xff", "c": 2**62, "d": 2**62, "e": 0.1 + 0.2}
        assert dict(row) == kept
        assert isinstance(row["d"], int)
        assert row[0] == row["a"]


@pytest.mark.parametrize("params", [(), (1,)])
def test_a_sum_is_a_whole_number_however_it_is_told(
    store: PostgresStore, params: tuple[int, ...]
) -> None:
    where = " WHERE 1 = ?" if params else ""
    told = "SELECT sum(n) AS a, avg(n) AS b FROM (SELECT 2 AS n UNION ALL SELECT 3) AS t"
    with store.read() as tx:
        row = tx.execute(told + where, params).fetchone()
    assert (row["a"], row["b"]) == (5, 2.5)
    assert isinstance(row["a"], int)
    assert isinstance(row["b"], float)


def test_a_read_lets_nothing_be_poured_in(store: PostgresStore) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), store.read() as tx:
        tx.pour("thing", "id, name", [(1, "a")])
    assert count(store) == 0


def _end_connections(url: PostgresUrl) -> None:
    ended = (
        b"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        b" WHERE application_name = 'equalis' AND datname = current_database()"
    )
    with psycopg.connect(url.text, autocommit=True) as other:
        assert other.execute(ended).fetchall() == [(True,)]


def test_a_connection_that_broke_while_idle_is_replaced(
    store: PostgresStore, url: PostgresUrl
) -> None:
    for act in (store.read, store.write):
        with act() as tx:
            tx.execute("SELECT 1")
        _end_connections(url)
        with act() as tx:
            assert tx.execute("SELECT count(*) FROM thing").fetchone()[0] == 0


def test_text_sorts_byte_by_byte(store: PostgresStore) -> None:
    with store.write() as tx:
        for number, name in enumerate(("é", "b", "a", "B", "_")):
            tx.execute("INSERT INTO thing (id, name) VALUES (?, ?)", (number, name))
        rows = tx.execute("SELECT name FROM thing ORDER BY name").fetchall()
    assert [row["name"] for row in rows] == ["B", "_", "a", "b", "é"]


def test_a_schema_has_a_name_that_postgresql_does_not_cut_off() -> None:
    longest = ["a" * 63 + letter for letter in "bc"]
    assert schema_of("integration") == "world_integration"
    assert len({schema_of(name) for name in longest}) == 2
    assert all(len(schema_of(name)) <= 63 for name in longest)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:the-secret@127.0.0.1:1/x",
        "postgresql://me:the-secret@127.0.0.1:port/x",
        "postgresql://me:the-secret@127.0.0.1:1/x?no_such_option=1",
    ],
)
def test_a_password_is_in_no_message(text: str) -> None:
    url = PostgresUrl(text)
    with pytest.raises(StoreUnavailableError) as raised:
        PostgresStore(url, world="integration")
    chain: list[BaseException | None] = [raised.value, raised.value.__cause__]
    told = " ".join(map(repr, (*chain, url))) + str(url)
    assert "the-secret" not in told


def test_a_database_that_goes_away_is_a_503_until_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("tls")
    with cluster() as own, standing_server(folder, kept_in=own.database()) as server:
        world = server.open()
        software = System(world, server.trust(), server.keys["labo-nord-app"])
        token = software.token()
        assert software.search(token).status_code == 200
        own.stop()
        gone = software.search(token)
        assert (gone.status_code, gone.headers["retry-after"]) == (503, "1")
        assert "psycopg" not in gone.text
        own.start()
        assert software.search(token).status_code == 200
        software.http.close()


def test_a_statement_that_fails_leaves_the_connection_usable(store: PostgresStore) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.execute("INSERT INTO thing (id, name) VALUES (1, 'a')")
            tx.execute("INSERT INTO thing (id, name) VALUES (1, 'again')")

    with pytest.raises(psycopg.IntegrityError):
        fail()
    assert count(store) == 0


def test_migrations_are_applied_once_and_everything_is_there_again(
    url: PostgresUrl, tmp_path: Path
) -> None:
    kids = set()
    for _ in range(2):
        world = open_world("integration", origin="https://a", database=url, keys=tmp_path / "key")
        kids |= {str(key["kid"]) for key in world.keys.public(now=datetime.now(UTC))}
        world.close()
    assert len(kids) == 1


def test_a_world_is_not_opened_without_a_file_for_its_key(url: PostgresUrl) -> None:
    with pytest.raises(KeyFileUnnamedError, match=r"integration\.db\.key"):
        open_world("integration", origin="https://a", database=url)
    assert not is_kept(url, world="integration")


def test_no_private_key_lies_in_the_database_as_it_is(url: PostgresUrl, tmp_path: Path) -> None:
    world = open_world("integration", origin="https://a", database=url, keys=tmp_path / "key")
    with world.store.read() as tx:
        kept = [row["pem"] for row in tx.execute("SELECT pem FROM world_key").fetchall()]
    world.close()
    assert kept
    assert not [pem for pem in kept if "PRIVATE" in pem]
