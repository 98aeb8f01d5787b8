"""The audit trail is append-only and chained: what is altered, dropped or slipped in shows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reference_server.app import open_world
from reference_server.kernel.access import Caller
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Database, Transaction
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.world import World
from tests.reference_server.postgres import Cluster

CALLER = Caller(
    subject="9100000017",
    client_id="prescriber-app",
    role="prescriber",
    organization="90100112",
    ehealth_id="9100000017",
    profession="PS-001",
    scopes=frozenset({"erx.read", "erx.prescribe", "openid"}),
    token_id="0190d2f4-6c00-7a3b-8c1d-5e6f7a8b9c0d",
    correlation="r",
)


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    database: Database = None
    if request.param == "postgres":
        running: Cluster = request.getfixturevalue("postgres")
        database = running.database()
    opened = open_world(
        "integration",
        origin="https://127.0.0.1:8443",
        database=database,
        keys=tmp_path / "key",
    )
    with opened.store.write() as tx:
        for number in range(5):
            opened.port(AUDIT).record(tx, entry(number))
    yield opened
    opened.close()


def entry(number: int) -> AuditEntry:
    return AuditEntry(
        action="submit-prescription",
        outcome=AuditOutcome.SUCCESS,
        request_id=f"r-{number}",
        caller=CALLER,
        patient="1984031790315",
        entities=("Task/é", f"Prescription/{number}"),
    )


def unlocked(world: World, tx: Transaction) -> Transaction:
    """Take the triggers away, as somebody with the database in hands can."""
    where = " ON audit_event" if world.store.dialect is Dialect.POSTGRES else ""
    tx.execute(f"DROP TRIGGER audit_event_never_changes{where}")
    tx.execute(f"DROP TRIGGER audit_event_never_goes{where}")
    return tx


def broken(world: World) -> int | None:
    with world.store.read() as tx:
        return world.port(AUDIT).broken_at(tx)


def test_entries_come_back_as_they_were_written(world: World) -> None:
    with world.store.read() as tx:
        stored = tuple(world.port(AUDIT).entries(tx))
    assert [item.number for item in stored] == [1, 2, 3, 4, 5]
    assert [item.entry for item in stored] == [entry(number) for number in range(5)]
    assert [item.previous_hash for item in stored[1:]] == [item.hash for item in stored[:-1]]
    assert broken(world) is None


def test_an_entry_is_gone_with_the_transaction_that_fails(world: World) -> None:
    def fail() -> None:
        with world.store.write() as tx:
            world.port(AUDIT).record(tx, entry(9))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with world.store.read() as tx:
        assert len(tuple(world.port(AUDIT).entries(tx))) == 5
    assert broken(world) is None


@pytest.mark.parametrize("sql", ["UPDATE audit_event SET content = 'x'", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_to_change_the_trail(world: World, sql: str) -> None:
    said = pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match="append-only")
    with said, world.store.write() as tx:
        tx.execute(sql)


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("UPDATE audit_event SET content = replace(content, 'r-2', 'r-7') WHERE number = 3", 3),
        ("UPDATE audit_event SET hash = previous_hash WHERE number = 2", 2),
        ("DELETE FROM audit_event WHERE number = 4", 4),
        ("DELETE FROM audit_event WHERE number = 1", 1),
        ("UPDATE audit_event SET number = number + 10 WHERE number = 5", 5),
    ],
)
def test_tampering_is_found_and_named(world: World, sql: str, number: int) -> None:
    with world.store.write() as tx:
        unlocked(world, tx).execute(sql)
    assert broken(world) == number


def test_an_entry_slipped_in_is_found(world: World) -> None:
    with world.store.write() as tx:
        tx.execute(
            "INSERT INTO audit_event SELECT 6, content, previous_hash, hash"
            " FROM audit_event WHERE number = 3"
        )
    assert broken(world) == 6
