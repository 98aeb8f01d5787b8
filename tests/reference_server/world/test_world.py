"""A World's clocks, ids, randomness and keys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from reference_server.app import open_world
from reference_server.kernel.port import Port, PortMissingError
from reference_server.world import Ids, SeededRandomness, SystemRandomness, World
from reference_server.world.clock import FARTHEST
from reference_server.world.ids import milliseconds, time_of

ORIGIN = "https://127.0.0.1:8443"


@pytest.fixture
def world() -> Iterator[World]:
    opened = open_world("integration", origin=ORIGIN)
    yield opened
    opened.close()


def test_business_time_can_be_advanced_and_wire_time_stays_real(world: World) -> None:
    world.clock.advance(timedelta(days=70, microseconds=3))
    ahead = world.clock.business_now() - world.clock.wire_now()
    assert timedelta(days=70) - timedelta(seconds=5) < ahead <= timedelta(days=70, microseconds=3)
    assert abs(world.clock.wire_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_never_goes_back(world: World) -> None:
    with pytest.raises(ValueError, match="never"):
        world.clock.advance(timedelta(seconds=-1))


def test_time_runs_ahead_only_so_far(world: World) -> None:
    world.clock.advance(FARTHEST - timedelta(days=1))
    with pytest.raises(ValueError, match="so far"):
        world.clock.advance(timedelta(days=2))
    assert world.clock.advanced() == FARTHEST - timedelta(days=1)


def test_what_changes_within_a_transaction_goes_with_it(world: World) -> None:
    class GivenUpError(Exception):
        pass

    def change_and_give_up() -> None:
        with world.store.write() as tx:
            world.clock.advance(timedelta(days=1), within=tx)
            world.expire_tokens(within=tx)
            assert world.clock.advanced() == timedelta(days=1)
            raise GivenUpError

    with pytest.raises(GivenUpError):
        change_and_give_up()
    assert world.clock.advanced() == timedelta(0)
    assert world.tokens_not_before() == 0


def test_time_may_be_read_inside_a_transaction(world: World) -> None:
    with world.store.write():
        assert world.clock.business_now() <= world.clock.business_now()


def test_all_processes_of_a_world_agree_on_time_and_expired_tokens_and_key(tmp_path: Path) -> None:
    one, other = (
        open_world("integration", origin=ORIGIN, database=tmp_path / "a.db") for _ in range(2)
    )
    one.clock.advance(timedelta(days=3))
    one.expire_tokens()
    assert other.clock.business_now() - other.clock.wire_now() > timedelta(days=2)
    assert other.tokens_not_before() == one.tokens_not_before() > 0
    now = one.clock.wire_now()
    assert one.keys.signing(now=now).kid == other.keys.signing(now=now).kid
    one.close()
    other.close()


def test_two_worlds_never_share_a_key(world: World) -> None:
    other = open_world("qualification", origin=ORIGIN)
    now = world.clock.wire_now()
    kid = world.keys.signing(now=now).kid or ""
    assert other.keys.signing(now=now).kid != kid
    assert other.keys.verifying(kid) is None
    assert world.keys.verifying(kid) is not None
    other.close()


def test_public_keys_hold_no_private_part(world: World) -> None:
    (key,) = world.keys.public(now=world.clock.wire_now())
    assert "d" not in key


def test_ids_are_uuids_and_a_timed_one_tells_its_time() -> None:
    ids = Ids(SystemRandomness())
    assert UUID(ids.uuid()).version == 4
    now = milliseconds(datetime.now(UTC))
    timed = ids.timed_uuid(now)
    assert UUID(timed).version == 7
    assert time_of(timed) == now
    with pytest.raises(ValueError, match="UUID"):
        time_of("x")


def test_a_seed_makes_ids_repeatable() -> None:
    one, other = (Ids(SeededRandomness("run-1")) for _ in range(2))
    assert [one.uuid() for _ in range(3)] == [other.uuid() for _ in range(3)]
    assert one.uuid() != Ids(SeededRandomness("run-2")).uuid()


def test_a_port_that_nobody_provides_is_a_mistake(world: World) -> None:
    nothing: Port[object] = Port("nothing")
    with pytest.raises(PortMissingError, match="nothing"):
        world.port(nothing)
