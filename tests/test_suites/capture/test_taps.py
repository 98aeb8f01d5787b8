"""The three taps on real sockets."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine
from typing import TypeVar

import httpx
import pytest
import uvloop

from test_suites.capture.client_tap import RecordingTransport
from test_suites.capture.raw import Moment
from test_suites.capture.server_tap import Receive, Scope, Send
from test_suites.core.message import WireKind
from tests.test_suites.capture.conftest import Certificate, Sink, tapped

T = TypeVar("T")
Runner = Callable[[Coroutine[object, object, None]], None]


def on_uvloop(work: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@pytest.fixture(params=[asyncio.run, on_uvloop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Runner:
    runner: Runner = request.param
    return runner


def test_an_exchange_is_taken_down_as_it_was_on_the_wire(
    run: Runner, certificate: Certificate
) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            async with httpx.AsyncClient(verify=certificate.client(), timeout=60) as client:
                answer = await client.post(
                    f"https://127.0.0.1:{port}/a%20b?q=1&q=2",
                    content=b"\x00\xffbody",
                    headers={b"X-MiXed": "Ü".encode("latin-1")},
                )
            assert answer.content == b"echo:\x00\xffbody"
            await sink.until(lambda: bool(sink.exchanges))
        (raw,) = sink.exchanges
        assert (raw.method, raw.target, raw.body) == ("POST", b"/a%20b?q=1&q=2", b"\x00\xffbody")
        assert (b"X-MiXed", b"\xdc") in raw.headers
        assert (raw.status, raw.response_body) == (200, b"echo:\x00\xffbody")
        assert raw.channel.tls_version == "TLSv1.3"
        assert raw.channel.cipher
        assert (raw.session, raw.step) == ("s-000001", "one")
        assert raw.ended > raw.began
        assert not sink.wires

    run(work())


class Eager:
    """A client that has sent its ClientHello before anyone accepted its connection."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.read, self.sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.read, self.sent, server_hostname="127.0.0.1")
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        self.plain.sendall(self.sent.read())

    def ask(self) -> bytes:
        """Finish the handshake and return the answer's first bytes."""
        self._until(self.tls.do_handshake)
        self.tls.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.plain.sendall(self.sent.read())
        answer = self._until(lambda: self.tls.read(15))
        self.plain.close()
        return answer

    def _until(self, act: Callable[[], T]) -> T:
        while True:
            try:
                done = act()
            except ssl.SSLWantReadError:
                self.plain.sendall(self.sent.read())
                self.read.write(self.plain.recv(65536))
            else:
                self.plain.sendall(self.sent.read())
                return done


def test_no_client_is_dropped_whose_first_bytes_come_at_once(
    run: Runner, certificate: Certificate
) -> None:
    count = 50

    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            # The loop stands still meanwhile; the kernel takes the connections and the bytes.
            clients = [Eager(port, certificate.client()) for _ in range(count)]
            asking = (asyncio.to_thread(client.ask) for client in clients)
            assert await asyncio.gather(*asking) == [b"HTTP/1.1 200 OK"] * count
            await sink.until(lambda: len(sink.exchanges) == count)

    run(work())


def test_a_client_that_connects_and_leaves_is_recorded_at_once(
    run: Runner, certificate: Certificate
) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            socket.create_connection(("127.0.0.1", port)).close()
            await sink.until(lambda: bool(sink.wires))
        assert [event.detail for event in sink.wires] == ["closed-in-handshake"]

    run(work())


@pytest.mark.parametrize("politely", [True, False])
def test_a_client_that_looks_at_the_certificate_and_leaves_is_told(
    run: Runner, certificate: Certificate, *, politely: bool
) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            await asyncio.to_thread(look_and_leave, port, certificate.client(), politely=politely)
            await sink.until(lambda: bool(sink.wires))
        # Without a goodbye the end may come before TLS is all taken up.
        [event] = sink.wires
        early = () if politely else ("closed-after-our-certificate",)
        assert event.detail in {"closed-without-request", *early}

    run(work())


def look_and_leave(port: int, context: ssl.SSLContext, *, politely: bool) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        if politely:
            # The server says goodbye, too, unless it has hung up already.
            with contextlib.suppress(OSError):
                secure.unwrap()


def test_a_body_the_app_did_not_read_is_recorded_all_the_same() -> None:
    async def work() -> None:
        async with tapped() as (port, sink), httpx.AsyncClient(timeout=60) as client:
            await client.post(f"http://127.0.0.1:{port}/early", content=b"unread")
            await sink.until(lambda: bool(sink.exchanges))
        assert sink.exchanges[0].body == b"unread"

    asyncio.run(work())


def test_a_client_that_hangs_up_on_our_certificate_is_recorded(
    certificate: Certificate, stranger: Certificate
) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            async with httpx.AsyncClient(verify=stranger.client(), timeout=60) as client:
                with pytest.raises(httpx.ConnectError):
                    await client.get(f"https://127.0.0.1:{port}/")
            await sink.until(lambda: bool(sink.wires))
        (event,) = sink.wires
        assert event.kind is WireKind.TLS_REFUSED
        assert event.detail == "closed-after-our-certificate"
        assert event.step == "one"
        assert not sink.exchanges

    asyncio.run(work())


def test_a_client_that_sends_an_alert_is_recorded_with_its_reason(
    certificate: Certificate, stranger: Certificate
) -> None:
    def refuse(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLError):
            stranger.client().wrap_socket(plain, server_hostname="127.0.0.1")

    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            await asyncio.to_thread(refuse, port)
            await sink.until(lambda: bool(sink.wires))
        (event,) = sink.wires
        assert (event.kind, event.detail) == (WireKind.TLS_REFUSED, "tlsv1-alert-unknown-ca")

    asyncio.run(work())


def test_plain_http_on_the_tls_port_is_recorded(run: Runner, certificate: Certificate) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            async with httpx.AsyncClient(timeout=60) as client:
                with pytest.raises(httpx.TransportError):
                    await client.get(f"http://127.0.0.1:{port}/")
            await sink.until(lambda: bool(sink.wires))
        assert (sink.wires[0].kind, sink.wires[0].detail) == (WireKind.TLS_REFUSED, "http-request")

    run(work())


async def _send(port: int, content: bytes, *, reset: bool = False) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    await writer.drain()
    if reset:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def _one_wire_event(content: bytes, *, reset: bool) -> Sink:
    async with tapped() as (port, sink):
        await _send(port, content, reset=reset)
        await sink.until(lambda: bool(sink.wires))
    return sink


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Le",
    ],
    ids=["in the body", "in the head"],
)
def test_a_half_sent_request_is_recorded(content: bytes, *, reset: bool) -> None:
    sink = asyncio.run(_one_wire_event(content, reset=reset))
    assert [event.kind for event in sink.wires] == [WireKind.HALF_SENT]
    assert sink.wires[0].head.startswith(b"POST /x")


def test_what_is_not_http_is_recorded() -> None:
    sink = asyncio.run(_one_wire_event(b"\x16\x03 not http\r\n\r\n", reset=False))
    assert sink.wires[0].kind is WireKind.PARSE_ERROR


def test_a_client_that_leaves_before_the_answer_is_recorded() -> None:
    async def work() -> None:
        arrived = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, _send: Send) -> None:
            if scope["type"] == "lifespan":
                return
            arrived.set()
            while (await receive())["type"] != "http.disconnect":
                pass

        async with tapped(slow) as (port, sink):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            await arrived.wait()
            writer.close()
            await sink.until(lambda: bool(sink.wires and sink.exchanges))
        assert sink.wires[0].kind is WireKind.ABORTED
        assert sink.exchanges[0].status is None

    asyncio.run(work())


def test_the_client_tap_records_answers_and_their_absence(certificate: Certificate) -> None:
    async def work() -> None:
        sink = Sink()
        async with tapped(tls=certificate.server()) as (port, _):
            base = f"https://127.0.0.1:{port}"
            transport = RecordingTransport(
                httpx.AsyncHTTPTransport(verify=certificate.client()),
                sink=sink.exchange,
                moment=lambda: Moment(session="s", step="ask"),
                base_url=base,
            )
            async with httpx.AsyncClient(transport=transport, timeout=60) as client:
                answer = await client.post(f"{base}/p?x=1", content=b"hello")
                assert answer.content == b"echo:hello"
                with pytest.raises(httpx.ConnectError):
                    await client.get("http://127.0.0.1:9/")
        first, second = sink.exchanges
        assert (first.target, first.body, first.status) == (b"/p?x=1", b"hello", 200)
        assert first.response_body == b"echo:hello"
        assert first.channel.tls_version == "TLSv1.3"
        assert second.status is None

    asyncio.run(work())


def test_a_handshake_that_never_comes_blocks_nobody(certificate: Certificate) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            _, idle = await asyncio.open_connection("127.0.0.1", port)
            async with httpx.AsyncClient(verify=certificate.client(), timeout=60) as client:
                assert (await client.get(f"https://127.0.0.1:{port}/")).status_code == 200
            idle.close()
            await sink.until(lambda: bool(sink.wires))
        assert sink.wires[0].detail == "closed-in-handshake"

    asyncio.run(work())


def test_what_tls_took_is_noted_with_the_first_request_of_a_connection(
    certificate: Certificate,
) -> None:
    async def work() -> None:
        async with tapped(tls=certificate.server()) as (port, sink):
            async with httpx.AsyncClient(verify=certificate.client(), timeout=60) as client:
                for _ in range(2):
                    await client.get(f"https://127.0.0.1:{port}/")
            await sink.until(lambda: len(sink.exchanges) == 2)
        first, second = (exchange.channel.opening for exchange in sink.exchanges)
        assert 0 < first < 5_000_000
        assert second == 0

    asyncio.run(work())


def test_a_client_certificate_is_noted(certificate: Certificate) -> None:
    async def work() -> None:
        context = certificate.server()
        context.load_verify_locations(certificate.pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        mine = certificate.client()
        mine.load_cert_chain(certificate.pem, certificate.key)
        async with tapped(tls=context) as (port, sink):
            async with httpx.AsyncClient(verify=mine, timeout=60) as client:
                await client.get(f"https://127.0.0.1:{port}/")
            await sink.until(lambda: bool(sink.exchanges))
        assert sink.exchanges[0].channel.client_certificate_sha256

    asyncio.run(work())
