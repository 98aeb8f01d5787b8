"""Servers in front of the reference that break one promise each, and a run against them."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from scenarios import Catalogue
from scenarios.model import Operation
from test_suites.capture.chain import verify
from test_suites.core.finding import Finding
from test_suites.core.verdict import Verdict
from test_suites.deviations.planted import App, Message, Receive, Scope, Send
from test_suites.engine.environment import client_context
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import Record, read
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.fuzzing.activity import Fuzz
from test_suites.fuzzing.budget import Budget
from test_suites.subjects.reader import read_subject

TODAY = date(2026, 11, 22)
SMALL = Budget(examples=2, most=20, operations=("health",))
Change = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """Changes the beginning or the body of every answer to one path; `hang_up` gives none."""

    app: App
    path: str
    change: Change | None = None
    hang_up: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not str(scope["path"]).endswith(self.path):
            await self.app(scope, receive, send)
            return
        if self.hang_up:
            await send({"type": "http.response.start", "status": 200, "headers": [LONG]})
            await send({"type": "http.response.body", "body": b"half", "more_body": False})
            return

        async def changed(message: Message) -> None:
            if self.change is not None:
                self.change(message)
            await send(message)

        await self.app(scope, receive, changed)


LONG = (b"content-length", b"4000")


def without(name: bytes) -> Change:
    """Take a header out of an answer."""

    def change(message: Message) -> None:
        if "headers" in message:
            message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != name]

    return change


def with_header(name: bytes, value: bytes) -> Change:
    """Give a header of an answer another value."""

    def change(message: Message) -> None:
        if "headers" in message:
            without(name)(message)
            message["headers"] = [*message["headers"], (name, value)]

    return change


@contextmanager
def served(folder: Path, wrap: Callable[[App], App] | None = None) -> Iterator[Path]:
    """Serve the reference, with something in front of it where that is wanted."""
    with own_server(folder, wrap=wrap or (lambda app: app)) as file:
        yield file


def fuzzed(file: Path, out: Path, catalogue: Catalogue, budget: Budget = SMALL) -> Record:
    """Try a server with generated requests and return what was recorded."""
    subject = read_subject(file, today=TODAY)
    asked = frozenset({Operation.FUZZ})
    plan = make_plan(subject, catalogue, activities=asked, only=True, scheme="ROB-eRX")
    options = Options(activities={Operation.FUZZ: Fuzz(budget=budget, seed=1)})
    run_campaign(
        subject, plan, out, lambda _: None, subject_file=file, catalogue=catalogue, options=options
    )
    assert verify(out) == ()
    return read(out)


def broken(out: Path, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return what did not hold in a run."""
    good = {Verdict.PASS, Verdict.NOT_APPLICABLE}
    return tuple(one for one in evaluate(out, catalogue) if one.verdict not in good)


def repeated(line: str, *, trust: Path, secrets: Mapping[str, str]) -> httpx.Response:
    """Send the request of a curl line as a shell would have it sent."""
    for name, value in secrets.items():
        line = line.replace(f"${name}", value)
    words = iter(shlex.split(line.replace("$TRUST_PEM", str(trust))))
    method, url, body, headers = "GET", "", b"", []
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers.append((name, value))
            case "--data-binary":
                body = next(words).encode()
            case "--cacert":
                assert next(words) == str(trust)
            case _ if word.startswith("https:"):
                url = word
            case _:
                pass
    with httpx.Client(verify=client_context(trust.read_text("ascii")), timeout=60) as client:
        return client.request(method, url, headers=headers, content=body or None)
