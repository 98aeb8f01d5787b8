"""Worlds open fast, apart from each other, and only when the wiring is whole."""

from pathlib import Path

import pytest

from reference_server.app import SERVICES, WorldRegistry, open_world
from reference_server.app.metadata import SOFTWARE_VERSION
from reference_server.app.wiring import all_migrations
from reference_server.app.worlds import WiringError, WorldNameError, check_wiring
from reference_server.kernel.port import Port, Provision, provide, provide_shared
from reference_server.kernel.service import Service
from reference_server.population import load, seed
from reference_server.world import World

ORIGIN = "https://127.0.0.1:8443"
THING: Port[object] = Port("thing")


class Shared:
    """Something a server process has once."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def service(
    name: str, *, provides: tuple[Provision[World], ...] = (), needs: tuple[Port[object], ...] = ()
) -> Service[World]:
    return Service(name=name, title=name, provides=provides, needs=needs)


def test_worlds_know_nothing_of_each_other() -> None:
    registry = WorldRegistry(origin=ORIGIN)
    filled, empty = registry.open("filled", seed=seed), registry.open("empty")
    assert filled.base_url == f"{ORIGIN}/filled"
    with filled.store.read() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone()[0] > 0
    with empty.store.read() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone()[0] == 0
    registry.close("filled")
    assert (registry.find("filled"), registry.find("empty")) == (None, empty)
    registry.close_all()


@pytest.mark.parametrize("name", ["", "A", "a/b", "-a", "a-", "a" * 65, "..", "é", "taken"])
def test_names_are_free_slugs(name: str) -> None:
    registry = WorldRegistry(origin=ORIGIN)
    registry.open("taken")
    with pytest.raises(WorldNameError):
        registry.open(name)
    registry.close_all()


def test_a_world_that_cannot_be_filled_is_not_open() -> None:
    def fail(_world: World) -> None:
        raise LookupError

    registry = WorldRegistry(origin=ORIGIN)
    with pytest.raises(LookupError):
        registry.open("a", seed=fail)
    assert registry.find("a") is None


def test_a_file_keeps_a_world(tmp_path: Path) -> None:
    for _ in range(2):
        world = open_world("integration", origin=ORIGIN, database=tmp_path / "a.db")
        seed(world)
        world.close()
    world = open_world("integration", origin=ORIGIN, database=tmp_path / "a.db")
    with world.store.read() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone()[0] == len(load().patients) - 1
    world.close()


def test_what_a_process_shares_is_made_once_and_closed_with_it() -> None:
    made = service("made", provides=(provide_shared(THING, Shared),))
    registry = WorldRegistry(origin=ORIGIN, services=(*SERVICES, made))
    things = [registry.open(name).port(THING) for name in ("a", "b")]
    assert things[0] is things[1]
    assert isinstance(things[0], Shared)
    registry.close("a")
    assert not things[0].is_closed
    registry.close_all()
    assert things[0].is_closed


def test_what_a_world_has_is_made_once_a_world() -> None:
    made = service("made", provides=(provide(THING, lambda _world: Shared()),))
    registry = WorldRegistry(origin=ORIGIN, services=(*SERVICES, made))
    one, other = registry.open("a"), registry.open("b")
    assert one.port(THING) is one.port(THING)
    assert one.port(THING) is not other.port(THING)
    registry.close_all()


def test_the_wiring_must_be_whole() -> None:
    check_wiring(SERVICES)
    with pytest.raises(WiringError, match="lonely needs thing"):
        check_wiring((service("lonely", needs=(THING,)),))
    twice = service("twice", provides=(provide_shared(THING, Shared),) * 2)
    with pytest.raises(WiringError, match="thing is provided twice"):
        check_wiring((twice,))


def test_every_table_belongs_to_the_service_it_is_named_after() -> None:
    statements = (
        (migration.owner, statement)
        for migration in all_migrations(tuple(service.name for service in SERVICES))
        for statement in migration.statements
    )
    made = [
        (owner, text.split("CREATE TABLE ")[1].split()[0])
        for owner, text in statements
        if "CREATE TABLE " in text
    ]
    for owner, table in made:
        assert table.startswith(owner.removesuffix("s")), (owner, table)


def test_the_version_told_is_the_projects() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{SOFTWARE_VERSION}"\n' in text
