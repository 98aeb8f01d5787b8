"""The standing server as its own processes, started as its users start it."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
from joserfc.jwk import ECKey

from reference_server.app.worlds import open_store
from reference_server.kernel.store import Database, PostgresUrl
from reference_server.world import World
from tests.reference_server.standing import Browser, System

_SECONDS = 120
_SERVE = """
import sys
from argparse import ArgumentParser
from reference_server.app import commands
parser = ArgumentParser()
parser.add_argument("--json", action="store_true")
parser.set_defaults(language="en")
commands.configure("serve", parser)
sys.exit(commands.execute("serve", parser.parse_args()))
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", _SERVE, *arguments]


@dataclass(slots=True)
class Served:
    """A server that runs in processes of its own, and what it announced."""

    process: subprocess.Popen[str]
    told: dict[str, object]
    database: Database = None
    opened: ExitStack = field(default_factory=ExitStack)

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.told["authority"]))

    def world(self, name: str = "integration") -> World:
        """Return the same World, opened by this process: addresses, clock, trail."""
        databases = cast("list[str]", self.told["databases"])
        store = open_store(name, database=self.database or Path(databases[0]))
        world = World(name, origin=str(self.told["origin"]), store=store)
        self.opened.callback(world.close)
        return world

    def browser(self) -> Browser:
        browser = Browser(self.world(), self.trust())
        self.opened.callback(browser.http.close)
        return browser

    def laboratory(self) -> System:
        file = Path(str(self.told["client_keys"])) / "labo-nord-app.jwk.json"
        key = ECKey.import_key(json.loads(file.read_text(encoding="utf-8")))
        system = System(self.world(), self.trust(), key)
        self.opened.callback(system.http.close)
        return system

    def kill(self) -> None:
        """End it as a power cut would: every process at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=_SECONDS)

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=_SECONDS)


@contextmanager
def served(folder: Path, *arguments: str, kept_in: PostgresUrl | None = None) -> Iterator[Served]:
    """Serve on a free port, in a process group of its own; killed at the end at the latest."""
    database = () if kept_in is None else ("--database", kept_in.text)
    process = subprocess.Popen(
        command("--json", "--port", "0", "--folder", str(folder), *arguments, *database),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        running = Served(process=process, told=told, database=kept_in)
        with httpx.Client(
            verify=running.trust() if told["authority"] else False, timeout=60
        ) as http:
            for environment in told["environments"].values():
                assert http.get(f"{environment}/health", timeout=_SECONDS).status_code == 200
        with running.opened:
            yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
