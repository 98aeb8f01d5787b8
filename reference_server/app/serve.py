"""The standing server: named environments in files, several processes; knows no test."""

import ipaddress
import logging
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn

from reference_server.app.asgi import App, build_app
from reference_server.app.feeds import Feed, write_trust
from reference_server.app.hl7 import MllpSocket, bound_for, conversing
from reference_server.app.plain import PlainApp
from reference_server.app.sandbox import client_keys, write_der, write_passwords
from reference_server.app.serving import Listener, Processes, bind, bind_beside, configure, running
from reference_server.app.worlds import WorldRegistry, settings_of
from reference_server.kernel.client_certificate import ClientCertificates
from reference_server.kernel.collecting import collect_rarely
from reference_server.kernel.store import POSTGRES, Database, PostgresUrl
from reference_server.national.identifiers import is_cns_provider_code
from reference_server.population import load, seed
from reference_server.ports import CERTIFICATES
from reference_server.world import Settings, World
from reference_server.world.authority import ClientTrust, server_identity

REQUESTS = "reference_server.requests"
"""The logger that tells of each answered request in one line."""
IN_MEMORY = ":memory:"
LAST_PORT = 65_535
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
_MLLP = re.compile(r"mllps?://[A-Za-z0-9.\-\[\]:]+:[0-9]{1,5}")


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
    `sqlite:///` URL of one, a `postgresql://` URL (a schema for each World), or `:memory:`; by
    default `<folder>/{environment}.db`. `reached_as` are the names by which others reach this
    machine: all of them are in the certificate, and the first is in every URL and in the
    issuer. `quiet` tells of no request. `http_port`: where lists and OCSP of certificates are
    also told without TLS. `mllp_port`: where HL7 v2 is spoken, by the first environment, and by
    each further one at the next port; `subscribers` (CNS code → `mllp://host:port`) hear there of
    changes to their patients. `client_certificates` are the environments that ask their
    callers for one (others do not), issued by their own authority or by one of the PEM file
    `client_authorities`. `audit_feeds` are the ports where environments take in audit messages by
    syslog over TLS.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8443
    environments: tuple[str, ...] = ("integration",)
    database: str | None = None
    tls: bool = True
    workers: int = 1
    reached_as: tuple[str, ...] = ()
    quiet: bool = False
    http_port: int | None = None
    mllp_port: int | None = None
    subscribers: Mapping[str, str] = field(default_factory=dict)
    client_certificates: Mapping[str, ClientCertificates] = field(default_factory=dict)
    client_authorities: Path | None = None
    audit_feeds: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The host in every URL; None where it is the bound address."""
        return next(iter(self.reached_as), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What whoever wants to talk to the server must know."""

    origin: str
    environments: tuple[str, ...]
    authority: Path | None
    client_keys: Path
    passwords: Path
    databases: tuple[str, ...]
    messages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worlds:
    """The Worlds of a server process; picklable, so that every process opens its own."""

    origin: str
    databases: tuple[tuple[str, Database], ...]
    settings: Mapping[str, Settings]
    keys: Path
    quiet: bool
    plain: socket.socket | None = None
    mllp: tuple[MllpSocket, ...] = ()
    subscribers: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()

    def open(self, fill: Callable[[World], None] | None) -> WorldRegistry:
        registry = WorldRegistry(origin=self.origin)
        try:
            for name, database in self.databases:
                registry.open(
                    name,
                    database=database,
                    settings=self.settings[name],
                    seed=fill,
                    keys=None if isinstance(database, Path) else self.keys / f"{name}.db.key",
                )
        except BaseException:
            registry.close_all()
            raise
        return registry

    def app(self) -> App:
        """Open the Worlds, already filled, and return the app over them (a uvicorn factory)."""
        if not self.quiet:
            _listen_to_requests()
        app = self.over(self.open(None))
        collect_rarely()
        return app

    def over(self, registry: WorldRegistry) -> App:
        """Return the app over Worlds that it closes at its end, and its plain socket if any."""
        beside = partial(_beside, self, registry)
        return build_app(registry, on_shutdown=registry.close_all, beside=beside)


def serve(options: ServeOptions, *, announce: Callable[[Serving], None]) -> None:
    """Serve until SIGINT or SIGTERM, then end gracefully. `announce` hears where and with what."""
    _check(options)
    options.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        bound = stack.enter_context(bind(options.host, options.port, shared=options.workers > 1))
        plain = stack.enter_context(_plain_socket(options))
        mllp = stack.enter_context(bound_for(options.host, options.mllp_port, options.environments))
        listener = _listener(options, bound)
        databases = _databases(options)
        settings = {name: _settings(options, name, plain) for name in options.environments}
        worlds = _Worlds(
            origin=listener.origin,
            databases=databases,
            settings=settings,
            keys=options.folder,
            quiet=options.quiet,
            plain=plain,
            mllp=tuple(replace(each, identity=listener.identity) for each in mllp),
            subscribers=options.subscribers,
            feeds=tuple(_feeds(options, listener, stack)),
        )
        keys = client_keys(options.folder / "clients", load())
        write_passwords(options.folder / "people", load())
        fill = partial(seed, keys=keys)
        announcement = _announcement(options, listener, worlds)
        if options.workers > 1:
            registry = worlds.open(fill)
            listener = _trusting(listener, options, registry)
            worlds = _certified(worlds, listener, options)
            write_trust(worlds.feeds, registry)
            registry.close_all()
            _serve_processes(worlds, listener, options.workers, partial(announce, announcement))
        else:
            registry = worlds.open(fill)
            listener = _trusting(listener, options, registry)
            write_trust(worlds.feeds, registry)
            app = _certified(worlds, listener, options).over(registry)
            announce(announcement)
            with _told_of_requests(quiet=options.quiet):
                uvicorn.Server(configure(app, listener)).run(sockets=[bound])


def _listener(options: ServeOptions, bound: socket.socket) -> Listener:
    if not options.tls:
        return Listener(bound=bound, reached_as=options.name)
    hosts = tuple(host for host in (options.host, *options.reached_as) if host not in EVERYWHERE)
    identity = server_identity(options.folder, now=datetime.now(UTC), hosts=hosts)
    write_der(identity.authority)
    return Listener(bound=bound, identity=identity, reached_as=options.name)


def _trusting(listener: Listener, options: ServeOptions, registry: WorldRegistry) -> Listener:
    """Return the listener as it asks its callers for certificates, if any environment wants them.

    It never requires one in the handshake: who has none yet must reach who issues it, and is told
    what is missing in words instead of an alert.
    """
    if not options.client_certificates:
        return listener
    wanted = (registry.find(name) for name in options.client_certificates)
    bundles = [world.port(CERTIFICATES).trust_bundle() for world in wanted if world is not None]
    if options.client_authorities is not None:
        bundles.append(options.client_authorities.read_bytes())
    trusted = options.folder / "client-authorities.pem"
    trusted.write_bytes(b"".join(bundles))
    return replace(listener, clients=ClientTrust(authorities=trusted))


def _feeds(options: ServeOptions, listener: Listener, stack: ExitStack) -> Iterator[Feed]:
    for name, port in options.audit_feeds.items():
        if listener.identity is not None:
            yield Feed(
                world=name,
                bound=stack.enter_context(bind(options.host, port)),
                identity=listener.identity,
                authorities=options.folder / f"{name}-authorities.pem",
            )


def _plain_socket(options: ServeOptions) -> AbstractContextManager[socket.socket | None]:
    return nullcontext() if options.http_port is None else bind(options.host, options.http_port)


@asynccontextmanager
async def _beside(worlds: _Worlds, registry: WorldRegistry, app: App) -> AsyncIterator[None]:
    """Keep the other sockets open while the app stands: without TLS, for HL7 v2, and for audit."""
    async with AsyncExitStack() as stack:
        if worlds.plain is not None:
            plain = running(PlainApp(app), Listener(bound=worlds.plain))
            await stack.enter_async_context(plain)
        messages = conversing(
            worlds.mllp,
            registry,
            subscribers=worlds.subscribers,
            environments=tuple(name for name, _ in worlds.databases),
        )
        await stack.enter_async_context(messages)
        for feed in worlds.feeds:
            await stack.enter_async_context(feed.listener(registry).running())
        yield


def _certified(worlds: _Worlds, listener: Listener, options: ServeOptions) -> _Worlds:
    """Let the sockets of HL7 v2 ask for certificates where their environment wants them."""
    asking = tuple(
        replace(each, clients=listener.clients)
        if each.environment in options.client_certificates
        else each
        for each in worlds.mllp
    )
    return replace(worlds, mllp=asking)


def _settings(options: ServeOptions, name: str, plain: socket.socket | None) -> Settings:
    wanted = options.client_certificates.get(name, ClientCertificates.OFF)
    foreign = options.client_authorities is not None
    settings = settings_of(name)
    public = None
    if plain is not None:
        public = f"{Listener(bound=plain, reached_as=options.name).origin}/{name}"
    return replace(
        settings,
        client_certificates=wanted,
        foreign_certificates=foreign,
        public_http=public,
    )


@contextmanager
def _told_of_requests(*, quiet: bool) -> Iterator[None]:
    """Write each answered request to standard error, unless nobody wants to know."""
    if quiet:
        yield
        return
    lines = _listen_to_requests()
    try:
        yield
    finally:
        logging.getLogger(REQUESTS).removeHandler(lines)


def _listen_to_requests() -> logging.Handler:
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    told = logging.getLogger(REQUESTS)
    told.setLevel(logging.INFO)
    told.addHandler(lines)
    return lines


def _serve_processes(
    worlds: _Worlds, listener: Listener, workers: int, announce: Callable[[], None]
) -> None:
    config = configure(worlds.app, listener, factory=True, workers=workers)
    with ExitStack() as stack:
        beside = [stack.enter_context(bind_beside(listener.bound)) for _ in range(workers - 1)]
        announce()
        Processes(config, sockets=[listener.bound, *beside]).run()


def _announcement(options: ServeOptions, listener: Listener, worlds: _Worlds) -> Serving:
    return Serving(
        origin=listener.origin,
        environments=options.environments,
        authority=None if listener.identity is None else listener.identity.authority,
        client_keys=options.folder / "clients",
        passwords=options.folder / "people",
        databases=tuple(dict.fromkeys(str(one) for _, one in worlds.databases if one is not None)),
        messages={each.environment: each.url(options.name) for each in worlds.mllp},
    )


def _check(options: ServeOptions) -> None:
    if options.workers < 1 or not options.environments:
        raise ServeError("serve.reason.too-few")
    if not 0 <= options.port <= LAST_PORT:
        raise ServeError("serve.reason.port", port=options.port)
    last = 0 if not options.mllp_port else options.mllp_port + len(options.environments) - 1
    if not 0 <= last <= LAST_PORT:
        raise ServeError("serve.reason.port", port=last)
    for name in options.reached_as:
        if not is_host(name):
            raise ServeError("serve.reason.name", name=name)
    if options.host in EVERYWHERE and not options.reached_as:
        raise ServeError("serve.reason.nameless", address=options.host)
    _check_client_certificates(options)
    _check_subscribers(options)
    if options.workers > 1 and options.database == IN_MEMORY:
        raise ServeError("serve.reason.memory")
    several = len(set(options.environments)) > 1
    chosen = options.database or "{environment}"
    is_shared = chosen == IN_MEMORY or chosen.startswith(POSTGRES)
    if several and not is_shared and "{environment}" not in chosen:
        raise ServeError("serve.reason.one-database", database=chosen)


def _check_subscribers(options: ServeOptions) -> None:
    for code, url in options.subscribers.items():
        if not is_cns_provider_code(code) or not _MLLP.fullmatch(url):
            raise ServeError("serve.reason.notify", told=f"{code}={url}")
    if options.subscribers and options.mllp_port is None:
        raise ServeError("serve.reason.notify-port")


def _check_client_certificates(options: ServeOptions) -> None:
    for name in options.client_certificates:
        if name not in options.environments:
            raise ServeError("serve.reason.certificates-where", environment=name)
    if options.client_certificates and not options.tls:
        raise ServeError("serve.reason.certificates-plain")
    for name in options.audit_feeds:
        if name not in options.environments or not options.tls:
            raise ServeError("serve.reason.audit-feed", environment=name)


def is_host(name: str) -> bool:
    """Whether a name can be a host's: an address, or labels with dots between."""
    try:
        return str(ipaddress.ip_address(name)) not in EVERYWHERE
    except ValueError:
        labels = name.split(".")
        all_digits = labels[-1].isdigit()
        fits = len(name) <= _LONGEST_NAME and not all_digits
        return fits and all(_LABEL.fullmatch(label) for label in labels)


def _databases(options: ServeOptions) -> tuple[tuple[str, Database], ...]:
    pattern = options.database or str(options.folder / "{environment}.db")
    if pattern == IN_MEMORY:
        return tuple((name, None) for name in options.environments)
    if pattern.startswith(POSTGRES):
        return tuple((name, PostgresUrl(pattern)) for name in options.environments)
    plain = pattern.removeprefix("sqlite:///")
    if "://" in plain:
        raise ServeError("serve.reason.no-database", scheme=plain.partition("://")[0])
    return tuple(
        (name, Path(plain.replace("{environment}", name))) for name in options.environments
    )
