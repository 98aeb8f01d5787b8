"""A product whose driver lacks an act, and somebody who does that act at its own screen."""

import asyncio
import base64
import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from reference_server.text import Catalogue
from test_suites.core.message import JsonValue
from test_suites.subjects.console import LEVELS, Console
from test_suites.subjects.driver import DriverClient
from test_suites.subjects.operator import ActOutcome, Desk

TEXTS = Catalogue.load(Path("test_suites/messages"))
QUESTIONS = {
    TEXTS.render(f"engine.console.ask-{what}", {}, "en"): what
    for what in ("seated", "ended", "shown", "level", "file", "number")
}
DOINGS = {
    TEXTS.render(f"engine.console.do.{act}", {}, "en"): act
    for act in ("prescribe", "cancel", "dispense")
}


@contextlib.contextmanager
def product(role: str) -> Iterator[str]:
    """Start an example product; yield the address of its driver."""
    command = [sys.executable, "-m", f"test_suites.vendors.{role}", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        try:
            yield said.removeprefix("READY ").strip()
        finally:
            program.terminate()


@contextlib.contextmanager
def without(act: str, inner: str, *, named: bool) -> Iterator[str]:
    """Yield a driver that passes everything on but one act; `named`: it still claims the act."""
    host = inner.removeprefix("http://")

    class Proxy(BaseHTTPRequestHandler):
        """Passes on what it is asked."""

        def log_message(self, *_: object) -> None:
            """Be quiet."""

        def _passed(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/acts" and json.loads(body)["act"] == act:
                self._answer(501, b'{"reason": "only at the screen"}')
                return
            onward = HTTPConnection(host)
            onward.request(self.command, self.path, body, {"Content-Type": "application/json"})
            answer = onward.getresponse()
            content = answer.read()
            if self.path == "/" and not named:
                told = json.loads(content)
                told["acts"].remove(act)
                content = json.dumps(told).encode()
            onward.close()
            self._answer(answer.status, content)

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _passed  # noqa: N815  the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@dataclass(slots=True)
class Person:
    """Owns what was read so far; does what is asked when asked how it ended.

    `screen` is the product itself: the driver behind the one that the lab can see.
    """

    screen: str
    folder: Path
    heard: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    _answers: list[str] = field(default_factory=list)

    def console(self) -> Console:
        """Return the lab's side of the conversation."""
        return Console(
            say=self.heard.append,
            ask=self._ask,
            texts=TEXTS,
            language="en",
            folder=self.folder,
        )

    async def _ask(self, question: str) -> str:
        if QUESTIONS[question] == "ended":
            outcome = await self._do()
            self._answers = list(self._seen(outcome))
        return self._answers.pop(0)

    async def _do(self) -> ActOutcome:
        """Do what the last instructions say at the product's own screen."""
        start = max(n for n, line in enumerate(self.heard) if "waiting for you" in line)
        text = "\n".join(self.heard[start:])
        session, doing = re.findall(r"Desk (\S+) · waiting for you: (.*)", text)[0]
        self.acts.append(DOINGS[doing])
        desk = Desk(
            session=session, base_url="", issuer="", fhir_base="", client_id="",
            organization="", trust_pem="",
        )  # fmt: skip
        product = DriverClient(self.screen, act_seconds=30)
        try:
            return await product.act(desk, DOINGS[doing], await read(text))
        finally:
            await product.close()

    def _seen(self, outcome: ActOutcome) -> Iterator[str]:
        """Return the answers to the questions that follow, in their order."""
        yield {"done": "1", "failed": "2"}[outcome.state]
        letters = {level: letter for letter, level in LEVELS.items()}
        for shown in outcome.shown:
            yield shown.text
            yield letters[shown.level]
        yield ""
        for number, printed in enumerate(outcome.printed):
            page = self.folder / f"printed-{number}.pdf"
            page.write_bytes(printed.content)
            yield str(page)
        if not outcome.printed:
            yield ""
        yield str(outcome.result.get("number") or "")


async def read(text: str) -> Mapping[str, JsonValue]:
    """Return an act's parameters as instructions for people say them."""
    told: dict[str, JsonValue] = {}
    if found := re.search(r"Patient: (\S+) (\S+), matricule (\d+), born on (\S+), (\w+)", text):
        names = ("family", "given", "matricule", "birth_date", "gender")
        told["patient"] = dict(zip(names, found.groups(), strict=True))
    if lines := re.findall(r"Analysis (\S+): (.+)", text):
        told["lines"] = [{"code": code, "display": display} for code, display in lines]
    if number := re.search(r"Prescription number: (\S+)", text):
        told["number"] = number[1]
    if reason := re.search(r"reason: (\S+)", text, re.IGNORECASE):
        told["reason"] = reason[1]
    if paper := re.search(r"File to use: (.+\.pdf)", text):
        content = await asyncio.to_thread(Path(paper[1]).read_bytes)
        told["paper_base64"] = base64.b64encode(content).decode("ascii")
    return told
