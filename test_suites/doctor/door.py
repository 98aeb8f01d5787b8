"""The way to a server under test as the lab itself would take it; goes nowhere else.

Whatever address an answer names, only this machine and the hosts that the subject file allows
are ever asked.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from scenarios.document import Place
from test_suites.core.message import JsonValue
from test_suites.doctor.answers import Answer
from test_suites.doctor.network import Target, speaks_tls
from test_suites.doctor.notebook import Fault, fault
from test_suites.engine.route import Route

HERE: Place = ("server", "base_url")
SECONDS = 4.0


class StrayedError(httpx.TransportError):
    """An answer sent the lab to a host that nobody allows."""


@dataclass(slots=True, kw_only=True)
class Guarded(httpx.AsyncBaseTransport):
    """Owns the refusal of every host but the allowed ones; `strayed` are those it refused."""

    inner: httpx.AsyncBaseTransport
    allows: Callable[[str], bool]
    strayed: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, unless it would go to a strange host."""
        if not self.allows(request.url.host):
            self.strayed.append(request.url.host)
            raise StrayedError(request.url.host, request=request)
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.inner.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A client that is open: what came back over it, and the hosts it refused to ask."""

    client: httpx.AsyncClient
    answers: list[httpx.Response]
    strayed: list[str]

    def token_answer(self) -> Mapping[str, JsonValue]:
        """Return the last answer that held an access token; empty where none came."""
        for answer in reversed(self.answers):
            told = read_answer(answer).value()
            if isinstance(told, dict) and "access_token" in told:
                return told
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Owns how the server is asked; `now` is this machine's clock."""

    trust_pem: str
    environ: Mapping[str, str]
    allows: Callable[[str], bool]
    now: Callable[[], datetime]

    def opened(self) -> AbstractAsyncContextManager[Opened]:
        """Return a client of one's own: cookies and connections are shared with nobody."""
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Opened]:
        route = Route(trust_pem=self.trust_pem, environ=self.environ)
        guarded = Guarded(inner=route, allows=self.allows)
        answers: list[httpx.Response] = []

        async def keep(answer: httpx.Response) -> None:
            await answer.aread()
            answers.append(answer)

        async with httpx.AsyncClient(
            transport=guarded, timeout=SECONDS, trust_env=False, event_hooks={"response": [keep]}
        ) as client:
            yield Opened(client=client, answers=answers, strayed=guarded.strayed)

    async def get(self, url: str, *, accept: str) -> Answer:
        """Return the answer of an address; raises httpx.RequestError."""
        async with self.opened() as opened:
            return read_answer(await opened.client.get(url, headers={"Accept": accept}))


def read_answer(answer: httpx.Response) -> Answer:
    """Return what came."""
    return Answer(
        url=str(answer.request.url),
        status=answer.status_code,
        body=answer.content,
        media_type=answer.headers.get("content-type", "").partition(";")[0].strip().lower(),
        location=answer.headers.get("location", ""),
        date=answer.headers.get("date", ""),
        via=answer.headers.get("via", ""),
    )


def unanswered(error: httpx.RequestError, url: str, target: Target) -> Fault:
    """Return why no answer came from a port that takes connections; blocking."""
    if isinstance(error, StrayedError):
        return fault("endpoint-elsewhere", HERE, host=str(error))
    if isinstance(error, httpx.TimeoutException):
        return fault("http-silent", HERE, url=url, seconds=int(SECONDS))
    if isinstance(error, httpx.ProxyError):
        return fault("proxy-refuses", HERE, proxy="", target=target.name, status="?")
    if _is_tls_error(error):
        return fault("tls-broken", HERE, target=target.name)
    if url.startswith("http:") and speaks_tls(target):
        return fault("https-where-http", HERE, target=target.name)
    return fault("http-not-spoken", HERE, target=target.name)


def _is_tls_error(error: BaseException) -> bool:
    """Tell whether TLS itself broke under a request."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
