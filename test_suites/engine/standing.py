"""The reference service as a standing process, recorded or not: what recording costs is seen here.

Started by the benchmark as `python -m test_suites.engine.standing`; several processes may share
one port and one database. It prints READY when it answers and ends on SIGTERM.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvloop

from reference_server.app import WorldRegistry, build_app
from reference_server.app.asgi import App
from reference_server.app.sandbox import client_keys
from reference_server.app.serving import Listener, bind, bind_beside, running
from reference_server.kernel.collecting import collect_rarely
from reference_server.population.personas import load
from reference_server.population.seed import seed
from reference_server.world import Settings
from reference_server.world.authority import ServerIdentity, server_identity
from test_suites.capture.journal import JournalWriter, Kind
from test_suites.capture.listener import listeners, server_context
from test_suites.capture.raw import Moment
from test_suites.capture.recorder import Recorder
from test_suites.capture.server_tap import RecordingMiddleware
from test_suites.capture.wire_tap import WireTap
from test_suites.engine.facts import Describer
from test_suites.engine.people import matricules
from test_suites.engine.redactors import Redactors

WORLD = "integration"


@contextlib.contextmanager
def _recorder(folder: Path) -> Iterator[Recorder]:
    redactors = Redactors(personas=matricules(load()))
    redactors.open(WORLD)
    writer = JournalWriter(folder=folder)
    with Recorder(writer, describe=Describer(), redactor=redactors.find) as recorder:
        recorder.write(Kind.HEADER, {"format": 1, "standing": True})
        yield recorder


@contextlib.asynccontextmanager
async def _recorded(
    app: App, bound: socket.socket, identity: ServerIdentity | None, folder: Path
) -> AsyncIterator[None]:
    """Serve behind both taps."""
    context = None if identity is None else server_context(str(identity.chain), str(identity.key))
    moment = Moment(session=WORLD, step=None)
    with _recorder(folder) as recorder:
        tapped = RecordingMiddleware(app, sink=recorder.exchange, now=lambda _path: moment)
        tap = WireTap(sink=recorder.wire, moment=lambda: moment, tls=lambda: context)
        async with listeners(tapped) as listening:
            await listening.open(tap, bound=bound)
            yield


def listening_sockets(count: int) -> list[socket.socket]:
    """Return as many listening sockets at one free port, one for each process started after."""
    first = bind("127.0.0.1", 0, shared=True)
    return [first, *(bind_beside(first) for _ in range(count - 1))]


async def _serve(
    bound: socket.socket, folder: Path, record: Path | None, *, tls: bool, settings: Settings
) -> None:
    identity = server_identity(folder, now=datetime.now(UTC)) if tls else None
    listener = Listener(bound=bound, identity=identity)
    registry = WorldRegistry(origin=listener.origin)
    fill = partial(seed, keys=client_keys(folder / "clients", load()))
    registry.open(WORLD, database=folder / f"{WORLD}.db", seed=fill, settings=settings)
    app, over = build_app(registry), asyncio.Event()
    collect_rarely()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    serving = running(app, listener) if record is None else _recorded(app, bound, identity, record)
    try:
        async with serving:
            sys.stdout.write("READY\n")
            sys.stdout.flush()
            await over.wait()
    finally:
        registry.close_all()


def main() -> int:
    """Serve until SIGTERM."""
    parser = ArgumentParser(prog="standing")
    parser.add_argument("--socket", type=int, required=True, metavar="FD")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--plain-http", action="store_true")
    parser.add_argument("--without-profiles", action="store_true")
    arguments = parser.parse_args()
    folder, record, tls = arguments.folder, arguments.record, not arguments.plain_http
    settings = Settings(judge_by_profile=not arguments.without_profiles)
    with socket.socket(fileno=arguments.socket) as bound:
        uvloop.run(_serve(bound, folder, record, tls=tls, settings=settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
