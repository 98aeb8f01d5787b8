"""Runs what blocks beside the event loop, in threads that nobody has to wait for in the end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises.

    Whoever is cancelled meanwhile goes on at once, and so does the program at its end: the
    thread is left to itself, unlike those of the loop's own executor.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        if not done.done():
            outcome()

    def run() -> None:
        try:
            outcome = partial(done.set_result, work())
        except Exception as error:  # noqa: BLE001  handed to whoever waits
            outcome = partial(done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, daemon=True, name="doctor").start()
    return await done
