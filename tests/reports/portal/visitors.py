"""People at the portal, without JavaScript: they follow links and send the forms of pages."""

import datetime as dt
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape

import httpx
import uvicorn
from starlette.types import ASGIApp

from reports.cesar.supplied import AnswerSet
from reports.portal.app import build_app
from reports.portal.desk import Desk
from reports.portal.limits import Limits
from reports.portal.office.provider import ProviderSettings

NOON = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
PROFILE = {"profession": "doctor", "size": "solo", "dev": "no", "cloud": "no"}


@dataclass
class Clock:
    """A clock that tests move."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class Visitor:
    """One browser: its cookies, and the page it sees."""

    client: httpx.Client
    seen: httpx.Response = field(init=False)

    def open(self, path: str, **headers: str) -> httpx.Response:
        """Open a page, following redirections."""
        self.seen = self.client.get(path, headers=headers, follow_redirects=True)
        return self.seen

    def send(
        self, path: str, fields: Mapping[str, str], **files: tuple[str, bytes]
    ) -> httpx.Response:
        """Send a form with the guard of the page seen last."""
        data = {"guard": self.guard, **fields}
        self.seen = self.client.post(
            path,
            data=data,
            files=files or None,
            headers={"Origin": str(self.client.base_url).rstrip("/")},
            follow_redirects=True,
        )
        return self.seen

    @property
    def guard(self) -> str:
        """The guard of the page seen last."""
        found = re.search(r'name="guard" value="([^"]+)"', self.seen.text)
        assert found, self.seen.text
        return found[1]

    @property
    def at(self) -> str:
        """The path of the page seen last."""
        return self.seen.url.path

    @property
    def text(self) -> str:
        """What the page seen last says."""
        return re.sub(r"[ \n\t]+", " ", unescape(re.sub(r"<[^>]+>", " ", self.seen.text)))

    def begin(self, **profile: str) -> str:
        """Begin an assessment; return the code shown."""
        self.open("/cesar/profile")
        assert self.send("/cesar/profile", {**PROFILE, **profile}).status_code == 200
        found = re.search(r'<p class="code"[^>]*><code>([^<]+)</code>', self.seen.text)
        assert found, self.seen.text
        return found[1]

    def first_question(self) -> None:
        """Go from the code to the first question."""
        found = re.search(r'href="(/cesar/question/[A-Z0-9]+)', self.seen.text)
        assert found, self.seen.text
        self.open(found[1])

    def answer(self, choose: Callable[[str], str]) -> list[str]:
        """Answer question after question until the result; return the questions' ids."""
        asked = []
        self.first_question()
        while not self.at.startswith("/cesar/result"):
            if self.at == "/cesar/first":
                self.first_question()
                continue
            question = self.at.rpartition("/")[2]
            asked.append(question)
            self.send(self.at, {question: choose(question)})
        return asked


@contextmanager
def portal(
    *,
    clock: Callable[[], dt.datetime] | None = None,
    origin: str | None = None,
    supplied: tuple[AnswerSet, ...] = (),
    provider: ProviderSettings | None = None,
    limits: Limits | None = None,
) -> Iterator[tuple[Desk, Callable[[], Visitor]]]:
    """Give a portal on a socket, kept in memory: its desk, and who makes browsers for it."""
    desk = Desk.open(
        database=":memory:",
        queue=":memory:",
        now=clock or Clock(),
        supplied=supplied,
        provider=provider,
    )
    app = build_app(desk, origin=origin, hosts={"127.0.0.1"}, limits=limits)
    with listening(app) as address, ExitStack() as browsers:

        def browser() -> Visitor:
            client = httpx.Client(base_url=address, timeout=30)
            return Visitor(browsers.enter_context(client))

        yield desk, browser


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port of the loopback; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        config = uvicorn.Config(app, lifespan="on", access_log=False, log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                thread.join(0.005)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
