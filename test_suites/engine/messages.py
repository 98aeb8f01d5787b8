"""A case's port for HL7 v2: the reference answers behind the tap, and the lab may spoil it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from reference_server.app.serving import bind
from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.hl7v2.er7 import Er7Fault, read, segment, write
from reference_server.hl7v2.frames import framed
from reference_server.kernel.mllp import MllpServer
from reference_server.ports.messages import MESSAGES
from reference_server.world import World
from test_suites.capture.classify import MLLP, classify
from test_suites.capture.mllp_tap import MllpTap
from test_suites.deviations.desk import DeviationDesk, Kind

HOST = "127.0.0.1"


@contextlib.asynccontextmanager
async def speaking(
    world: World, tap: MllpTap, desk: DeviationDesk, tls: ssl.SSLContext
) -> AsyncIterator[str]:
    """Answer messages over TLS while the block runs; gives `mllps://host:port`."""
    catalogue = full_catalogue(tuple(each.name for each in SERVICES))
    server = MllpServer(
        respondent=world.port(MESSAGES).respondent(catalogue),
        tap=tap,
        bend=_bending(tap, desk),
    )
    with bind(HOST, 0) as bound:
        tap.base_url = f"mllps://{HOST}:{bound.getsockname()[1]}"
        async with server.running(bound, tls):
            yield tap.base_url


@dataclass(slots=True)
class Port:
    """An open port: where it is, and how it is closed. The block lives in a task of its own."""

    url: str
    over: asyncio.Event
    task: "asyncio.Task[None]"

    @classmethod
    async def open(
        cls, world: World, tap: MllpTap, desk: DeviationDesk, tls: ssl.SSLContext
    ) -> "Port":
        """Open the port and return when it listens."""
        over = asyncio.Event()
        listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def held() -> None:
            async with speaking(world, tap, desk, tls) as url:
                listening.set_result(url)
                await over.wait()

        task = asyncio.create_task(held())
        task.add_done_callback(lambda _ended: listening.cancel())
        return cls(url=await listening, over=over, task=task)

    async def close(self) -> None:
        """Close the port and whatever is connected."""
        self.over.set()
        await self.task


def _bending(tap: MllpTap, desk: DeviationDesk) -> Callable[[bytes, bytes], bytes | None]:
    def bend(message: bytes, answer: bytes) -> bytes | None:
        kind = b"^".join((message.split(b"|") + [b""] * 9)[8].split(b"^")[:2])
        deviation = desk.take(classify(MLLP, f"/x/mllp/{kind.decode('latin-1')}"))
        if deviation is None:
            return framed(answer)
        tap.deviation = deviation.kind.value
        match deviation.kind:
            case Kind.RESET:
                return None
            case Kind.TRUNCATE:
                return framed(answer)[: len(answer) // 2]
            case Kind.MALFORMED:
                return framed(b"OK")
            case _:
                return framed(_refused(answer))

    return bend


def _refused(answer: bytes) -> bytes:
    """Return the answer as if the application could not do it now: AE, code 207."""
    try:
        message = read(answer)
    except Er7Fault:
        return answer
    lines = [each.text for each in message.segments if each.name in {"MSH", "MSA"}]
    control = lines[1].split("|")[2] if len(lines) > 1 else ""
    lines[1:] = [
        segment("MSA", "AE", control),
        segment("ERR", "", "", "207^Application internal error^HL70357", "E"),
    ]
    return write(lines, message.charset)
