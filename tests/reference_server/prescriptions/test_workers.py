"""Stamping workers are killed and replaced when a page is too much for them."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from reference_server.kernel.errors import Busy
from reference_server.services.prescriptions.page.pool import Stamper
from tests.reference_server.prescriptions.town import pdf_of

NUMBER = "B-3G923-0VQVS-2"
PAYLOAD = "ERX1:B3G9230VQVS2:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
def stamper() -> Iterator[Stamper]:
    made = Stamper(workers=2)
    before = children()
    yield made
    made.close()
    assert children() <= before, "no worker outlives the pool"


def program(tmp_path: Path, text: str) -> tuple[str, str]:
    """Return the command of a worker that behaves badly."""
    file = tmp_path / "worker.py"
    file.write_text(text)
    return sys.executable, str(file)


def test_a_worker_serves_many_pages(stamper: Stamper) -> None:
    async def many() -> list[bytes]:
        pages = await asyncio.gather(
            *(stamper.stamp(pdf_of(), number=NUMBER, payload=PAYLOAD) for _ in range(20))
        )
        assert {page.faults for page in pages} == {()}
        return [page.pdf for page in pages]

    before = children()
    assert len(set(asyncio.run(many()))) == 1
    assert 1 <= len(children() - before) <= 2
    page = asyncio.run(stamper.stamp(b"garbage", number=NUMBER, payload=PAYLOAD))
    assert page.faults == ("pdf-unreadable",)


def test_a_large_page_passes_the_pipe_while_the_worker_is_still_writing(stamper: Stamper) -> None:
    pdf = pdf_of(weight=4_000_000)
    page = asyncio.run(stamper.stamp(pdf, number=NUMBER, payload=PAYLOAD))
    assert page.faults == ()
    assert len(page.pdf) > len(pdf) - 1000


def test_workers_that_die_between_two_pages_are_replaced(stamper: Stamper) -> None:
    async def two() -> None:
        await asyncio.gather(*(stamper.stamp(pdf_of()) for _ in range(6)))

    before = children()
    asyncio.run(two())
    for worker in [psutil.Process(pid) for pid in children() - before]:
        worker.kill()
        # A dead child stays a zombie until the pool has looked after it.
        while worker.status() != psutil.STATUS_ZOMBIE:
            os.sched_yield()
    page = asyncio.run(stamper.stamp(pdf_of(), number=NUMBER, payload=PAYLOAD))
    assert page.faults == ()


@pytest.mark.parametrize(
    "text",
    [
        "import os; os._exit(1)",
        "import sys; sys.stdin.buffer.read(8); sys.exit(3)",
        "import sys; sys.stdout.buffer.write(b'xx')",
        "while True: pass",
    ],
    ids=["dies-at-once", "dies-while-reading", "half-an-answer", "reckons-for-ever"],
)
def test_what_kills_or_busies_two_workers_is_unreadable(tmp_path: Path, text: str) -> None:
    stamper = Stamper(program=program(tmp_path, text), workers=1, seconds=0.5)
    before = children()
    try:
        page = asyncio.run(stamper.stamp(pdf_of(weight=500_000)))
        assert page.faults == ("pdf-unreadable",)
        assert children() <= before
    finally:
        stamper.close()


@pytest.mark.parametrize(
    "text",
    ["import signal; signal.pause()", "import sys\nwhile sys.stdin.buffer.read(1): pass"],
    ids=["hangs", "reads-for-ever"],
)
def test_a_worker_that_gets_no_time_is_our_fault_and_not_the_page_s(
    tmp_path: Path, text: str
) -> None:
    """A machine with too much to do must not make a good prescription a bad one."""
    stamper = Stamper(program=program(tmp_path, text), workers=1, seconds=60, patience=0.5)
    before = children()
    try:
        with pytest.raises(Busy):
            asyncio.run(stamper.stamp(pdf_of(weight=500_000)))
        assert children() <= before
    finally:
        stamper.close()


def test_when_no_worker_can_be_started_the_service_is_busy() -> None:
    stamper = Stamper(program=("/nowhere/python",), workers=1)
    try:
        with pytest.raises(Busy):
            asyncio.run(stamper.stamp(pdf_of()))
    finally:
        stamper.close()


def test_a_page_that_wants_too_much_memory_is_refused_and_the_service_lives(
    stamper: Stamper,
) -> None:
    """The worker's address space is limited; within it, a huge page tree is just unreadable."""
    bomb = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids["
    bomb += b"3 0 R " * 800_000
    bomb += b"]/Count 800000>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"
    xref = len(bomb)
    bomb += b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n"
    bomb += str(xref).encode() + b"\n%%EOF"
    page = asyncio.run(stamper.stamp(bomb, number=NUMBER, payload=PAYLOAD))
    assert page.faults
    assert asyncio.run(stamper.stamp(pdf_of(), number=NUMBER, payload=PAYLOAD)).faults == ()
