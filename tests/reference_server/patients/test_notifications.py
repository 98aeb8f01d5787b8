"""ITI-10: an organisation hears by A31 of its patients' numbers, also when it was away."""

import asyncio
from dataclasses import dataclass, field

import pytest

from reference_server.app.serving import bind
from reference_server.hl7v2.er7 import read
from reference_server.kernel.mllp import MllpServer, Received
from reference_server.ports.messages import MESSAGES
from reference_server.services.patients.mllp.notify import tell_all
from reference_server.services.patients.store.subscribers import due
from tests.reference_server.patients.index import ANNA, NORTH, SOUTH, TUN, Index, numbered


@dataclass
class Consumer:
    """Takes what it is told, or says AE."""

    code: str = "AA"
    heard: list[bytes] = field(default_factory=list)

    def answer(self, received: list[Received]) -> list[bytes]:
        self.heard += [each.message for each in received]
        return [self._ack(each.message) for each in received]

    def _ack(self, message: bytes) -> bytes:
        control = read(message).header.value(10)
        return (
            f"MSH|^~\\&|HIS|{NORTH}|MPI|index|20260101||ACK^A31^ACK|1|T|2.5\rMSA|{self.code}|{control}\r"
        ).encode()

    def refuse(self, trouble: object) -> bytes:
        raise AssertionError(trouble)


def numbers(message: bytes) -> set[str]:
    pid = read(message).first("PID")
    assert pid is not None
    return {each.split("^")[0] for each in pid.repetitions(3)}


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


async def told(index: Index, consumer: Consumer) -> None:
    with bind("127.0.0.1", 0) as bound:
        server = MllpServer(respondent=consumer)  # type: ignore[arg-type]  # a list will do
        async with server.running(bound) as port:
            index.world.port(MESSAGES).subscribe(NORTH, f"mllp://127.0.0.1:{port}")
            await tell_all(index.world)


def test_an_organisation_hears_of_its_own_patients_and_of_no_others(
    index: Index, consumer: Consumer
) -> None:
    index.world.port(MESSAGES).subscribe(NORTH, "mllp://127.0.0.1:1")
    anna = numbered(ANNA, 952)
    index.feed(anna, who=NORTH, number="P1")
    index.feed(TUN, who=SOUTH, number="S9")
    index.feed(anna, who=SOUTH, number="S1")
    asyncio.run(told(index, consumer))
    assert [read(each).header.value(9, component=2) for each in consumer.heard] == ["A31", "A31"]
    assert {"P1", "S1"} <= numbers(consumer.heard[-1])
    asyncio.run(told(index, consumer))
    assert len(consumer.heard) == 2


@pytest.mark.parametrize("code", ["AE", None])
def test_what_was_not_taken_is_told_again_later_as_the_same_message(
    index: Index, consumer: Consumer, code: str | None
) -> None:
    index.world.port(MESSAGES).subscribe(NORTH, "mllp://127.0.0.1:1")
    index.feed(ANNA, who=NORTH, number="P1")
    if code is None:
        asyncio.run(tell_all(index.world))  # nobody listens at port 1
    else:
        consumer.code = code
        asyncio.run(told(index, consumer))
    with index.reading() as tx:
        assert due(tx, index.world.clock.wire_now().isoformat()) == ()
        (waiting,) = due(tx, "9999")
    assert waiting.failures == 1
    first = [read(each).header.value(10) for each in consumer.heard]
    consumer.code, consumer.heard = "AA", []
    asyncio.run(told(index, consumer))
    again = [read(each).header.value(10) for each in consumer.heard]
    assert len(again) == 1
    assert first in ([], again)
