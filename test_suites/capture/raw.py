"""What a tap hands over: bytes as they were on the wire, nothing computed; holds secrets.

These values never leave memory: the recorder redacts them before anything is written.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from test_suites.core.message import Channel, WireKind

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

CHANNEL_EXTENSION = "equalis.channel"
"""Where the wire tap leaves Channel facts in an ASGI scope's extensions."""
HEADERS_EXTENSION = "equalis.headers"
"""Where it leaves the headers with their names as the client wrote them."""
WIRE_EXTENSION = "equalis.wire"
"""Where it leaves the WireControl of the connection."""
DEVIATION_EXTENSION = "equalis.deviation"
"""Where whoever changes an answer on purpose leaves the name of what it did."""


@dataclass(slots=True, kw_only=True)
class RawExchange:
    """One request and its answer while they happen; times are monotonic nanoseconds.

    `session` and `step` are what the tap knew when the request began; `status` stays None
    when no answer was begun.
    """

    base_url: str
    began: int
    method: str
    target: bytes
    headers: RawHeaders
    session: str | None = None
    step: str | None = None
    ended: int = 0
    body: bytes = b""
    status: int | None = None
    response_headers: RawHeaders = field(default_factory=list)
    response_body: bytes = b""
    channel: Channel = field(default_factory=Channel)
    deviation: str | None = None
    operation: str | None = None
    """What the lab calls its own request where the path is the peer's choice; None: by the path."""
    sent_by_lab: bool = False
    """True where the lab was the client: it knows whose session its own request belongs to."""


@dataclass(slots=True, kw_only=True)
class RawWire:
    """Something on a connection that never became an exchange; `head` is what was read of it."""

    at: int
    kind: WireKind
    detail: str
    session: str | None = None
    step: str | None = None
    head: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is going on when a request begins: the session's slug and the step, where known."""

    session: str | None = None
    step: str | None = None


Now: TypeAlias = Callable[[str], Moment]
"""Tells the moment of a request from its path (or the listener's hint)."""
ExchangeSink: TypeAlias = Callable[[RawExchange], None]
WireSink: TypeAlias = Callable[[RawWire], None]
