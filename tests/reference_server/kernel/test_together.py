"""Writes that wait share a commit: durable before anybody hears of it, and each undone alone."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from reference_server.kernel.postgres import PostgresStore
from reference_server.kernel.store import SqliteStore, Store, StoreBusyError, Transaction
from reference_server.kernel.together import AT_ONCE, Together
from tests.reference_server.postgres import Cluster

Opener = Callable[[], Store]


@pytest.fixture(params=["file", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Return what opens the same database again, as another process would."""
    made: Opener
    if request.param == "postgres":
        running: Cluster = request.getfixturevalue("postgres")
        made = partial(PostgresStore, running.database(), world="integration", patience=0.2)
    else:
        made = partial(SqliteStore, tmp_path / "a.db", patience=0.2)
    with closing(made()) as store, store.write() as tx:
        tx.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    return made


@pytest.fixture
def here(opener: Opener) -> Iterator[Store]:
    with closing(opener()) as store:
        yield store


@pytest.fixture
def elsewhere(opener: Opener) -> Iterator[Store]:
    with closing(opener()) as store:
        yield store


def ids(store: Store) -> list[int]:
    with store.read() as tx:
        return [row["id"] for row in tx.execute("SELECT id FROM thing ORDER BY id")]


def adding(number: int) -> Callable[[Transaction], int]:
    def act(tx: Transaction) -> int:
        tx.execute("INSERT INTO thing (id) VALUES (?)", (number,))
        return number

    return act


def failing(number: int) -> Callable[[Transaction], int]:
    def act(tx: Transaction) -> int:
        tx.execute("INSERT INTO thing (id) VALUES (?)", (number,))
        raise LookupError(number)

    return act


def test_writes_that_wait_are_committed_together_and_told_afterwards(
    here: Store, elsewhere: Store
) -> None:
    seen: list[list[int]] = []

    def last(tx: Transaction) -> int:
        seen.append(ids(elsewhere))
        return adding(3)(tx)

    async def told(together: Together, number: int) -> int:
        answer = await together.write(adding(number) if number < 3 else last)
        seen.append(ids(elsewhere))
        return answer

    async def run() -> list[int]:
        together = Together(here)
        return await asyncio.gather(*(told(together, number) for number in (1, 2, 3)))

    assert asyncio.run(run()) == [1, 2, 3]
    assert seen == [[], [1, 2, 3], [1, 2, 3], [1, 2, 3]]


def test_who_is_refused_undoes_nothing_of_the_others(here: Store, elsewhere: Store) -> None:
    async def run() -> list[int | BaseException]:
        together = Together(here)
        acts = (adding(1), failing(2), adding(3))
        return await asyncio.gather(*map(together.write, acts), return_exceptions=True)

    first, refused, last = asyncio.run(run())
    assert (first, last) == (1, 3)
    assert isinstance(refused, LookupError)
    assert ids(elsewhere) == [1, 3]


def test_a_statement_the_database_refuses_undoes_nothing_of_the_others(
    here: Store, elsewhere: Store
) -> None:
    async def run() -> list[int | BaseException]:
        together = Together(here)
        acts = (adding(1), adding(1), adding(2))
        return await asyncio.gather(*map(together.write, acts), return_exceptions=True)

    first, refused, last = asyncio.run(run())
    assert (first, last) == (1, 2)
    assert isinstance(refused, Exception)
    assert ids(elsewhere) == [1, 2]


def test_who_is_refused_alone_leaves_nothing(here: Store, elsewhere: Store) -> None:
    async def run() -> None:
        await Together(here).write(failing(1))

    with pytest.raises(LookupError):
        asyncio.run(run())
    assert ids(elsewhere) == []


def test_who_has_gone_before_its_turn_writes_nothing(here: Store, elsewhere: Store) -> None:
    async def run() -> None:
        together = Together(here)
        leaving = asyncio.create_task(together.write(adding(1)))
        staying = asyncio.create_task(together.write(adding(2)))
        await asyncio.sleep(0)  # both wait now, and nothing is committed yet
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        assert await staying == 2

    asyncio.run(run())
    assert ids(elsewhere) == [2]


def test_everybody_is_told_that_the_lock_cannot_be_had(here: Store, elsewhere: Store) -> None:
    async def run() -> list[int | BaseException]:
        together = Together(here)
        acts = map(together.write, (adding(1), adding(2)))
        with elsewhere.write():
            return await asyncio.gather(*acts, return_exceptions=True)

    assert [type(each) for each in asyncio.run(run())] == [StoreBusyError] * 2
    assert ids(elsewhere) == []


def test_more_than_share_a_commit_are_all_written(here: Store, elsewhere: Store) -> None:
    numbers = list(range(AT_ONCE + 3))

    async def run() -> list[int]:
        together = Together(here)
        return await asyncio.gather(*(together.write(adding(number)) for number in numbers))

    assert asyncio.run(run()) == numbers
    assert ids(elsewhere) == numbers


def test_another_event_loop_has_a_commit_of_its_own(here: Store, elsewhere: Store) -> None:
    together = Together(here)

    async def run(number: int) -> int:
        return await together.write(adding(number))

    assert [asyncio.run(run(number)) for number in (1, 2)] == [1, 2]
    assert ids(elsewhere) == [1, 2]
