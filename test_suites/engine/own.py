"""The reference service as a product like any other: served in this process, with a subject file.

What a run needs to be put to a server lies in one folder: subject.toml, authority, keys and
passwords. The server has a thread and an event loop of its own.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from reference_server.app import WorldRegistry, build_app
from reference_server.app.asgi import App
from reference_server.app.metadata import SOFTWARE_VERSION
from reference_server.app.openapi import of_world
from reference_server.app.sandbox import client_keys, write_passwords
from reference_server.app.serving import Listener, bind, running
from reference_server.app.wiring import full_catalogue
from reference_server.kernel.mllp import MllpServer
from reference_server.population.personas import Population, load
from reference_server.population.seed import seed
from reference_server.ports.messages import MESSAGES
from reference_server.world.authority import server_context, server_identity
from test_suites.engine.people import PERSON_CLIENT
from test_suites.subjects.model import OF_IDENTITIES
from test_suites.subjects.scopes import actors_of

WORLD: Final = "reference"
SUBJECT: Final = "subject.toml"
VENDOR: Final = "eQualis Lab"
NAME: Final = "Reference implementation"
PRESCRIPTIONS: Final = ("cancel", "fractioned", "plan-b", "reserve", "resubmit")
CAPABILITIES: Final = (*PRESCRIPTIONS, *sorted(OF_IDENTITIES))


def _as_it_is(app: App) -> App:
    return app


@contextlib.contextmanager
def own_server(
    folder: Path,
    *,
    wrap: Callable[[App], App] = _as_it_is,
    bend: Callable[[bytes, bytes], bytes | None] | None = None,
    build: str = "",
) -> Iterator[Path]:
    """Serve the reference until the block ends; give the file that declares it as a subject.

    `wrap` may put something in front of the app, `bend` change what is answered to a message of
    HL7 v2 (message and answer to a whole frame); `build` says so in the declaration.
    """
    serving = _Serving(folder=folder, wrap=wrap, bend=bend, build=build)
    thread = threading.Thread(target=serving.run, name="own-server", daemon=True)
    thread.start()
    try:
        yield serving.ready.result()
    finally:
        serving.stop()
        thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serving:
    """Owns the server's thread."""

    folder: Path
    wrap: Callable[[App], App]
    bend: Callable[[bytes, bytes], bytes | None] | None
    build: str
    ready: Future[Path] = field(default_factory=Future)
    _over: Future[Callable[[], object]] = field(default_factory=Future)

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self.ready.done():
                raise
            self.ready.set_exception(error)

    def stop(self) -> None:
        if self._over.done():
            with contextlib.suppress(RuntimeError):  # the loop ended already: something went wrong
                self._over.result()()

    async def _serve(self) -> None:
        population = load()
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        self._over.set_result(partial(loop.call_soon_threadsafe, over.set))
        with bind("127.0.0.1", 0) as bound, bind("127.0.0.1", 0) as line:
            identity = server_identity(self.folder, now=datetime.now(UTC))
            listener = Listener(bound=bound, identity=identity)
            registry = WorldRegistry(origin=listener.origin)
            keys = client_keys(self.folder / "clients", population)
            write_passwords(self.folder / "people", population)
            world = registry.open(WORLD, seed=partial(seed, population=population, keys=keys))
            file = self.folder / SUBJECT
            server = {
                "base_url": world.base_url,
                "messages": f"mllps://127.0.0.1:{line.getsockname()[1]}",
                "trust_pem": identity.authority.name,
            }
            catalogue = full_catalogue(tuple(each.name for each in registry.services))
            respondent = world.port(MESSAGES).respondent(catalogue)
            messages = MllpServer(respondent, bend=self.bend)
            declared = _declaration(server, population, build=self.build)
            file.write_text(declared, encoding="utf-8")
            try:
                async with (
                    running(self.wrap(build_app(registry)), listener),
                    messages.running(line, server_context(identity)),
                ):
                    self.ready.set_result(file)
                    await over.wait()
            finally:
                registry.close_all()


def _declaration(server: Mapping[str, str], population: Population, *, build: str) -> str:
    """Return the subject file of a reference service at an address."""
    product = {"vendor": VENDOR, "name": NAME, "version": SOFTWARE_VERSION, "build": build}
    head = {"product": product, "server": server}
    lines = ["# Written by the lab: its own reference service, reached like anybody's server."]
    for table, members in head.items():
        lines += ["", f"[{table}]", *_members(members)]
    role = {"actor": "service", "capabilities": CAPABILITIES}
    lines += ["", "[[roles]]", *_members(role)]
    for client in _clients(population):
        lines += ["", "[[server.clients]]", *_members(client)]
    return "\n".join(lines) + "\n"


def _members(members: Mapping[str, object]) -> list[str]:
    """Return TOML lines; JSON's strings and lists of strings are TOML's."""
    return [f"{name} = {json.dumps(value)}" for name, value in members.items()]


def _clients(population: Population) -> Iterator[dict[str, object]]:
    for name, person in population.practitioners.items():
        yield {
            "persona": name,
            "client_id": PERSON_CLIENT,
            "username": person.ehealth_id,
            "password_file": f"people/{name}.password",
        }
    for client_id, client in population.clients.items():
        if client.organization is not None:
            yield {
                "persona": client.organization,
                "client_id": client_id,
                "private_jwk_file": f"clients/{client_id}.jwk.json",
                "actors": actors_of(client.scopes),
            }


def own_document(base_url: str) -> bytes:
    """Return the OpenAPI document of the reference service, as if it stood at an address."""
    document = build_app(WorldRegistry(origin=base_url)).openapi()
    return json.dumps(of_world(document, base_url)).encode("utf-8")
