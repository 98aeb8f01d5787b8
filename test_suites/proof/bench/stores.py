"""Runs a measurement on a World in SQLite and, where one is named, in PostgreSQL.

The environment variable `EQUALIS_BENCH_DATABASE` names a PostgreSQL database by URL; a schema of
its own is made there and dropped afterwards. Each run is a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from test_suites.proof.bench.figures import Figure, figure

DATABASE: Final = "EQUALIS_BENCH_DATABASE"
_OPEN: Final = """
import json, os, sys, time
from pathlib import Path
from uuid import uuid4
from reference_server.app.worlds import WorldRegistry
from reference_server.kernel.store import PostgresUrl
from reference_server.population import seed
from reference_server.population.directory import synthetic_directory
from reference_server.world import Settings
url, folder, seconds = os.environ["BENCH_URL"], sys.argv[1], float(sys.argv[2])
database = PostgresUrl(url) if url else Path(folder) / "bench.db"
registry = WorldRegistry(origin="https://localhost")
name = f"bench-{uuid4().hex[:8]}"
settings = Settings(newcomers=synthetic_directory)
keys = Path(folder) / "bench.key"
world = registry.open(name, database=database, settings=settings, seed=seed, keys=keys)
def rate(act):
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        act(count)
        count += 1
    return count / spent
try:
    figures = measured()
finally:
    if url:
        with world.store.write() as tx:
            tx.execute(f'DROP SCHEMA "{world.store.schema}" CASCADE')
    registry.close_all()
print(json.dumps(figures))
"""


Prepare = Callable[[Path], None]
"""Puts a database where a World will be opened on it."""


def measured(
    script: str, *, seconds: float, runs: int, prepare: Prepare | None = None
) -> Iterator[Figure]:
    """Yield the figures of a script that defines `measured()`: name → [unit, value].

    With `prepare`, only those in SQLite: each run has a database of its own from it.
    """
    for store, url in (("SQLite", ""), ("PostgreSQL", os.environ.get(DATABASE, ""))):
        if store == "PostgreSQL" and (not url or prepare is not None):
            continue
        told = [_run(script, url, seconds, prepare) for _ in range(runs)]
        for name, (unit, _) in told[0].items():
            yield figure(f"{name}, {store}", unit, [float(one[name][1]) for one in told])


def _run(
    script: str, url: str, seconds: float, prepare: Prepare | None
) -> dict[str, tuple[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        if prepare is not None:
            prepare(Path(folder) / "bench.db")
        ended = subprocess.run(
            [sys.executable, "-c", script + _OPEN, str(Path(folder)), str(seconds)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "BENCH_URL": url},
        )
    return {name: (unit, value) for name, (unit, value) in json.loads(ended.stdout).items()}
