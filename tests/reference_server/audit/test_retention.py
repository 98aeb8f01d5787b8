"""Categories of data are kept for times of their own, and what went leaves the chain whole."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reference_server.app import open_world
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Database
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.audit.model import Retention
from reference_server.services.audit.store.trail import Trail
from reference_server.world import World
from tests.reference_server.postgres import Cluster

RULE = Retention(years=10, by_category={"ePrescription": 5, "laboratory": 20})
_KINDS = (("ePrescription",), (), ("laboratory",), ("ePrescription", "laboratory"), ())


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
        for number, categories in enumerate(_KINDS):
            opened.port(AUDIT).record(tx, entry(number, *categories))
    yield opened
    opened.close()


def entry(number: int, *categories: str) -> AuditEntry:
    return AuditEntry(
        action="read-task",
        outcome=AuditOutcome.SUCCESS,
        request_id=f"r-{number}",
        categories=categories,
    )


def purged(world: World, *, years: int, rule: Retention = RULE) -> int:
    now = world.clock.wire_now() + timedelta(days=366 * years)
    with world.store.write() as tx:
        return Trail(world).keep_to(tx, rule, now=now)


def numbers(world: World) -> list[int]:
    with world.store.read() as tx:
        return [each.number for each in world.port(AUDIT).entries(tx)]


def broken(world: World) -> int | None:
    with world.store.read() as tx:
        return world.port(AUDIT).broken_at(tx)


def test_each_category_goes_at_its_own_time_and_the_chain_still_holds(world: World) -> None:
    assert purged(world, years=4) == 0
    assert purged(world, years=6) == 1, "the prescription alone"
    assert numbers(world) == [2, 3, 4, 5, 6]
    assert broken(world) is None
    assert purged(world, years=11) == 2, "what has no category; the event of the purge stays"
    assert numbers(world) == [3, 4, 6, 7]
    assert broken(world) is None
    with world.store.write() as tx:
        assert world.port(AUDIT).record(tx, entry(9)) == 8
    assert broken(world) is None
    assert purged(world, years=21) == 5, "everything, behind an anchor"
    assert broken(world) is None


def test_what_went_without_a_word_in_the_chain_is_found(world: World) -> None:
    purged(world, years=6)
    with world.store.write() as tx:
        tx.execute("INSERT INTO audit_gap SELECT number, hash, 1 FROM audit_event WHERE number = 3")
        tx.execute("DELETE FROM audit_event WHERE number = 3")
    assert broken(world) == 1, "the digest of what went is no longer the one that was told"


def test_a_gap_of_another_purge_must_be_told_too(world: World) -> None:
    with world.store.write() as tx:
        tx.execute("INSERT INTO audit_gap SELECT number, hash, 9 FROM audit_event WHERE number = 3")
        tx.execute("DELETE FROM audit_event WHERE number = 3")
    assert broken(world) == 3


def test_an_event_without_a_gap_does_not_go(world: World) -> None:
    purged(world, years=6)
    with pytest.raises(Exception, match="append-only"), world.store.write() as tx:
        tx.execute("DELETE FROM audit_event WHERE number = 3")
    changed = "UPDATE audit_gap SET number = 4"
    with pytest.raises(Exception, match="append-only"), world.store.write() as tx:
        tx.execute(changed)
    assert world.store.dialect in {Dialect.SQLITE, Dialect.POSTGRES}


def test_several_categories_are_kept_as_long_as_the_longest() -> None:
    assert RULE.years_of(("ePrescription", "laboratory")) == 20
    assert RULE.years_of(()) == 10
    assert RULE.years_of(("imaging",)) == 10
    assert (RULE.shortest, RULE.longest) == (5, 20)
    assert RULE.text == "audit-years-10 ePrescription=5 laboratory=20"
