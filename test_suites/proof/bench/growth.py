"""Measures how matching grows with the index: one benchmark a size, each in a process of its own.

The process tells its own memory, so that no size begins with what another one left behind.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from test_suites.proof.bench.figures import Figure
from test_suites.proof.bench.matching import SIZES

_RUN: Final = """
import json, sys
from test_suites.proof.bench.matching import measure
for each in measure(**json.loads(sys.argv[1])):
    print(json.dumps(each.as_json()), flush=True)
"""


def sizes_up_to(largest: int) -> tuple[int, ...]:
    """Return the powers of ten from the smallest benchmark on, and `largest` itself."""
    smaller = takewhile(lambda size: size < largest, SIZES)
    return (*smaller, largest)


def measure(
    *, seconds: float, pairs: int, size: int = SIZES[0], database: str = "", keep: str = ""
) -> Iterator[Figure]:
    """Yield the figures of `matching` for each size up to `size`; CalledProcessError.

    `database` is an address of PostgreSQL, else each size has a SQLite file of its own. On
    PostgreSQL the memory told is the client's. `keep` is a folder for indexes to be used again.
    """
    for records in sizes_up_to(size):
        given = {
            "seconds": seconds,
            "pairs": pairs,
            "size": records,
            "database": database,
            "keep": keep,
        }
        ended = subprocess.run(
            [sys.executable, "-c", _RUN, json.dumps(given)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in ended.stdout.splitlines():
            yield Figure(**json.loads(line))
