"""Measures `$match` against an index of the synthetic country: in process, and how it grows.

SQLite in a file, or PostgreSQL where an address is given. Records are taken in at once; questions
are faulty records of people who are there, without the national number.
"""

import gc
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from reference_server.kernel.collecting import collect_rarely
from reference_server.kernel.store import Store
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.operations.match import match
from test_suites.proof.bench.figures import Figure, figure, percentile
from test_suites.proof.bench.kept import Loaded, loaded

SIZES: Final = (10_000, 100_000, 1_000_000)
_WARM_UP: Final = 20


def measure(
    *, seconds: float, pairs: int, size: int = SIZES[0], database: str = "", keep: str = ""
) -> Iterator[Figure]:
    """Yield the figures for an index of `size` records; OSError.

    `database` is an address of PostgreSQL, or empty. `keep` is a folder in which the index stays
    and is used again, or empty: then it goes afterwards. `pairs` rounds of up to `seconds` in all.
    """
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as passing:
        folder = Path(keep or passing)
        folder.mkdir(parents=True, exist_ok=True)
        with loaded(size, database=database, folder=folder, keep=bool(keep)) as index:
            yield from taken_in(index.took, size=size)
            yield from _measure(index, seconds=seconds, pairs=pairs, size=size)
        if index.file is not None:
            yield figure(f"file, {size} records", "MB", [index.file.stat().st_size / 1e6])


def taken_in(took: tuple[float, float] | None, *, size: int) -> Iterator[Figure]:
    """Yield how long an index took to load, where it was."""
    if took is not None:
        clock, spent = took
        yield figure(f"taking in, {size} records", "s", [clock])
        yield figure(f"taking in, processor, {size} records", "s", [spent])


def _measure(index: Loaded, *, seconds: float, pairs: int, size: int) -> Iterator[Figure]:
    store, sought = index.store, index.sought
    for traits in sought[:_WARM_UP]:
        _ask(store, traits)
    with _collecting_rarely():
        rounds = [_round(store, sought, seconds / pairs) for _ in range(pairs)]
    for share in (0.5, 0.99):
        values = [1000 * percentile([took for took, _ in each], share) for each in rounds]
        yield figure(f"$match p{share * 100:.0f}, {size} records", "ms", values)
    for share in (0.5, 0.99):
        values = [1000 * percentile([cpu for _, cpu in each], share) for each in rounds]
        name = f"$match p{share * 100:.0f}, processor, {size} records"
        yield figure(name, "ms", values)
    memory = psutil.Process().memory_info().rss / 1e6
    yield figure(f"memory of the process, {size} records", "MB", [memory])


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for garbage as rarely as a server does, and afterwards as before."""
    before = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _round(store: Store, sought: Sequence[Traits], seconds: float) -> list[tuple[float, float]]:
    """Return what each question took: on the clock, and of the processor."""
    took: list[tuple[float, float]] = []
    ends = time.perf_counter() + seconds
    for traits in sought:
        spent, began = time.process_time(), time.perf_counter()
        _ask(store, traits)
        ended = time.perf_counter()
        took.append((ended - began, time.process_time() - spent))
        if ended > ends:
            break
    return took


def _ask(store: Store, traits: Traits) -> None:
    with store.read() as tx:
        match(tx, traits)
