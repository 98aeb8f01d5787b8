"""Submit, retrieve, dispense as fast as 16 clients can, and what recording costs beside it.

Two server processes on one SQLite file with full sync; the generator shares the cores with them
and its own processor time is a figure. Every submission is judged by the national profiles but in
the runs that are named otherwise.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

from test_suites.engine.standing import WORLD, listening_sockets
from test_suites.proof.bench.figures import Figure, figure, percentile
from test_suites.proof.bench.generator import Timing
from test_suites.proof.bench.preparation import prepare

CLIENTS: Final = 16
PROCESSES: Final = 2
WARM_UP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds of the servers: all of it, and that of the threads that answer."""

    whole: float
    answering: float

    def since(self, before: "Spent") -> "Spent":
        """Return what was spent after `before`."""
        return Spent(whole=self.whole - before.whole, answering=self.answering - before.answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How the servers of a run stand."""

    recording: bool = False
    tls: bool = True
    profiles: bool = True

    def arguments(self, folder: Path, number: int) -> list[str]:
        """Return what the server process of a number is told."""
        told = ["--record", str(folder / f"record-{number}")] if self.recording else []
        told += [] if self.tls else ["--plain-http"]
        return told + ([] if self.profiles else ["--without-profiles"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: its timing, and what the server processes spent meanwhile."""

    timing: Timing
    spent: Spent

    def per_cycle(self, seconds: float) -> float:
        """Return milliseconds for each cycle."""
        return 1000 * seconds / len(self.timing.cycles)


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures; runs without and with recording alternate, `pairs` of each.

    The cycles are measured over https as the service is used. What recording costs is measured
    over plain http, because under the wire tap TLS is taken up in another place.
    """
    for setup, name in ((Setup(), "cycles"), (Setup(profiles=False), "cycles, no profiles")):
        yield from _service([one_run(setup, seconds=seconds) for _ in range(min(pairs, 3))], name)
    plain: list[Measured] = []
    recorded: list[Measured] = []
    for pair in range(pairs):
        both = ((plain, False), (recorded, True))
        for runs, recording in both if pair % 2 == 0 else both[::-1]:
            runs.append(one_run(Setup(recording=recording, tls=False), seconds=seconds))
    yield from _recording(plain, recorded)


def _service(runs: list[Measured], name: str) -> Iterator[Figure]:
    yield figure(name, "cycles/s", [run.timing.rate for run in runs])
    for share in (0.5, 0.99):
        values = [1000 * percentile(run.timing.cycles, share) for run in runs]
        yield figure(f"{name}: p{share * 100:.0f}", "ms", values)
    spent = [run.per_cycle(run.spent.whole) for run in runs]
    yield figure(f"{name}: server CPU", "ms/cycle", spent)
    generator = [run.per_cycle(run.timing.generator_cpu) for run in runs]
    yield figure(f"{name}: generator CPU", "ms/cycle", generator)


def _recording(plain: list[Measured], recorded: list[Measured]) -> Iterator[Figure]:
    baseline = statistics.median(run.timing.rate for run in plain)
    rates = [run.timing.rate for run in recorded]
    yield figure("cycles recorded, http", "cycles/s", rates, baseline=baseline)
    pairs = [
        (
            (run.per_cycle(run.spent.answering), run.per_cycle(run.spent.whole)),
            (tapped.per_cycle(tapped.spent.answering), tapped.per_cycle(tapped.spent.whole)),
        )
        for run, tapped in zip(plain, recorded, strict=True)
    ]
    answering = [100 * (tapped[0] / run[0] - 1) for run, tapped in pairs]
    whole = [100 * (tapped[1] / run[1] - 1) for run, tapped in pairs]
    yield figure("recording: CPU of the answering threads", "% more", answering)
    yield figure("recording: CPU with the recorder's thread", "% more", whole)


def one_run(setup: Setup, *, seconds: float) -> Measured:
    """Start fresh server processes on a fresh database, warm them up and measure once."""
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as name:
        folder = Path(name)
        with servers(folder, setup) as (origin, processes):
            prepared = asyncio.run(prepare(f"{origin}/{WORLD}", folder))
            job = {
                **asdict(prepared),
                "fhir_base": f"{origin}/{WORLD}/fhir",
                "trust_file": str(folder / "ca.pem") if setup.tls else None,
                "clients": CLIENTS,
            }
            _generate({**job, "seconds": WARM_UP_SECONDS})
            before = spent_by(processes)
            timing = _generate({**job, "seconds": seconds})
            return Measured(timing=timing, spent=spent_by(processes).since(before))


def _generate(job: dict[str, object]) -> Timing:
    command = [sys.executable, "-m", "test_suites.proof.bench"]
    done = subprocess.run(
        command, input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=Timing)


@contextlib.contextmanager
def servers(folder: Path, setup: Setup) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Run the server processes at one port; yield their origin and the processes."""
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(each) for each in listening_sockets(PROCESSES)]
        origin = f"{'https' if setup.tls else 'http'}://127.0.0.1:{doors[0].getsockname()[1]}"
        processes = []
        for number, bound in enumerate(doors):
            command = [sys.executable, "-m", "test_suites.engine.standing"]
            command += ["--socket", str(bound.fileno()), "--folder", str(folder)]
            command += setup.arguments(folder, number)
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[bound.fileno()])
            )
            stack.callback(process.terminate)
            if process.stdout is None or process.stdout.readline() != b"READY\n":
                raise RuntimeError("a server process did not start")
            processes.append(psutil.Process(process.pid))
        yield origin, processes


def spent_by(servers: list[psutil.Process]) -> Spent:
    """Return what the servers and their stamping workers have used until now."""
    whole = answering = 0.0
    for server in servers:
        threads = server.threads()
        whole += sum(thread.user_time + thread.system_time for thread in threads)
        answering += sum(t.user_time + t.system_time for t in threads if t.id == server.pid)
        for worker in server.children(recursive=True):
            times = worker.cpu_times()
            whole += times.user + times.system
            answering += times.user + times.system
    return Spent(whole=whole, answering=answering)
