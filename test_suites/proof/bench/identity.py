"""Measures HL7 v2 on the patient index: a feed that is durable, and queries, over TCP.

Server and store are one process, the sender is another. It sends ahead; what waits is done in one
transaction and acknowledged after its commit. The people are the synthetic country's; where an
index was loaded before, whoever is fed is sought among all who are in it.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from test_suites.proof.bench.figures import Figure
from test_suites.proof.bench.kept import put_copy
from test_suites.proof.bench.matching import SIZES, taken_in
from test_suites.proof.bench.stores import measured

_SCRIPT = r"""
def measured():
    import asyncio
    import gc
    import subprocess
    import msgspec
    import uvloop
    from reference_server.app.serving import bind
    from reference_server.app.wiring import full_catalogue
    from reference_server.kernel.collecting import collect_rarely
    from reference_server.kernel.mllp import MllpServer
    from reference_server.ports.messages import MESSAGES
    from test_suites.proof.bench.identity_sender import Pace
    catalogue = full_catalogue(tuple(each.name for each in registry.services))
    told = {}
    collect_rarely()  # as a server does
    async def all_of_it():
        server = MllpServer(respondent=world.port(MESSAGES).respondent(catalogue))
        with bind("127.0.0.1", 0) as bound:
            async with server.running(bound) as port:
                with subprocess.Popen(
                    [sys.executable, "-m", "test_suites.proof.bench.identity_sender",
                     str(port), str(seconds)], stdout=subprocess.PIPE) as sender:
                    spent = time.process_time()
                    while line := await asyncio.to_thread(sender.stdout.readline):
                        pace = msgspec.json.decode(line, type=Pace)
                        before, spent = spent, time.process_time()
                        told[pace.name] = ["1/s", pace.count / pace.seconds]
                        each = 1000 * (spent - before) / pace.count
                        told[f"{pace.name}, processor of the server"] = ["ms", each]
                assert sender.returncode == 0
    uvloop.run(all_of_it())
    gc.unfreeze()
    return told
"""


def measure(*, seconds: float, pairs: int, size: int = 0, keep: str = "") -> Iterator[Figure]:
    """Yield the figures, of `pairs` runs of `seconds` for each kind of message; OSError.

    `size` people are in the index before; 0 are those of any World. `keep` is a folder in which
    such an index stays and is used again, or empty. With either it is SQLite that is measured.
    """
    size = size or (SIZES[0] if keep else 0)
    if not size:
        yield from measured(_SCRIPT, seconds=seconds, runs=pairs)
        return
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as passing:
        folder = keep or passing
        took: list[Figure] = []

        def prepare(target: Path) -> None:
            took.extend(taken_in(put_copy(target, size=size, keep=folder).took, size=size))

        told = list(measured(_SCRIPT, seconds=seconds, runs=pairs, prepare=prepare))
        yield from took
        yield from (replace(each, name=f"{each.name}, {size} records") for each in told)
