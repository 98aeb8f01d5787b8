"""The standing server: named environments in files, several processes; knows no test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from reference_server.app.asgi import App, build_app
from reference_server.app.sandbox import client_keys, write_passwords
from reference_server.app.serving import Listener, bind, configure
from reference_server.app.worlds import WorldRegistry
from reference_server.population import load, seed
from reference_server.world import Settings, World
from reference_server.world.authority import server_identity

PRODUCTION = "production"
IN_MEMORY = ":memory:"
LAST_PORT = 65_535


class ServeError(ValueError):
    """The options cannot be used together, or one not at all: a message id with parameters."""

    def __init__(self, message_id: str, **params: object) -> None:
        super().__init__(message_id, params)
        self.message_id = message_id
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How to serve. `folder` takes the authority, keys and passwords and, by default, the data.

    `database` is a SQLite file (`{environment}` in it stands for the World's name), a
    `sqlite:///` URL of one, or `:memory:`; by default `<folder>/{environment}.db`. `hosts` are
    further names for the certificate.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8443
    environments: tuple[str, ...] = ("integration",)
    database: str | None = None
    tls: bool = True
    workers: int = 1
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What whoever wants to talk to the server must know."""

    origin: str
    environments: tuple[str, ...]
    authority: Path | None
    client_keys: Path
    passwords: Path
    databases: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worlds:
    """The Worlds of a server process; picklable, so that every process opens its own."""

    origin: str
    databases: tuple[tuple[str, Path | None], ...]

    def open(self, fill: Callable[[World], None] | None) -> WorldRegistry:
        registry = WorldRegistry(origin=self.origin)
        try:
            for name, database in self.databases:
                settings = Settings(refuse_possibly_real=name != PRODUCTION)
                registry.open(name, database=database, settings=settings, seed=fill)
        except BaseException:
            registry.close_all()
            raise
        return registry

    def app(self) -> App:
        """Open the Worlds, already filled, and return the app over them (a uvicorn factory)."""
        registry = self.open(None)
        return build_app(registry, on_shutdown=registry.close_all)


def serve(options: ServeOptions, *, announce: Callable[[Serving], None]) -> None:
    """Serve until SIGINT or SIGTERM, then end gracefully. `announce` hears where and with what."""
    _check(options)
    options.folder.mkdir(parents=True, exist_ok=True)
    with bind(options.host, options.port) as bound:
        listener = Listener(bound=bound)
        if options.tls:
            now = datetime.now(UTC)
            names = _named(options)
            identity = server_identity(options.folder, now=now, hosts=names)
            listener = Listener(bound=bound, identity=identity)
        worlds = _Worlds(origin=listener.origin, databases=_databases(options))
        keys = client_keys(options.folder / "clients", load())
        write_passwords(options.folder / "people", load())
        fill = partial(seed, keys=keys)
        announcement = _announcement(options, listener, worlds)
        if options.workers > 1:
            worlds.open(fill).close_all()
            _serve_processes(worlds, listener, options.workers, partial(announce, announcement))
        else:
            registry = worlds.open(fill)
            app = build_app(registry, on_shutdown=registry.close_all)
            announce(announcement)
            uvicorn.Server(configure(app, listener)).run(sockets=[bound])


def _serve_processes(
    worlds: _Worlds, listener: Listener, workers: int, announce: Callable[[], None]
) -> None:
    config = configure(worlds.app, listener, factory=True, workers=workers)
    announce()
    Multiprocess(config, sockets=[listener.bound]).run()


def _announcement(options: ServeOptions, listener: Listener, worlds: _Worlds) -> Serving:
    return Serving(
        origin=listener.origin,
        environments=options.environments,
        authority=None if listener.identity is None else listener.identity.authority,
        client_keys=options.folder / "clients",
        passwords=options.folder / "people",
        databases=tuple(file for _, file in worlds.databases if file is not None),
    )


def _check(options: ServeOptions) -> None:
    if options.workers < 1 or not options.environments:
        raise ServeError("serve.reason.too-few")
    if not 0 <= options.port <= LAST_PORT:
        raise ServeError("serve.reason.port", port=options.port)
    if options.workers > 1 and options.database == IN_MEMORY:
        raise ServeError("serve.reason.memory")
    several = len(set(options.environments)) > 1
    chosen = options.database or "{environment}"
    if several and chosen != IN_MEMORY and "{environment}" not in chosen:
        raise ServeError("serve.reason.one-database", database=chosen)


def _named(options: ServeOptions) -> tuple[str, ...]:
    wildcard = {"0.0.0.0", "::"}  # noqa: S104 - only compared with
    return tuple(name for name in (options.host, *options.hosts) if name not in wildcard)


def _databases(options: ServeOptions) -> tuple[tuple[str, Path | None], ...]:
    pattern = options.database or str(options.folder / "{environment}.db")
    if pattern == IN_MEMORY:
        return tuple((name, None) for name in options.environments)
    plain = pattern.removeprefix("sqlite:///")
    if "://" in plain:
        raise ServeError("serve.reason.not-sqlite", database=pattern)
    return tuple(
        (name, Path(plain.replace("{environment}", name))) for name in options.environments
    )
