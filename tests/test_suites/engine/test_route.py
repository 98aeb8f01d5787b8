"""The lab goes through the proxy and trusts the authorities that its environment names."""

import asyncio
import contextlib
import json
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from reference_server.population.personas import load
from test_suites.capture.journal import JOURNAL, JournalWriter
from test_suites.capture.recorder import Recorder
from test_suites.engine.environment import Now
from test_suites.engine.facts import Describer
from test_suites.engine.foreign import ForeignCase
from test_suites.engine.people import matricules
from test_suites.engine.redactors import Redactors
from test_suites.engine.route import AuthorityError, foreign_context, proxy_for
from test_suites.subjects.model import Server as Declared
from tests.test_suites.doctor.stand import (
    QUIET,
    Server,
    causes,
    examined,
    issue,
    server_text,
    serving,
)

HOST = "erx.vendor.test"
ALLOWED = f"[[authorised]]\nhost = '{HOST}'\nperson = 'A. B.'\nuntil = 2099-12-31\n"


@dataclass(slots=True, kw_only=True)
class Proxy:
    """A proxy that alone knows where the host is; `asked` are the first lines it got."""

    port: int = 0
    target: int = 0
    asked: list[str] = field(default_factory=list)

    def talk(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        first = head.partition(b"\r\n")[0].decode("ascii")
        self.asked.append(first)
        method, whom, _ = first.split(" ")
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            if method == "CONNECT":
                assert whom.partition(":")[0] == HOST
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = urlsplit(whom).path
                server.sendall(head.replace(whom.encode("ascii"), path.encode("ascii"), 1))
            _relay(client, server)


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Hand bytes over in both directions until either side closes."""
    while True:
        for ready in select.select((one, other), (), (), 10)[0]:
            part = ready.recv(65536)
            if not part:
                return
            (other if ready is one else one).sendall(part)


@contextlib.contextmanager
def proxying(target: int) -> Iterator[Proxy]:
    proxy = Proxy(target=target)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy.port = int(listening.getsockname()[1])

        def serve(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                proxy.talk(client)

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=60)


@contextlib.contextmanager
def behind(folder: Path, *, tls: bool = True) -> Iterator[tuple[Server, Proxy]]:
    """A good server that calls itself by a name which only the proxy can resolve."""
    issued = issue(HOST)
    (folder / "ca.pem").write_text(issued.authority, "ascii")
    with serving(Server(), issued.context(folder) if tls else None) as server:
        port = urlsplit(server.base).port or 0
        server.base = server.base.replace("127.0.0.1", HOST)
        with proxying(port) as proxy:
            yield server, proxy


def asked_by_the_lab(url: str, folder: Path, environ: Mapping[str, str]) -> list[dict[str, object]]:
    """Ask once as a case does; return the exchanges that the journal holds then."""
    redactors = Redactors(personas=matricules(load()))
    redactors.open("s-1")
    writer = JournalWriter(folder=folder / "run")

    async def ask(recorder: Recorder) -> None:
        case = ForeignCase(
            slug="s-1",
            server=Declared(base_url=url, trust_pem=None),
            folder=folder,
            population=load(),
            recorder=recorder,
            now=Now(step="one"),
            environ=environ,
        )
        async with httpx.AsyncClient(transport=case.transport(), timeout=60) as client:
            answer = await client.get(f"{url}/fhir/metadata")
        assert answer.json()["resourceType"] == "CapabilityStatement"
        await recorder.settled()

    with Recorder(writer, describe=Describer(), redactor=redactors.find) as recorder:
        asyncio.run(ask(recorder))
    lines = (folder / "run" / JOURNAL).read_text("utf-8").splitlines()
    return [each for each in map(json.loads, lines) if each["kind"] == "exchange"]


@pytest.mark.parametrize("variable", ["EQUALIS_EXTRA_CA", "SSL_CERT_FILE"])
def test_a_case_goes_through_the_proxy_and_is_recorded(tmp_path: Path, variable: str) -> None:
    with behind(tmp_path) as (server, proxy):
        environ = {
            "https_proxy": f"http://127.0.0.1:{proxy.port}",
            variable: str(tmp_path / "ca.pem"),
        }
        (exchange,) = asked_by_the_lab(server.base, tmp_path, environ)
    assert proxy.asked == [f"CONNECT {HOST}:{urlsplit(server.base).port} HTTP/1.1"]
    told = json.dumps(exchange)
    assert "/erx/fhir/metadata" in told
    assert "TLSv1.3" in told


def test_plain_requests_are_handed_to_the_proxy_as_they_are(tmp_path: Path) -> None:
    with behind(tmp_path, tls=False) as (server, proxy):
        environ = {"HTTP_PROXY": f"127.0.0.1:{proxy.port}"}
        (exchange,) = asked_by_the_lab(server.base, tmp_path, environ)
    assert proxy.asked == [f"GET {server.base}/fhir/metadata HTTP/1.1"]
    assert "/erx/fhir/metadata" in json.dumps(exchange)


def test_without_the_extra_authority_nothing_is_asked(tmp_path: Path) -> None:
    with behind(tmp_path) as (server, proxy):
        environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
        with pytest.raises(httpx.ConnectError, match="certificate"):
            asked_by_the_lab(server.base, tmp_path, environ)
    assert server.asked == []


def test_loopback_never_goes_through_a_proxy(tmp_path: Path) -> None:
    with serving(Server()) as server:
        environ = {"http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
        assert len(asked_by_the_lab(server.base, tmp_path, environ)) == 1


def test_the_doctor_takes_the_same_way(tmp_path: Path) -> None:
    with behind(tmp_path) as (server, proxy):
        around = replace(QUIET, environ={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"})
        text = server_text(server.base, ALLOWED, trust="ca.pem")
        found = examined(text, tmp_path, around)
    assert [cause for cause in causes(found) if cause != "proxy-catches-loopback"] == []
    assert {first.partition(" ")[0] for first in proxy.asked} == {"CONNECT"}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://a.test/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.test/", {"https_proxy": "p:1"}, "http://p:1"),
        ("https://a.test/", {"http_proxy": "http://p:1"}, None),
        ("http://a.test/", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.test/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.test, a.test"}, None),
        ("https://x.a.test/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".a.test"}, None),
        ("https://ba.test/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test"}, "http://p:1"),
        ("https://a.test/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test:444"}, "http://p:1"),
        ("https://a.test:444/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.test:444"}, None),
        ("https://a.test/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("https://127.0.0.1/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("http://localhost:8080/", {"ALL_PROXY": "http://p:1"}, None),
        ("http://[::1]:8080/", {"ALL_PROXY": "http://p:1"}, None),
    ],
)
def test_the_environment_names_the_proxy(
    *, url: str, environ: Mapping[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, environ) == proxy


def test_a_file_without_authorities_is_the_labs_fault(tmp_path: Path) -> None:
    with pytest.raises(AuthorityError, match="authorities-unusable:EQUALIS_EXTRA_CA"):
        foreign_context("", {"EQUALIS_EXTRA_CA": str(tmp_path / "none.pem")})
