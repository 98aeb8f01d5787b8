"""MLLP over TCP and TLS: frames in, answers out, in order; knows no message and no service.

Messages that wait, of whichever connection, are answered together: whoever answers may commit once
for all of them, so that durability costs one sync for many. A connection may send on without
waiting for answers (pipelining); they come in the order of its messages.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from reference_server.hl7v2.frames import Deframer, FrameFault, Trouble, framed
from reference_server.kernel.client_certificate import ClientCertificate, read_certificate
from reference_server.national.strangers import masked

_log = logging.getLogger("reference_server")
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MllpLimits:
    """What one may ask of the server: bytes, seconds, numbers.

    A message has at most `message` bytes and arrives within `arrive` seconds of its first byte; a
    connection may be silent for `idle`. `ahead` messages of a connection may await their answers,
    `together` are answered at once, `connections` may be open.
    """

    message: int = 1024 * 1024
    arrive: float = 30.0
    idle: float = 300.0
    handshake: float = 10.0
    ahead: int = 256
    together: int = 96
    connections: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as it came, and who the handshake says sent it."""

    message: bytes
    certificate: ClientCertificate | None = None
    address: str | None = None


class Respondent(Protocol):
    """Whoever answers messages."""

    def answer(self, received: Sequence[Received]) -> list[bytes]:
        """Return an answer to each; what they ask for is durable when this returns."""
        ...

    def refuse(self, trouble: Trouble) -> bytes:
        """Return what is said to a peer that does not speak MLLP, before the connection ends."""
        ...


class Tap(Protocol):
    """Whoever wants to know every byte of a connection, as the socket gave and took it."""

    def opened(self, transport: asyncio.BaseTransport) -> None: ...

    def received(self, transport: asyncio.BaseTransport, data: bytes) -> None: ...

    def sent(self, transport: asyncio.BaseTransport, data: bytes) -> None: ...

    def closed(self, transport: asyncio.BaseTransport) -> None: ...


@dataclass(slots=True)
class _Waiting:
    received: Received
    answer: asyncio.Future[bytes]


@dataclass(slots=True)
class MllpServer:
    """One listening socket; `bend` may change an answer on its way out (a lab's deviation)."""

    respondent: Respondent
    limits: MllpLimits = field(default_factory=MllpLimits)
    tap: Tap | None = None
    bend: Callable[[bytes, bytes], bytes | None] | None = None
    _queue: asyncio.Queue[_Waiting] = field(default_factory=asyncio.Queue)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def running(
        self, bound: socket.socket, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[int]:
        """Serve while the block runs; gives the port. Ends when what was received is answered."""
        handshake = None if tls is None else self.limits.handshake
        server = await asyncio.start_server(
            self._meet, sock=bound, ssl=tls, ssl_handshake_timeout=handshake, limit=_CHUNK
        )
        worker = asyncio.create_task(self._work())
        try:
            yield bound.getsockname()[1]
        finally:
            server.close()
            for task in tuple(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= self.limits.connections:
            writer.transport.abort()
            return
        self._open.add(task)
        if self.tap is not None:
            self.tap.opened(writer.transport)
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()
            if self.tap is not None:
                self.tap.closed(writer.transport)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Deframer(limit=self.limits.message)
        certificate, address = _certificate(writer), _address(writer)
        pending: asyncio.Queue[_Waiting | None] = asyncio.Queue(self.limits.ahead)
        answering = asyncio.create_task(self._answers(pending, writer))
        trouble: Trouble | None = None
        try:
            while not answering.done():
                patience = self.limits.arrive if frames.is_inside else self.limits.idle
                async with asyncio.timeout(patience):
                    data = await reader.read(_CHUNK)
                if not data:
                    break
                if self.tap is not None:
                    self.tap.received(writer.transport, data)
                try:
                    whole: Sequence[bytes] = frames.feed(data)
                except FrameFault as fault:
                    whole, trouble = frames.whole, fault.trouble
                for message in whole:
                    received = Received(message=message, certificate=certificate, address=address)
                    waiting = _Waiting(received, asyncio.get_running_loop().create_future())
                    self._queue.put_nowait(waiting)
                    await pending.put(waiting)
                if trouble is not None:
                    break
            await pending.put(None)
            await answering
            if trouble is not None:
                await self._send(writer, framed(self.respondent.refuse(trouble)))
        finally:
            answering.cancel()

    async def _answers(
        self, pending: "asyncio.Queue[_Waiting | None]", writer: asyncio.StreamWriter
    ) -> None:
        """Send what is answered, in order, as many as are there at once."""
        while (waiting := await pending.get()) is not None:
            answer = await waiting.answer
            if self.bend is not None:
                bent = self.bend(waiting.received.message, answer)
                if bent is None:
                    writer.transport.abort()
                    return
                await self._send(writer, bent)
                continue
            await self._send(writer, framed(answer))

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.tap is not None:
            self.tap.sent(writer.transport, data)
        writer.write(data)
        async with asyncio.timeout(self.limits.arrive):
            await writer.drain()

    async def _work(self) -> None:
        """Answer whatever waits, together; the worker never ends by a message."""
        while True:
            some = [await self._queue.get()]
            while len(some) < self.limits.together and not self._queue.empty():
                some.append(self._queue.get_nowait())
            try:
                answers = self.respondent.answer([each.received for each in some])
                for each, answer in zip(some, answers, strict=True):
                    if not each.answer.done():
                        each.answer.set_result(answer)
            except Exception:  # noqa: BLE001 - the outermost frame: no message may end the worker
                _log.error("answering messages failed\n%s", masked(traceback.format_exc()))
                for each in some:
                    each.answer.cancel()
            await asyncio.sleep(0)  # whoever else uses this loop has a turn


async def exchange(
    message: bytes,
    *,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    seconds: float = 10.0,
    limit: int = 1024 * 1024,
) -> bytes:
    """Send one message and return its answer; raises OSError, TimeoutError, FrameFault."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        try:
            writer.write(framed(message))
            await writer.drain()
            frames = Deframer(limit=limit)
            while True:
                data = await reader.read(_CHUNK)
                if not data:
                    raise ConnectionResetError("the peer ended the connection without an answer")
                if whole := frames.feed(data):
                    return whole[0]
        finally:
            writer.close()


def _certificate(writer: asyncio.StreamWriter) -> ClientCertificate | None:
    wire = writer.get_extra_info("ssl_object")
    der = None if wire is None else wire.getpeercert(binary_form=True)
    return None if der is None else read_certificate(ssl.DER_cert_to_PEM_cert(der))


def _address(writer: asyncio.StreamWriter) -> str | None:
    peer = writer.get_extra_info("peername")
    return None if not peer else str(peer[0])
