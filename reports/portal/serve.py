"""Serves the portal until it is told to stop, with a worker for papers beside it; knows no page."""

import contextlib
import datetime as dt
import gc
import multiprocessing
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from reference_server.kernel.owner import end_with_owner
from reference_server.kernel.store import POSTGRES
from reports.cesar.supplied import AnswerSet
from reports.portal.app import build_app
from reports.portal.desk import DATABASE, QUEUE, Desk
from reports.portal.office.provider import ProviderSettings, is_safe
from reports.portal.office.publishing import KEY, publication_key
from reports.portal.queue import REDIS
from reports.portal.trusted import read_suppliers
from reports.render.pdf import PdfUnavailableError
from reports.render.result.papers import warm_up

EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - only compared with
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_BACKLOG: Final = 2048
_GRACE_SECONDS: Final = 5
# Longer than a proxy keeps a connection (60 s), so that none is closed under a request.
_KEPT_OPEN_SECONDS: Final = 65
_ALIVE_SECONDS: Final = 60
_STOP_SECONDS: Final = 10


class PortalError(ValueError):
    """The options cannot be used: `reason` is a message id, `option` the one meant."""

    def __init__(self, reason: str, option: str) -> None:
        super().__init__(reason, option)
        self.reason = reason
        self.option = option


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalOptions:
    """How to serve. `folder` takes database and queue where no address of one is given.

    `database` and `queue` are files or URLs (PostgreSQL; the queue in Redis, too). With a queue
    outside, papers are made by workers that are started by themselves (`only_works`). `origin` is
    the address that browsers use where a proxy ends TLS; else `certificate` and `key`, or plain
    HTTP on the loopback. `provider` is where vendors sign in; without one they come with a file.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8480
    database: str | None = None
    queue: str | None = None
    origin: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    suppliers: Path | None = None
    workers: int = 1
    only_works: bool = False
    provider: ProviderSettings | None = None

    @property
    def works_inside(self) -> bool:
        """Whether the worker for papers is started here."""
        return self.queue is None or not self.queue.startswith((*POSTGRES, *REDIS))

    @property
    def scheme(self) -> str:
        """`https` where this process ends TLS itself."""
        return "http" if self.certificate is None else "https"

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which a request may come, where no origin says it."""
        return LOOPBACK | {self.host} if self.host in LOOPBACK else frozenset({self.host})

    def desk(self) -> Desk:
        """Return a desk over the store; raises QueueError, StoreError, OSError."""
        return Desk.open(
            database=self.database or str(self.folder / DATABASE),
            queue=self.queue or str(self.folder / QUEUE),
            supplied=self._supplied(),
            provider=self.provider,
            key=None if self.only_works else publication_key(self.folder / KEY),
        )

    def _supplied(self) -> tuple[AnswerSet, ...]:
        if self.suppliers is None:
            return ()
        return read_suppliers(self.suppliers, today=dt.datetime.now(dt.UTC).date())

    def app(self) -> ASGIApp:
        """Return the application over a desk of its own (a uvicorn factory)."""
        return build_app(self.desk(), origin=self.origin, hosts=self.hosts)


def serve(options: PortalOptions, *, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` hears the address.

    Raises PortalError, QueueError, StoreError, UntrustedError, OSError.
    """
    _check(options)
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options.desk().close()  # what is wrong with store and queue is told before anything listens
    if options.only_works:
        announce("")
        work(options)
        return
    with _bound(options) as bound, _worker(options):
        announce(options.origin or _address(options, bound))
        config = _config(options)
        if options.workers > 1:
            Multiprocess(config, sockets=[bound]).run()
        else:
            uvicorn.Server(config).run(sockets=[bound])


def work(options: PortalOptions) -> None:
    """Make papers until a signal ends it, or whoever started this process is gone."""
    end_with_owner()
    # The first paper need not wait for fonts and sentences. Where Pango is missing, each order is
    # told so.
    with contextlib.suppress(PdfUnavailableError):
        warm_up()
    gc.freeze()  # what drawing keeps for ever is not looked through with every paper
    desk = options.desk()
    try:
        desk.queue.work()
    finally:
        desk.close()


def _check(options: PortalOptions) -> None:
    provider = options.provider
    if provider is not None and (not is_safe(provider.issuer) or provider.issuer.endswith("/")):
        raise PortalError("cli.wrong.portal-issuer", "--issuer")
    if (options.certificate is None) != (options.key is None):
        raise PortalError("cli.wrong.portal-tls", "--certificate, --key")
    if options.origin is not None:
        parts = urlsplit(options.origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/"):
            raise PortalError("cli.wrong.portal-origin", "--origin")
    elif options.host in EVERYWHERE:
        raise PortalError("cli.wrong.portal-nameless", "--origin")


@contextlib.contextmanager
def _bound(options: PortalOptions) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((options.host, options.port))
        bound.listen(_BACKLOG)
        bound.set_inheritable(True)
        yield bound


def _address(options: PortalOptions, bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"{options.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@contextlib.contextmanager
def _worker(options: PortalOptions) -> Iterator[None]:
    """Run the worker beside the pages, in a process of its own: drawing takes whole seconds."""
    if not options.works_inside:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(options,), name=f"papers-{secrets.token_hex(2)}", daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(_STOP_SECONDS)


def _config(options: PortalOptions) -> uvicorn.Config:
    """Return uvicorn's configuration: it logs no request, so no address of anybody."""
    return uvicorn.Config(
        options.app,
        factory=True,
        workers=options.workers,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEPT_OPEN_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_worker_healthcheck=_ALIVE_SECONDS,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
    )
