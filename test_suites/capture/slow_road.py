"""A slow road to a listening port: each piece of bytes waits a little, in both directions.

It stands between the client and the socket, under TLS and under every tap: what passes stays as
it is and in its order, and how a connection ends (in good order, or reset) passes on as well. So
the loopback seems slow to both sides, where the kernel itself offers no delay.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

_TICK: Final = 1e-6  # seconds between two pieces, so that none overtakes another
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)
_Act = Callable[[asyncio.Transport], None]


@dataclass(slots=True, kw_only=True)
class SlowRoad:
    """Owns the doors before the ports of one run. `chance` decides each wait, in seconds."""

    chance: random.Random = field(default_factory=random.SystemRandom)
    shortest: float = 0.001
    longest: float = 0.030
    _doors: dict[int, asyncio.Server] = field(default_factory=dict)
    _travelling: dict[int, set["_End"]] = field(default_factory=dict)
    _entering: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, port: int, *, host: str = "127.0.0.1") -> int:
        """Return the port of a new door, behind which the road leads to a port."""
        ends: set[_End] = set()

        def entered() -> _End:
            near, far = _End(wait=self._wait, ends=ends), _End(wait=self._wait, ends=ends)
            near.other, far.other = far, near
            entering = asyncio.create_task(_connect(far, host, port))
            self._entering.add(entering)
            entering.add_done_callback(self._entering.discard)
            return near

        door = await asyncio.get_running_loop().create_server(entered, host, 0)
        taken = int(door.sockets[0].getsockname()[1])
        self._doors[taken], self._travelling[taken] = door, ends
        return taken

    def close(self, door: int) -> None:
        """Let nobody in any more; what is on the way still arrives."""
        self._doors.pop(door).close()
        for end in self._travelling.pop(door):
            end.later(_close)

    def _wait(self) -> float:
        return self.chance.uniform(self.shortest, self.longest)


class _End(asyncio.Protocol):
    """One end of a connection: owns its transport, and when what comes next may leave by it."""

    def __init__(self, *, wait: Callable[[], float], ends: set["_End"]) -> None:
        self.other: _End
        self._wait = wait
        self._ends = ends
        self._transport: asyncio.Transport | None = None
        self._early: list[_Act] = []
        self._due = 0.0
        self._heard_all = False
        self._said_all = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ends.add(self)
        early, self._early = self._early, []
        for act in early:
            self._do(act)

    def data_received(self, data: bytes) -> None:
        self.other.later(lambda transport: transport.write(data))

    def eof_received(self) -> bool:
        """Pass the end on; this end stays open until the other has said all, too."""
        self._heard_all = True
        self.other.later(self.other.say_end)
        return not self._said_all

    def connection_lost(self, exc: Exception | None) -> None:
        self._ends.discard(self)
        self.other.later(_close if exc is None else _reset)

    def later(self, act: _Act) -> None:
        """Do something with this end's transport after a wait, behind what waits already."""
        loop = asyncio.get_running_loop()
        self._due = max(self._due + _TICK, loop.time() + self._wait())
        loop.call_at(self._due, self._do, act)

    def say_end(self, transport: asyncio.Transport) -> None:
        """Tell this end's peer that nothing more comes."""
        self._said_all = True
        if self._heard_all:
            transport.close()
        else:
            transport.write_eof()

    def _do(self, act: _Act) -> None:
        if self._transport is None:
            self._early.append(act)
        elif not self._transport.is_closing():
            act(self._transport)


async def _connect(far: _End, host: str, port: int) -> None:
    """Reach the port; where nobody listens there, whoever entered is turned away."""
    try:
        await asyncio.get_running_loop().create_connection(lambda: far, host, port)
    except OSError:
        far.other.later(_reset)


def _close(transport: asyncio.Transport) -> None:
    """End a connection in good order."""
    transport.close()


def _reset(transport: asyncio.Transport) -> None:
    """End a connection so that its peer sees a reset."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
