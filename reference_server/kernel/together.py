"""Writes that wait share one commit, so that durability costs one sync for many.

While one commit is under way requests arrive and are read; what they want to write is done in one
transaction when the event loop comes round, each in a savepoint of its own: who is refused undoes
nothing but its own. Nobody's answer leaves before the commit that holds its write.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from reference_server.kernel.store import Store, Transaction

T = TypeVar("T")

AT_ONCE: Final = 64
"""So many share one commit at most: nobody else can write meanwhile."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    act: Callable[[Transaction], Any]
    told: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    """What an act returned or raised; told once it is durable."""

    told: asyncio.Future[Any]
    value: object = None
    error: Exception | None = None

    def tell(self) -> None:
        if self.told.done():
            return
        if self.error is not None:
            self.told.set_exception(self.error)
        else:
            self.told.set_result(self.value)


class Together:
    """The writes of one World that wait, for each event loop by itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: WeakKeyDictionary[asyncio.AbstractEventLoop, list[_Waiting]] = (
            WeakKeyDictionary()
        )

    async def write(self, act: Callable[[Transaction], T]) -> T:
        """Return what `act` returns, once it is durable; what it raises undoes it, and is raised.

        `act` must not wait. Whoever is cancelled before its turn writes nothing. Raises StoreError
        when the transaction of all of them cannot be had or does not hold.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        waiting = self._waiting.setdefault(loop, [])
        waiting.append(_Waiting(act, told))
        if len(waiting) == 1:
            loop.call_soon(self._commit, loop)
        return await told

    def _commit(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do what waits in one transaction, and tell everybody what came of it."""
        waiting = self._waiting[loop]
        some, rest = waiting[:AT_ONCE], waiting[AT_ONCE:]
        self._waiting[loop] = rest
        if rest:
            loop.call_soon(self._commit, loop)
        wanted = [each for each in some if not each.told.done()]
        try:
            done = self._done(wanted)
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody who waits is told
            done = [_Done(each.told, error=error) for each in wanted]
        for each in done:
            each.tell()

    def _done(self, wanted: list[_Waiting]) -> list[_Done]:
        if not wanted:
            return []
        if len(wanted) == 1:
            # Alone it needs no savepoint: what it raises undoes the whole transaction.
            (only,) = wanted
            with self._store.write() as tx:
                value = only.act(tx)
            return [_Done(only.told, value)]
        with self._store.write() as tx:
            return [_one(tx, each) for each in wanted]


def _one(tx: Transaction, waiting: _Waiting) -> _Done:
    tx.execute("SAVEPOINT one")
    try:
        done = _Done(waiting.told, waiting.act(tx))
    except Exception as error:  # noqa: BLE001 - told to whoever wanted it; the others' writes stay
        tx.execute("ROLLBACK TO SAVEPOINT one")
        done = _Done(waiting.told, error=error)
    tx.execute("RELEASE SAVEPOINT one")
    return done
