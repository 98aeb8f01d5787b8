"""Frames of syslog over TLS (RFC 5425 §4.3) and the header of RFC 5424; knows no audit."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 256 * 1024
"""The longest message that is taken; RFC 5425 §4.3.1 asks for 8192 at least."""
_LONGEST_LENGTH: Final = 7
_BOM: Final = b"\xef\xbb\xbf"
_HEADER: Final = re.compile(
    rb"<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
    rb"([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) "
)
_DATA: Final = re.compile(
    rb"(?:-|(?:\[[^ =\]\"]{1,64}(?: [^ =\]\"]{1,32}=\"(?:[^\"\\\]]|\\.){0,4096}\")*\])+)(?: |$)"
)
_MOST_PRIORITY: Final = 191


class FrameError(ValueError):
    """What came is no frame of RFC 5425, or none that is taken: the connection cannot go on."""


class MessageError(ValueError):
    """A frame holds no message of RFC 5424."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A syslog message; what is `-` on the wire is empty. `content` is what follows its header."""

    priority: int
    timestamp: str
    host: str
    application: str
    process: str
    kind: str
    content: bytes


async def frames(reader: asyncio.StreamReader, *, seconds: float) -> AsyncIterator[bytes]:
    """Give each frame's message until the peer ends; raises FrameError.

    `seconds` is how long a frame that has begun may take to arrive whole.
    """
    while True:
        first = await reader.read(1)
        if not first:
            return
        try:
            async with asyncio.timeout(seconds):
                yield await _frame(reader, first)
        except (asyncio.IncompleteReadError, TimeoutError):
            raise FrameError("the frame did not arrive whole") from None


async def _frame(reader: asyncio.StreamReader, first: bytes) -> bytes:
    told = first
    while not told.endswith(b" "):
        if len(told) > _LONGEST_LENGTH:
            raise FrameError("no length")
        told += await reader.readexactly(1)
    digits = told[:-1]
    if not digits.isdigit() or digits.startswith(b"0"):
        raise FrameError("no length")
    length = int(digits)
    if length > MOST_BYTES:
        raise FrameError("too long")
    return await reader.readexactly(length)


def read_message(frame: bytes) -> Message:
    """Read a message (RFC 5424 §6); raises MessageError."""
    head = _HEADER.match(frame)
    data = None if head is None else _DATA.match(frame, head.end())
    if head is None or data is None or int(head[1]) > _MOST_PRIORITY:
        raise MessageError("header")
    told = ["" if each == b"-" else each.decode("ascii") for each in head.groups()[1:]]
    return Message(
        priority=int(head[1]),
        timestamp=told[0],
        host=told[1],
        application=told[2],
        process=told[3],
        kind=told[4],
        content=frame[data.end() :].removeprefix(_BOM),
    )
