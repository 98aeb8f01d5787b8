"""The queue between pages and worker (huey): SQLite by default, PostgreSQL or Redis by URL.

Messages are JSON, never pickle: whoever can write into the queue can make a worker run nothing but
what is registered here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from huey import Huey, MemoryHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from reference_server.kernel.store import POSTGRES

NAME: Final = "equalis-portal"
REDIS: Final = ("redis://", "rediss://")
IN_MEMORY: Final = ":memory:"
# How often an idle worker looks: from the first to the second, in seconds.
_SHORTEST, _LONGEST = 0.05, 0.25


class QueueError(ValueError):
    """The queue's address cannot be used; `reason` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JsonSerializer(Serializer):  # type: ignore[misc]  # huey publishes no types
    """Owns how a message is written: as JSON."""

    def _serialize(self, data: object) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> object:
        read = json.loads(data)
        return Message(*read) if isinstance(read, list) else read


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Owns one queue with its only task: make the paper of an order."""

    huey: Any
    task: Callable[[str], object]

    def put(self, own: str) -> None:
        """Wake a worker for an order."""
        self.task(own)

    def work(self) -> None:
        """Work until a signal ends it (SIGINT lets the paper in hand be finished)."""
        consumer = self.huey.create_consumer(
            workers=1,
            periodic=False,
            initial_delay=_SHORTEST,
            max_delay=_LONGEST,
            check_worker_health=False,
        )
        consumer.run()

    def drain(self) -> int:
        """Do what is in the queue now, in this thread; return how many tasks there were."""
        done = 0
        while (task := self.huey.dequeue()) is not None:
            self.huey.execute(task)
            done += 1
        return done


def open_queue(address: str, make: Callable[[str], None]) -> Queue:
    """Return the queue at an address: a file, `:memory:`, or a URL of PostgreSQL or Redis.

    `make` is what a worker calls with an order's id. Raises QueueError.
    """
    huey = _huey(address)
    task = huey.task()(make)
    return Queue(huey=huey, task=task)


def _huey(address: str) -> Huey:
    shared: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    if address == IN_MEMORY:
        return MemoryHuey(NAME, **shared)
    if address.startswith(POSTGRES):
        from huey import PostgresHuey  # noqa: PLC0415  needs psycopg only here

        return PostgresHuey(NAME, dsn=address, **shared)
    if address.startswith(REDIS):
        return _redis(address, shared)
    if "://" in address.removeprefix("sqlite:///"):
        raise QueueError("cli.wrong.portal-queue")
    file = Path(address.removeprefix("sqlite:///"))
    file.touch(mode=0o600)
    return SqliteHuey(NAME, filename=str(file), **shared)


def _redis(address: str, shared: dict[str, Any]) -> Huey:
    """Return a queue in Redis; its client is no dependency of the project."""
    if find_spec("redis") is None:
        raise QueueError("cli.wrong.portal-redis")
    from huey import RedisHuey  # noqa: PLC0415  needs the client

    return RedisHuey(NAME, url=address, **shared)
