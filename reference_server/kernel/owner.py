"""A process that ends with the one that started it, however that one ends; knows no service."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def end_with_owner() -> None:
    """Send SIGTERM to this process as soon as the process that spawned it is gone.

    For processes of `multiprocessing`; in one that nobody spawned nothing happens.
    """
    owner = multiprocessing.parent_process()
    if owner is not None:
        threading.Thread(target=_end_after, args=(owner.sentinel,), daemon=True).start()


def unwind_with_owner() -> None:
    """End with the owner, and on SIGTERM end what was begun: other programs, folders, ports."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end_with_owner()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
