"""Measures what everybody waits for: help on the command line, and a World opened and filled."""

import subprocess
import sys
import time
from collections.abc import Iterator

from test_suites.proof.bench.figures import Figure, figure

_WORLDS = """
import time
from reference_server.app.worlds import WorldRegistry
from reference_server.population import seed
registry = WorldRegistry(origin="https://localhost")
registry.open("warm", seed=seed)
for number in range(int(__import__("sys").argv[1])):
    began = time.perf_counter()
    registry.open(f"s-{number}", seed=seed)
    print(time.perf_counter() - began)
registry.close_all()
"""


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures: at least `pairs` runs of each, help for up to `seconds`."""
    taken: list[float] = []
    ends = time.perf_counter() + seconds
    while len(taken) < pairs or (time.perf_counter() < ends and len(taken) < 10 * pairs):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "reports.cli", "--help"], check=True, capture_output=True
        )
        taken.append(1000 * (time.perf_counter() - began))
    yield figure("equalis --help", "ms", taken)
    opened = subprocess.run(
        [sys.executable, "-c", _WORLDS, str(pairs)], check=True, capture_output=True, text=True
    )
    yield figure(
        "a World, opened and filled", "ms", [1000 * float(x) for x in opened.stdout.split()]
    )
