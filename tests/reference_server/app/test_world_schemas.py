"""Worlds in PostgreSQL are copied, emptied and brought back like those in files."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from reference_server.app import open_world
from reference_server.app.copies.database import WorldsIn
from reference_server.app.copies.folder import WorldFault
from reference_server.kernel.postgres import schemas_in
from reference_server.population import load
from reference_server.ports import AUDIT
from reference_server.world import World
from tests.reference_server.postgres import Cluster

ANNA = load().patients["anna-weber"].matricule


@pytest.fixture
def worlds(postgres: Cluster, tmp_path: Path) -> WorldsIn:
    made = WorldsIn(url=postgres.database(), path=tmp_path)
    made.create("demo")
    return made


def opened(worlds: WorldsIn, name: str = "demo") -> World:
    keys = worlds.path / f"{name}.db.key"
    return open_world(name, origin="https://localhost", database=worlds.url, keys=keys)


def knows_anna(worlds: WorldsIn, name: str = "demo") -> bool:
    world = opened(worlds, name)
    with world.store.read() as tx:
        found = tx.execute("SELECT 1 FROM trust_account WHERE username = ?", (ANNA,)).fetchone()
    world.close()
    return found is not None


def forget_everybody(worlds: WorldsIn) -> None:
    world = opened(worlds)
    with world.store.write() as tx:
        tx.execute('DELETE FROM "world_demo".trust_account')
    world.close()


def told(worlds: WorldsIn) -> list[str]:
    world = opened(worlds)
    with world.store.read() as tx:
        actions = [each.entry.action for each in world.port(AUDIT).entries(tx)]
        assert world.port(AUDIT).broken_at(tx) is None
    world.close()
    return actions


def test_a_world_is_as_the_snapshot_was_clock_included(worlds: WorldsIn) -> None:
    assert knows_anna(worlds)
    worlds.advance_clock("demo", timedelta(days=3))
    worlds.snapshot("demo", "start")
    worlds.advance_clock("demo", timedelta(days=30))
    forget_everybody(worlds)
    assert not knows_anna(worlds)
    worlds.restore("demo", "start")
    assert knows_anna(worlds)
    (listed,), (kept,) = worlds.worlds(), worlds.snapshots()
    assert (listed.name, listed.ahead) == ("demo", timedelta(days=3))
    assert (kept.name, kept.ahead) == ("start", timedelta(days=3))
    assert min(listed.size, kept.size) > 0
    assert told(worlds)[-4:] == [
        "advance-clock",
        "snapshot-world",
        "advance-clock",
        "restore-world",
    ]
    worlds.create("other")
    worlds.restore("other", "start")
    assert knows_anna(worlds, "other"), "a copy of a World is a snapshot that another restores"


def test_a_reset_world_keeps_its_keys_and_its_trail_and_a_copy_holds_no_key(
    worlds: WorldsIn,
) -> None:
    world = opened(worlds)
    before = world.keys.signing(now=world.clock.wire_now()).kid
    world.close()
    forget_everybody(worlds)
    worlds.reset("demo")
    assert knows_anna(worlds)
    world = opened(worlds)
    assert world.keys.signing(now=world.clock.wire_now()).kid == before
    assert world.tokens_not_before() > 0
    world.close()
    worlds.snapshot("demo", "start")
    assert told(worlds) == ["create-world", "reset-world", "snapshot-world"]
    world = opened(worlds)
    with world.store.read() as tx:
        rows = tx.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'snapshot_start'"
        ).fetchall()
    world.close()
    tables = {row["tablename"] for row in rows}
    assert not tables & {"world_key", "audit_event", "certificates_authority"}
    assert len(worlds.turn_keys("demo")) == 1
    assert worlds.purge_audit("demo", keep={"ePrescription": 5}) == 0


def test_what_cannot_be_done_is_said_and_nothing_is_made(worlds: WorldsIn) -> None:
    worlds.snapshot("demo", "start")
    deeds: dict[str, Callable[[], object]] = {
        "taken": lambda: worlds.create("demo"),
        "no-world": lambda: worlds.reset("nobody"),
        "no-snapshot": lambda: worlds.restore("demo", "nothing"),
        "snapshot-taken": lambda: worlds.snapshot("demo", "start"),
        "name": lambda: worlds.create('x"; DROP SCHEMA public'),
        "backwards": lambda: worlds.advance_clock("demo", timedelta(days=-1)),
    }
    for reason, deed in deeds.items():
        with pytest.raises(WorldFault) as said:
            deed()
        assert said.value.message_id == f"world.wrong.{reason}"
    assert schemas_in(worlds.url, prefix="world_") == ("world_demo",)
