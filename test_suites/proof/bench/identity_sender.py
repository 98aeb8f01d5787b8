"""The sender of HL7 v2 benchmarks as a process of its own: feeds a port, asks it, tells the pace.

Each conversation is one line on stdout: its name, how many messages were answered, and in how many
seconds. Messages are written before the clock runs, and sent ahead of their answers.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import msgspec
import uvloop

from reference_server.hl7v2.frames import Deframer, framed
from reference_server.population.country.people import inhabitants
from reference_server.services.patients.mllp.pid import write_pid
from reference_server.services.patients.model.index import IdentityState
from reference_server.services.patients.model.traits import Identifier, local_domain

FEED, BY_NUMBER, BY_TRAITS = "A28, durable", "Q23", "Q22 by number"
WHO: Final = "90100112"
_AHEAD: Final = 128
_MOST_A_SECOND: Final = 4000
_SEED: Final = 2026


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How one conversation went: messages answered, and seconds."""

    name: str
    count: int
    seconds: float


def main() -> int:
    """Hold the three conversations with a port: arguments are the port and seconds for each."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    uvloop.run(_all_of_it(port, seconds))
    return 0


async def _all_of_it(port: int, seconds: float) -> None:
    most = int(_MOST_A_SECOND * seconds)
    oid = local_domain(WHO).removeprefix("urn:oid:")
    known = await _hold(FEED, port, list(_feed(most)), seconds)
    for name, event, query, asked in (
        (BY_NUMBER, "Q23", "IHE PIX Query", f"B{{}}^^^&{oid}&ISO"),
        (BY_TRAITS, "Q22", "IHE PDQ Query", f"@PID.3.1^B{{}}~@PID.3.4.2^{oid}~@PID.3.4.3^ISO"),
    ):
        written = list(_questions(event, query, asked.format, known=known, count=most))
        await _hold(name, port, written, seconds)


async def _hold(name: str, port: int, messages: list[bytes], seconds: float) -> int:
    count, spent = await _converse(port, messages, seconds)
    sys.stdout.buffer.write(msgspec.json.encode(Pace(name=name, count=count, seconds=spent)))
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    return count


async def _converse(port: int, messages: list[bytes], seconds: float) -> tuple[int, float]:
    """Send until time is up; return how many were answered well, and the seconds it took.

    AssertionError at the first answer that is not AA, or none.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    frames, waiting, done = Deframer(limit=1 << 20), 0, 0
    rest = iter(messages)
    began = time.perf_counter()
    ends = began + seconds
    while True:
        more = 0 if time.perf_counter() > ends else _AHEAD - waiting
        some = list(islice(rest, more))
        writer.writelines(some)
        waiting += len(some)
        if not waiting:
            break
        data = await reader.read(1 << 16)
        assert data, "the connection ended"  # noqa: S101 - nothing is measured of a broken one
        for answer in frames.feed(data):
            assert b"MSA|AA|" in answer, answer  # noqa: S101 - nor of a refusal
            waiting, done = waiting - 1, done + 1
    spent = time.perf_counter() - began
    writer.close()
    return done, spent


def _feed(count: int) -> Iterator[bytes]:
    domain, state = local_domain(WHO), IdentityState.PROVISIONAL
    for number, each in enumerate(inhabitants(count, seed=_SEED)):
        own = Identifier(system=domain, value=f"B{number}")
        pid = write_pid(each.traits, (own, *each.traits.identifiers), state=state)
        yield _message("ADT^A28^ADT_A05", f"F{number}", f"EVN||20260101\r{pid}\rPV1|1|N")


def _questions(
    event: str, query: str, asked: Callable[[int], str], *, known: int, count: int
) -> Iterator[bytes]:
    for number in range(count):
        told = f"QPD|{query}|t{number}|{asked(number % known)}\rRCP|I"
        yield _message(f"QBP^{event}^QBP_Q21", f"{event}{number}", told)


def _message(kind: str, control: str, rest: str) -> bytes:
    head = f"MSH|^~\\&|BENCH|{WHO}|MPI|LU|20260101120000||{kind}|{control}|T|2.5||||||UNICODE UTF-8"
    return framed(f"{head}\r{rest}\r".encode())


if __name__ == "__main__":
    raise SystemExit(main())
