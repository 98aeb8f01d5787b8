"""The portal as an ASGI application: addresses, answers to what goes wrong; draws no page."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.kernel.errors import Busy, Internal, MethodNotAllowed, Refusal
from reference_server.kernel.intake import ClientGoneError, read_headers, read_query
from reference_server.kernel.language import Voice, language_of
from reference_server.kernel.store import StoreError
from reference_server.kernel.web import bounded_body, refusal_page, visit_of_request
from reports.portal.desk import Desk
from reports.portal.errors import HostUnknown, PageUnknown
from reports.portal.limits import KINDS, Kind, Limits
from reports.portal.office.members import Member
from reports.portal.practice import (
    asking,
    blank,
    leaving,
    newer,
    outcome,
    start,
    suppliers,
    typing_in,
)
from reports.portal.site import SITE, catalogue
from reports.portal.turn import NEWER, Page, Turn, with_assessment
from reports.portal.vendor.pages import PAGES

BODY_LIMIT: Final = 1024 * 1024
_TIDY_SECONDS: Final = 60 * 60
# Pages wait for the disk now and then, and hold the interpreter otherwise.
_THREADS: Final = 4
_HSTS: Final = "max-age=31536000"
_LOG: Final = logging.getLogger(__name__)
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_OPEN: Final[tuple[tuple[str, str, Page], ...]] = (
    ("GET", "/", start.home),
    ("GET", "/cesar/profile", start.profile),
    ("POST", "/cesar/profile", start.begin),
    ("GET", "/cesar/resume", leaving.resume),
    ("POST", "/cesar/resume", leaving.resumed),
    ("POST", "/cesar/stop", leaving.stop),
    ("GET", "/cesar/form", blank.choose),
    ("GET", "/cesar/form.pdf", blank.empty),
)
_AT_HAND: Final[tuple[tuple[str, str, Page], ...]] = tuple(
    (method, path, with_assessment(page))
    for method, path, page in (
        ("GET", "/cesar/question/{id}", asking.question),
        ("POST", "/cesar/question/{id}", asking.answer),
        ("GET", "/cesar/all", asking.everything),
        ("POST", "/cesar/all", asking.answer_everything),
        ("GET", "/cesar/type", typing_in.typing),
        ("POST", "/cesar/type", typing_in.typed),
        ("GET", "/cesar/overview", asking.overview),
        ("GET", "/cesar/finish", asking.finish),
        ("GET", "/cesar/again/{id}", asking.again),
        ("POST", "/cesar/again/{id}", asking.answer_again),
        ("GET", "/cesar/first", outcome.first),
        ("GET", "/cesar/result", outcome.result),
        ("POST", "/cesar/compare", outcome.compare),
        ("POST", "/cesar/count", outcome.count),
        ("GET", "/cesar/result.html", outcome.as_file),
        ("GET", "/cesar/result.json", outcome.as_file),
        ("GET", "/cesar/papers/{paper}", outcome.paper),
        ("GET", "/cesar/suppliers", suppliers.choose),
        ("POST", "/cesar/suppliers", suppliers.take),
    )
)
# Whatever version the answers belong to, one can go, delete, and take them over.
_OF_ANY_VERSION: Final[tuple[tuple[str, str, Page], ...]] = tuple(
    (method, path, with_assessment(page, is_outdated=True))
    for method, path, page in (
        ("GET", NEWER, newer.news),
        ("POST", NEWER, newer.take_over),
        ("GET", f"{NEWER}.json", newer.as_they_are),
        ("GET", "/cesar/leave", leaving.leave),
        ("POST", "/cesar/code", leaving.renew_code),
        ("POST", "/cesar/delete", leaving.delete),
    )
)


def _pages() -> Iterator[tuple[str, str, Page, int]]:
    """Yield every page with the bytes that it takes at most."""
    for method, path, page in (*_OPEN, *_AT_HAND, *_OF_ANY_VERSION):
        yield method, path, page, BODY_LIMIT
    for method, path, page, more in PAGES:
        yield method, path, page, BODY_LIMIT + more


def build_app(
    desk: Desk,
    *,
    origin: str | None = None,
    hosts: Iterable[str] = (),
    limits: Limits | None = None,
) -> ASGIApp:
    """Return the application over a desk, which it closes at its end.

    `origin` is the address that browsers know it by (behind a proxy that ends TLS); otherwise a
    request's host must be one of `hosts`, where any are named.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(desk))
        try:
            yield
        finally:
            tidying.cancel()
            desk.close()

    limiter = CapacityLimiter(_THREADS)
    bounded = limits or Limits(is_proxied=origin is not None)

    def endpoint(method: str, path: str, page: Page, body: int) -> Endpoint:
        made = _endpoint(desk, page, limiter, body=body)
        kind = KINDS.get((method, path))
        return made if kind is None else _limited(made, bounded, kind)

    routes = [
        Route(path, endpoint(method, path, page, body), methods=[method])
        for method, path, page, body in _pages()
    ]
    routes.append(Route("/web/{file}", _asset, methods=["GET"]))
    handlers = {
        Refusal: _refused,
        HTTPException: _not_found,
        StoreError: _busy,
        ClientGoneError: _gone,
        500: _failed,
    }
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)  # type: ignore[arg-type]  # its handlers' type knows no subclass
    return _Guarded(app, origin=origin, hosts=frozenset(hosts))


class _Guarded:
    """Owns what every request must satisfy: its host is ours, and HTTPS stays HTTPS."""

    def __init__(self, app: ASGIApp, *, origin: str | None, hosts: frozenset[str]) -> None:
        self._app = app
        self._public = urlsplit(origin) if origin else None
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = read_headers(scope).get("host", "")
        if not self._knows(host):
            await _said(scope, HostUnknown())(scope, receive, send)
            return
        if self._public is not None:
            scope = {**scope, "scheme": self._public.scheme}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["scheme"] == "https":
                headers = [*message["headers"], (b"strict-transport-security", _HSTS.encode())]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, sent)

    def _knows(self, host: str) -> bool:
        if self._public is not None:
            return host == self._public.netloc
        return not self._hosts or urlsplit(f"//{host}").hostname in self._hosts


def _endpoint(desk: Desk, page: Page, limiter: CapacityLimiter, *, body: int) -> Endpoint:
    most = body

    def taken(request: Request) -> int:
        """Return how much is read: large files from those who are signed in alone."""
        if most == BODY_LIMIT:
            return most
        session = desk.sessions.of(visit_of_request(request, catalogue=catalogue()))
        return BODY_LIMIT if Member.of(session) is None else most

    async def endpoint(request: Request) -> Response:
        body = b""
        if request.method != "GET":
            limit = await to_thread.run_sync(taken, request, limiter=limiter)
            body = await bounded_body(request, limit=limit)
        visit = visit_of_request(request, body, catalogue=catalogue())

        def answered() -> Response:
            turn = Turn(
                desk=desk,
                visit=visit,
                session=desk.sessions.of(visit),
                named=request.path_params,
            )
            return page(turn)

        return await to_thread.run_sync(answered, limiter=limiter)

    return endpoint


def _limited(made: Endpoint, limits: Limits, kind: Kind) -> Endpoint:
    """Return a page that one address may ask for only so often, before anything of it is read."""

    async def endpoint(request: Request) -> Response:
        limits.ask(kind, request.scope)
        answer = await made(request)
        limits.answered(kind, request.scope, answer.status_code)
        return answer

    return endpoint


async def _asset(request: Request) -> Response:
    found = SITE.asset(request.path_params["file"])
    if found is None:
        raise PageUnknown
    return found


async def _tidy(desk: Desk) -> None:
    """Delete what has expired, now and every hour."""
    while True:
        with contextlib.suppress(StoreError):
            await to_thread.run_sync(desk.tidy)
        await asyncio.sleep(_TIDY_SECONDS)


def _said(scope: Scope, refusal: Refusal) -> Response:
    language = language_of(read_query(scope), read_headers(scope))
    return refusal_page(refusal, Voice(catalogue=catalogue(), language=language, request_id=""))


async def _refused(request: Request, error: Refusal) -> Response:
    return _said(request.scope, error)


async def _not_found(request: Request, error: HTTPException) -> Response:
    wrong_method = error.status_code == 405  # noqa: PLR2004  Method Not Allowed
    if not wrong_method:
        return _said(request.scope, PageUnknown())
    allowed = (error.headers or {}).get("Allow", "GET")
    return _said(request.scope, MethodNotAllowed(method=request.method, allow=allowed))


async def _busy(request: Request, _error: StoreError) -> Response:
    return _said(request.scope, Busy(seconds=2))


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody hears it, but without an answer the server would log a failure.
    return Response(status_code=400)


async def _failed(request: Request, _error: Exception) -> Response:
    return _said(request.scope, Internal())
