"""The tap under the ASGI tap: what happens on a connection without becoming a request.

It takes TLS up itself, with `loop.start_tls` after the connection was accepted: that is the
one public place where asyncio and uvloop both tell why a handshake failed. uvloop reads on
even though it was asked to pause in `connection_made`, so the ClientHello may come before
`start_tls`: it is handed to the TLS protocol then. It knows no scenario; what it saw goes to
a sink.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from reference_server.kernel.connection import AlertingObject, CertifiedProtocol
from test_suites.capture.raw import (
    CHANNEL_EXTENSION,
    HEADERS_EXTENSION,
    WIRE_EXTENSION,
    Moment,
    RawHeaders,
    RawWire,
    WireSink,
)
from test_suites.core.message import Channel, WireKind

HANDSHAKE_SECONDS: Final = 10.0
SETTLING_SECONDS: Final = 2.0
LARGEST_HEAD: Final = 2048
UNUSED: Final = "closed-without-request"
"""A connection on which the client asked for nothing at all."""
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


# start_tls hides the TLS object of a failed handshake; the context sees it made, in the same
# asyncio context, and only the object can tell whether a ClientHello had arrived. (uvloop makes
# it outside of that context: there a client that hangs up without an alert counts as aborted.)
_TAKEN_UP: ContextVar[list[ssl.SSLObject] | None] = ContextVar("taken_up", default=None)


class WatchedObject(AlertingObject):
    """A TLS object whose peer gets the alert of a handshake that fails, and which tells why."""

    is_told: bool = False

    def do_handshake(self) -> None:
        """Do it; the first time that it fails, the context is told why."""
        try:
            super().do_handshake()
        finally:
            if self.failure is not None and not self.is_told:
                self.is_told = True
                cast("WatchedContext", self.context).failures.append(self.failure)


class WatchedContext(ssl.SSLContext):
    """A TLS context that shows each connection's task the TLS object made for it.

    `failures` are those of handshakes whose connections have not ended yet.
    """

    sslobject_class = WatchedObject
    failures: list[ssl.SSLError]

    def __init__(self, _protocol: int) -> None:
        super().__init__()
        self.failures = []

    def why(self, taken_up: list[ssl.SSLObject]) -> ssl.SSLError | None:
        """Return why a handshake failed, and forget it; None where nobody can tell for sure."""
        own = (each.failure for each in taken_up if isinstance(each, WatchedObject))
        found = next((failure for failure in own if failure is not None), None)
        if found is None and not taken_up and len(self.failures) == 1:
            found = self.failures[0]
        if found in self.failures:
            self.failures.remove(found)
        return found

    def wrap_bio(  # noqa: PLR0917  the standard library's signature
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002  the standard library's signature
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Make the TLS object as the standard library does."""
        made = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        taken_up = _TAKEN_UP.get()
        if taken_up is not None:
            taken_up.append(made)
        return made


@dataclass(slots=True, kw_only=True)
class WireControl:
    """What a request's handler may do to its connection, and the body bytes read from it."""

    transport: asyncio.Transport
    body: list[bytes] = field(default_factory=list)
    ended_by_us: bool = False

    def reset(self) -> None:
        """End the connection so that the peer sees a reset, not an orderly close."""
        self.ended_by_us = True
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()

    def end(self) -> None:
        """Close the connection after what was written, wherever the answer stands."""
        self.ended_by_us = True
        self.transport.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireTap:
    """What every connection of one listener shares."""

    sink: WireSink
    moment: Callable[[], Moment]
    tls: Callable[[], ssl.SSLContext | None] = lambda: None
    """Asked for each connection: which certificate a client meets may change."""
    open: set[asyncio.BaseTransport] = field(default_factory=set)
    """Transports of the listener's connections that stand and were not hung up by us."""
    handshakes: set[asyncio.Task[None]] = field(default_factory=set)
    """Connections whose TLS is not taken up yet: nobody knows how they will end."""

    async def settled(self, *, seconds: float = SETTLING_SECONDS) -> None:
        """Wait until handshakes under way have ended, so that their ends are told.

        On a slow network a client knows that it refuses a certificate, and says so to its
        user, before its alert is here. One that says nothing at all is not waited for longer.
        """
        if self.handshakes:
            await asyncio.wait(self.handshakes, timeout=seconds)

    def hang_up(self) -> None:
        """Close every connection that stands, as an idle server may."""
        leaving = tuple(self.open)
        self.open.clear()
        for transport in leaving:
            transport.close()

    def tell(self, moment: Moment, kind: WireKind, detail: str, head: bytes = b"") -> None:
        """Hand one event to the sink, with what was going on when it began."""
        self.sink(
            RawWire(
                at=time.monotonic_ns(),
                kind=kind,
                detail=detail,
                session=moment.session,
                step=moment.step,
                head=head[:LARGEST_HEAD],
            )
        )


class TappedProtocol(CertifiedProtocol):
    """uvicorn's HTTP protocol with eyes: owns the facts of one connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        tap: WireTap,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._tap = tap
        self._channel = Channel()
        # Of the connection, then of its latest request: an end is often seen a step too late.
        self._moment = Moment()
        self._handshake: asyncio.Task[None] | None = None
        self._made = False
        self._opening = 0
        self._early: list[bytes] = []
        self._control: WireControl | None = None
        self._written_headers: RawHeaders = []
        self._mid_message = False
        self._spoke = False
        self._data = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # uvicorn narrows the parameter too: only stream transports reach an HTTP protocol.
        self._moment = self._tap.moment()
        context = self._tap.tls()
        if context is None:
            self._begin(transport)
            return
        transport.pause_reading()
        self._handshake = self.loop.create_task(self._take_up_tls(transport, context))
        self._tap.handshakes.add(self._handshake)
        self._handshake.add_done_callback(self._tap.handshakes.discard)

    async def _take_up_tls(self, plain: asyncio.Transport, context: ssl.SSLContext) -> None:
        began, taken_up = time.monotonic_ns(), list[ssl.SSLObject]()
        _TAKEN_UP.set(taken_up)
        if plain.is_closing():  # uvloop only: the client left before its first byte was read
            self._tap.tell(self._moment, *_why_refused(ConnectionResetError(), taken_up))
            return
        # Runs after `start_tls` has put its protocol in place, and before that one begins.
        self.loop.call_soon(self._hand_over, plain)
        try:
            secure = await self.loop.start_tls(
                plain, self, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (OSError, asyncio.CancelledError) as error:
            self._tap.tell(self._moment, *_why_refused(_first(context, taken_up, error), taken_up))
            plain.abort()
            return
        if secure is None or secure.is_closing():
            ended = _first(context, taken_up, ConnectionResetError())
            self._tap.tell(self._moment, *_why_refused(ended, taken_up))
            plain.abort()
            return
        self._channel = _channel(secure)
        self._opening = (time.monotonic_ns() - began) // 1000
        self._begin(secure)

    def _hand_over(self, plain: asyncio.Transport) -> None:
        """Give the TLS protocol what was read before it stood here, in the order it came."""
        early, self._early = b"".join(self._early), []
        above = cast("asyncio.BufferedProtocol", plain.get_protocol())
        while early:
            with memoryview(above.get_buffer(len(early))) as room:
                taken = min(len(room), len(early))
                room[:taken] = early[:taken]
            above.buffer_updated(taken)
            early = early[taken:]

    def _begin(self, transport: asyncio.Transport) -> None:
        self._made = True
        self._tap.open.add(transport)
        super().connection_made(transport)
        early, self._early = self._early, []
        for data in early:
            self.data_received(data)

    def data_received(self, data: bytes) -> None:
        if not self._made:
            self._early.append(data)
            return
        self._data = data
        self._spoke = True
        super().data_received(data)

    def eof_received(self) -> None:
        if self._made:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._made:
            return
        if self._mid_message:
            self._tap.tell(self._moment, WireKind.HALF_SENT, "request-not-complete", self._head())
        elif self._is_unused() and self.transport in self._tap.open:
            # Whoever looks at our certificate after the handshake leaves so.
            self._tap.tell(self._moment, WireKind.ABORTED, UNUSED)
        elif self._answer_open() and not (self._control and self._control.ended_by_us):
            self._tap.tell(
                self._moment, WireKind.ABORTED, "closed-before-answer-complete", self._head()
            )
        self._mid_message = False
        self._tap.open.discard(self.transport)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._tap.open.discard(self.transport)
        super().shutdown()

    def _is_unused(self) -> bool:
        return not self._spoke and self._channel.tls_version is not None

    def _answer_open(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _head(self) -> bytes:
        lines = [name + b": " + value for name, value in self._written_headers]
        method = self.parser.get_method()
        return b"\r\n".join([(method + b" " + self.url).strip(), *lines])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._mid_message = True
        self._moment = self._tap.moment()
        self._written_headers = []
        self._control = WireControl(transport=self.transport)
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # a TypedDict without ours
        scope["extensions"] |= {
            CHANNEL_EXTENSION: replace(self._channel, opening=self._opening),
            HEADERS_EXTENSION: self._written_headers,
            WIRE_EXTENSION: self._control,
        }
        self._opening = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._written_headers.append((name, value))
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        if self._control is not None:
            self._control.body.append(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._mid_message = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._mid_message = False
        self._tap.tell(self._moment, WireKind.PARSE_ERROR, "not-http", self._data)
        super().send_400_response(msg)


def _channel(transport: asyncio.Transport) -> Channel:
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return Channel()
    certificate = tls.getpeercert(binary_form=True)
    cipher = tls.cipher()
    return Channel(
        tls_version=tls.version(),
        cipher=cipher[0] if cipher else None,
        client_certificate_sha256=sha256(certificate).hexdigest() if certificate else None,
    )


def _first(
    context: ssl.SSLContext, taken_up: list[ssl.SSLObject], error: BaseException
) -> BaseException:
    """Return what went wrong first: TLS's own error, which waits until its alert was sent."""
    why = context.why(taken_up) if isinstance(context, WatchedContext) else None
    return error if why is None else why


def _why_refused(error: BaseException, taken_up: list[ssl.SSLObject]) -> tuple[WireKind, str]:
    match error:
        case ssl.SSLError(reason=str(reason)):
            return WireKind.TLS_REFUSED, reason.lower().replace("_", "-")
        case ssl.SSLError():
            return WireKind.TLS_REFUSED, "tls-error"
        case _ if any(each.shared_ciphers() is not None for each in taken_up):
            # Several clients hang up on a certificate they do not trust without an alert.
            return WireKind.TLS_REFUSED, "closed-after-our-certificate"
        case _:
            return WireKind.ABORTED, "closed-in-handshake"
