"""A tapped listener with a tiny app, a throw-away authority, and a sink to look into."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from test_suites.capture.listener import listeners, server_context
from test_suites.capture.raw import Moment, RawExchange, RawWire
from test_suites.capture.server_tap import App, Receive, RecordingMiddleware, Scope, Send
from test_suites.capture.wire_tap import WireTap


@dataclass(slots=True)
class Sink:
    """What the taps handed over, and a way to wait for it."""

    exchanges: list[RawExchange] = field(default_factory=list)
    wires: list[RawWire] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def exchange(self, raw: RawExchange) -> None:
        self.exchanges.append(raw)
        self.changed.set()

    def wire(self, raw: RawWire) -> None:
        self.wires.append(raw)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """PEM files of a self-signed server certificate for 127.0.0.1."""

    pem: str
    key: str

    def server(self) -> ssl.SSLContext:
        return server_context(self.pem, self.key)

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.pem)


def make_certificate(folder: Path, name: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, keyfile = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(pem=str(pem), key=str(keyfile))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "server")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "stranger")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the request's body; `/early` answers without reading it."""
    if scope["type"] == "lifespan":
        return
    body = b""
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": b"echo:" + body})


@asynccontextmanager
async def tapped(
    app: App = echo, *, tls: ssl.SSLContext | None = None, step: str | None = "one"
) -> AsyncIterator[tuple[int, Sink]]:
    """Serve the app behind both taps; yield port and sink."""
    sink = Sink()
    moment = Moment(session="s-000001", step=step)
    tap = WireTap(sink=sink.wire, moment=lambda: moment, tls=lambda: tls)
    recording = RecordingMiddleware(app, sink=sink.exchange, now=lambda _path: moment)
    async with listeners(recording) as serving:
        yield await serving.open(tap), sink
