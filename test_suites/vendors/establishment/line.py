"""The line to the national index: MLLP over TLS, one message at a time, with patience."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import hl7

from test_suites.vendors.kit.logbook import Logbook

BEGIN, END = b"\x0b", b"\x1c\r"
SECONDS = 10
PAUSE = 0.2


class NoAnswerError(Exception):
    """Nobody answered, or nothing that is a message."""


@dataclass(slots=True, kw_only=True)
class Line:
    """Owns the way to the index. `pause` waits so many seconds."""

    url: str
    context: ssl.SSLContext | None
    logbook: Logbook
    pause: Callable[[float], None]

    def deliver(self, message: Callable[[], bytes], *, tries: int) -> hl7.Message:
        """Send a message until it is answered; raises NoAnswerError after the last try."""
        for attempt in range(tries):
            if attempt:
                self.pause(PAUSE * 2**attempt)
            try:
                return self._once(message())
            except (OSError, ValueError, hl7.exceptions.HL7Exception) as trouble:
                self.logbook.note(f"no answer: {type(trouble).__name__}")
        raise NoAnswerError

    def _once(self, message: bytes) -> hl7.Message:
        where = urlsplit(self.url)
        with socket.create_connection((where.hostname, where.port), timeout=SECONDS) as plain:
            if self.context is None:
                return _exchanged(plain, message)
            with self.context.wrap_socket(plain, server_hostname=where.hostname) as wire:
                return _exchanged(wire, message)


def _exchanged(wire: socket.socket, message: bytes) -> hl7.Message:
    wire.sendall(BEGIN + message + END)
    told = b""
    while not told.endswith(END):
        more = wire.recv(65536)
        if not more:
            raise ConnectionResetError("the connection ended before the answer did")
        told += more
    raw = told.strip(BEGIN + END)
    return hl7.parse(raw.decode(_codec(raw)))


def _codec(raw: bytes) -> str:
    """Return Python's name of the character set that MSH-18 declares."""
    header = raw.split(b"\r", 1)[0].split(b"|")
    told = header[17] if len(header) > 17 else b""  # noqa: PLR2004 - MSH-18
    return {b"8859/1": "latin-1", b"8859/15": "iso8859-15"}.get(told, "utf-8")
