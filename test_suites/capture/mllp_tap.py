"""The tap on a port for HL7 v2: every message and its answer, as the socket gave and took them.

HL7 v2 has no status beside the message: an exchange that was answered has status 0, and says in
its body what came of it.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from reference_server.hl7v2.frames import Deframer, FrameFault
from test_suites.capture.classify import MLLP
from test_suites.capture.raw import ExchangeSink, Moment, Now, RawExchange, RawWire, WireSink
from test_suites.core.message import Channel, WireKind

ANSWERED: Final = 0
_LIMIT: Final = 16 * 1024 * 1024
_TYPE: Final = 8


def target_of(session: str, message: bytes) -> bytes:
    """Return what stands for the target of a message of HL7 v2: its case, type and event."""
    header = message.split(b"\r", 1)[0].split(message[3:4] or b"|")
    kind = header[_TYPE] if len(header) > _TYPE else b"?"
    return f"/{session}/mllp/".encode() + b"^".join(kind.split(b"^")[:2])


@dataclass(slots=True)
class _Line:
    """One connection: what came, what went, and what awaits its answer."""

    channel: Channel
    came: Deframer = field(default_factory=lambda: Deframer(limit=_LIMIT))
    went: Deframer = field(default_factory=lambda: Deframer(limit=_LIMIT))
    awaiting: deque[RawExchange] = field(default_factory=deque)


@dataclass(slots=True)
class MllpTap:
    """Owns what is open on one port; never waits and never answers.

    `base_url` is where the port is, `session` the slug of the case that it belongs to.
    """

    exchange: ExchangeSink
    wire: WireSink
    now: Now
    session: str
    base_url: str = ""
    deviation: str | None = None
    _lines: dict[asyncio.BaseTransport, _Line] = field(default_factory=dict)

    def opened(self, transport: asyncio.BaseTransport) -> None:
        wire = transport.get_extra_info("ssl_object")
        cipher = None if wire is None else wire.cipher()
        self._lines[transport] = _Line(
            Channel(
                tls_version=None if wire is None else wire.version(),
                cipher=None if cipher is None else cipher[0],
            )
        )

    def received(self, transport: asyncio.BaseTransport, data: bytes) -> None:
        line, moment = self._lines[transport], self.now("")
        try:
            whole = line.came.feed(data)
        except FrameFault as fault:
            whole = list(line.came.whole)
            self._tell(WireKind.PARSE_ERROR, fault.trouble.value, moment, head=data)
        for message in whole:
            line.awaiting.append(self._begun(line, message, moment))

    def sent(self, transport: asyncio.BaseTransport, data: bytes) -> None:
        line = self._lines[transport]
        try:
            answers = line.went.feed(data)
        except FrameFault:
            line.went = Deframer(limit=_LIMIT)
            answers = [data]  # spoilt on purpose: kept as it went
        for answer in answers:
            if line.awaiting:
                raw = line.awaiting.popleft()
                raw.status, raw.response_body = ANSWERED, answer
                self._end(raw)

    def closed(self, transport: asyncio.BaseTransport) -> None:
        line = self._lines.pop(transport)
        for raw in line.awaiting:
            self._end(raw)
        if line.came.is_inside:
            self._tell(WireKind.HALF_SENT, "message", self.now(""))

    def _begun(self, line: _Line, message: bytes, moment: Moment) -> RawExchange:
        return RawExchange(
            base_url=self.base_url,
            began=time.monotonic_ns(),
            method=MLLP,
            target=target_of(self.session, message),
            headers=[],
            session=moment.session,
            step=moment.step,
            body=message,
            channel=line.channel,
        )

    def _end(self, raw: RawExchange) -> None:
        raw.ended = time.monotonic_ns()
        raw.deviation, self.deviation = self.deviation, None
        self.exchange(raw)

    def _tell(self, kind: WireKind, detail: str, moment: Moment, *, head: bytes = b"") -> None:
        self.wire(
            RawWire(
                at=time.monotonic_ns(),
                kind=kind,
                detail=detail,
                session=moment.session,
                step=moment.step,
                head=head[:512],
            )
        )
