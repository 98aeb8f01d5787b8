"""Opening, finding and closing Worlds; knows no HTTP."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from reference_server.app.described import OfServices
from reference_server.app.wiring import SERVICES, all_migrations
from reference_server.kernel.access import AccessTable
from reference_server.kernel.migrations import migrate
from reference_server.kernel.port import Port, Ports, Provision
from reference_server.kernel.service import Service
from reference_server.kernel.store import PATIENCE, Database, PostgresUrl, SqliteStore, Store
from reference_server.population.directory import synthetic_directory
from reference_server.ports import DESCRIPTIONS
from reference_server.world import Randomness, Settings, Vault, World

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
IN_MEMORY = ":memory:"
PRODUCTION = "production"
NAMED = frozenset({"integration", "qualification", "preproduction", PRODUCTION})
"""The national environments: their authorities sign with RSA, as the agency's do."""


class WorldNameError(ValueError):
    """A World's name is not a slug, or is taken."""


class KeyFileUnnamedError(ValueError):
    """A World in PostgreSQL was to be opened, and nobody said which file has its key.

    Without it its secrets would lie in the database as they are.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"say which file has the key of {name!r}: keys=…/{name}.db.key")


class WiringError(LookupError):
    """A service needs a port that no service provides, or two provide the same."""


class WorldRegistry:
    """The Worlds of one server process.

    `origin` is `https://host:port`. A World without a database lives in memory and opens in
    milliseconds; one with a file, or in PostgreSQL, is shared by all processes that open the same.
    """

    def __init__(self, *, origin: str, services: tuple[Service[World], ...] = SERVICES) -> None:
        self.origin = origin.rstrip("/")
        self.services = services
        check_wiring(services)
        self._worlds: dict[str, World] = {}
        self._visits: Counter[World] = Counter()
        self._leaving: set[World] = set()
        self._lock = threading.Lock()
        self._shared: Ports[World] = Ports(
            {
                provision.port: provision.make_shared
                for provision in _provisions(services)
                if provision.make_shared is not None
            }
        )

    def open(
        self,
        name: str,
        *,
        origin: str | None = None,
        database: Database = None,
        settings: Settings | None = None,
        randomness: Randomness | None = None,
        seed: Callable[[World], None] | None = None,
        keys: Path | None = None,
    ) -> World:
        """Open a World under a free name and let `seed` fill it; raises WorldNameError.

        `origin` is where this one is reached, when that is not the registry's own; `keys` as in
        `open_world`.
        """
        if not is_slug(name) or name in self._worlds:
            raise WorldNameError(name)
        world = open_world(
            name,
            origin=origin or self.origin,
            services=self.services,
            shared=self._shared,
            database=database,
            settings=settings,
            randomness=randomness,
            keys=keys,
        )
        try:
            if seed is not None:
                seed(world)
        except BaseException:
            world.close()
            raise
        self._worlds[name] = world
        return world

    def find(self, name: str) -> World | None:
        """Return an open World."""
        return self._worlds.get(name)

    @contextmanager
    def visiting(self, name: str) -> Iterator[World | None]:
        """Give an open World, which stays whole while the block runs, though it be closed."""
        with self._lock:
            world = self._worlds.get(name)
            if world is not None:
                self._visits[world] += 1
        if world is None:
            yield None
            return
        try:
            yield world
        finally:
            self._left(world)

    def _left(self, world: World) -> None:
        with self._lock:
            self._visits[world] -= 1
            if self._visits[world]:
                return
            del self._visits[world]
            is_last = world in self._leaving
            self._leaving.discard(world)
        if is_last:
            world.close()

    def close(self, name: str) -> None:
        """Close a World: requests that come later find nothing, those under way still end."""
        with self._lock:
            world = self._worlds.pop(name)
            if self._visits[world]:
                self._leaving.add(world)
                return
            del self._visits[world]
        world.close()

    def close_all(self) -> None:
        """Close every World and what they share."""
        for name in tuple(self._worlds):
            self.close(name)
        self._shared.close()


def is_slug(name: str) -> bool:
    """Tell whether a World may have this name: small letters, digits, hyphens inside."""
    return _SLUG.fullmatch(name) is not None


def settings_of(name: str) -> Settings:
    """Return how strict a named World is; `production` takes real numbers, and has no magic."""
    is_for_tests = name != PRODUCTION
    key = "rsa-4096" if name in NAMED else "p-256"
    return Settings(
        refuse_possibly_real=is_for_tests,
        magic=is_for_tests,
        authority_key=key,
        newcomers=synthetic_directory,
    )


def open_world(
    name: str,
    *,
    origin: str,
    services: tuple[Service[World], ...] = SERVICES,
    shared: Ports[World] | None = None,
    database: Database = None,
    settings: Settings | None = None,
    randomness: Randomness | None = None,
    patience: float = PATIENCE,
    keys: Path | None = None,
) -> World:
    """Open a World that no registry knows, its tables made and its ports bound.

    `keys` is the file of the key that seals its secrets, by default beside a SQLite file; of a
    World in PostgreSQL it must be told (KeyFileUnnamedError).
    """
    vault = _vault(name, database, keys)
    store = open_store(name, database=database, patience=patience)
    try:
        names = tuple(service.name for service in services)
        migrate(store, all_migrations(names, store.dialect))
    except BaseException:
        store.close()
        raise
    world = World(
        name,
        origin=origin,
        store=store,
        settings=settings,
        randomness=randomness,
        vault=vault,
    )
    world.access = AccessTable(permit for service in services for permit in service.permits)
    world.ports = Ports(_makers(services, world, alone=shared is None), parent=shared)
    # Made now: the first token is issued inside a transaction, where no other can be opened.
    world.keys.signing(now=world.clock.wire_now())
    return world


def open_store(name: str, *, database: Database, patience: float = PATIENCE) -> Store:
    """Open where a World is kept, without its tables; raises StoreError of PostgreSQL."""
    if isinstance(database, PostgresUrl):
        # Not at the top: it takes a tenth of a second, and most Worlds are SQLite's.
        from reference_server.kernel.postgres import PostgresStore  # noqa: PLC0415 - as told above

        return PostgresStore(database, world=name, patience=patience)
    return SqliteStore(IN_MEMORY if database is None else database, patience=patience)


def key_file(database: Path) -> Path:
    """Return where the key lies that seals what the database of a World holds of secrets."""
    return database.with_name(f"{database.name}.key")


def _vault(name: str, database: Database, file: Path | None) -> Vault:
    if database is None:
        return Vault.in_memory()
    if file is not None:
        return Vault.in_file(file)
    if isinstance(database, PostgresUrl):
        raise KeyFileUnnamedError(name)
    return Vault.in_file(key_file(database))


def check_wiring(services: tuple[Service[World], ...]) -> None:
    """Raise WiringError unless every needed port is provided exactly once."""
    provided = [DESCRIPTIONS, *(provision.port for provision in _provisions(services))]
    for port in provided:
        if provided.count(port) > 1:
            raise WiringError(f"{port.name} is provided twice")
    for service in services:
        for port in service.needs:
            if port not in provided:
                raise WiringError(f"{service.name} needs {port.name}, which nobody provides")


def _provisions(services: tuple[Service[World], ...]) -> Iterator[Provision[World]]:
    for service in services:
        yield from service.provides


def _makers(
    services: tuple[Service[World], ...], world: World, *, alone: bool
) -> dict[Port[Any], Callable[[], object]]:
    """Return how each port is made; a World of its own makes the shared ones for itself."""
    makers: dict[Port[Any], Callable[[], object]] = {DESCRIPTIONS: partial(OfServices, services)}
    for provision in _provisions(services):
        if provision.make is not None:
            makers[provision.port] = partial(provision.make, world)
        elif alone and provision.make_shared is not None:
            makers[provision.port] = provision.make_shared
    return makers
