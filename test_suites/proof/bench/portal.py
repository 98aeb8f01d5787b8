"""Measures the portal as a process: 100 people answering, 500 submitting at once, a PDF."""

import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import psutil

from test_suites.proof.bench.figures import Figure, figure, percentile

PEOPLE: Final = 100
SUBMISSIONS: Final = 500
# A person needs some 17 seconds for a question; these are quicker, which is harder.
THINKING_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.1
_PROFILE: Final = {"profession": "doctor", "size": "small", "dev": "yes", "cloud": "yes"}
_SEED: Final = 20261129


@dataclass(slots=True)
class Round:
    """What one run found; times in milliseconds, but the PDF's in seconds."""

    pages: list[float] = field(default_factory=list)
    processor: float = 0.0
    failed: int = 0
    submitted: int = 0
    submitting: float = 0.0
    pdf: float = 0.0
    pdf_processor: float = 0.0


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures of `pairs` runs, in each of which people answer for so many seconds."""
    rounds = [_run(seconds) for _ in range(pairs)]
    people = f"{PEOPLE} people answering, a page"
    for share in (0.5, 0.95, 0.99):
        values = [percentile(one.pages, share) for one in rounds]
        yield figure(f"{people}, p{share * 100:.0f}", "ms", values)
    shares = [one.processor / max(len(one.pages), 1) for one in rounds]
    yield figure(f"{people}, processor time", "ms", shares)
    yield figure("pages in that time", "pages", [float(len(one.pages)) for one in rounds])
    yield figure("pages that failed", "pages", [float(one.failed) for one in rounds])
    at_once = f"{SUBMISSIONS} submissions at once"
    yield figure(f"{at_once}, until the last", "s", [one.submitting for one in rounds])
    lost = [float(SUBMISSIONS - one.submitted) for one in rounds]
    yield figure(f"{at_once}, lost", "", lost)
    paper = "PDF of a result"
    yield figure(f"{paper}, ordered to opened", "s", [one.pdf for one in rounds])
    yield figure(f"{paper}, processor time", "s", [one.pdf_processor for one in rounds])


def _run(seconds: float) -> Round:
    with TemporaryDirectory() as folder, _served(Path(folder)) as (origin, portal):
        return asyncio.run(_measured(origin, portal, seconds))


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start a portal of two processes and its worker; give its address and process."""
    command = [sys.executable, "-m", "reports.cli", "portal", "--json", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--workers", "2", "--folder", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - asked for above
        origin: str = json.loads(process.stdout.readline())["origin"]
        yield origin, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


async def _measured(origin: str, portal: psutil.Process, seconds: float) -> Round:
    found = Round()
    async with _browser(origin) as first:
        page = await _begun(first)
        found.pdf, found.pdf_processor = await _pdf(first, page, portal)
    chance = random.Random(_SEED)  # noqa: S311 - pauses of invented people
    until = time.perf_counter() + seconds + THINKING_SECONDS
    pauses = [chance.uniform(0, THINKING_SECONDS) for _ in range(PEOPLE)]
    before = _processor_time(portal)
    await asyncio.gather(
        *(_person(origin, found, pause=one, until=until, chance=chance) for one in pauses)
    )
    found.processor = _processor_time(portal) - before
    began = time.perf_counter()
    done = await asyncio.gather(*(_submitted(origin) for _ in range(SUBMISSIONS)))
    found.submitting, found.submitted = time.perf_counter() - began, sum(done)
    return found


def _processor_time(portal: psutil.Process) -> float:
    """Return the processor time of a portal with all its processes so far, in milliseconds."""
    family = (portal, *portal.children(recursive=True))
    times = [one.cpu_times() for one in family]
    return sum(one.user + one.system for one in times) * 1000


@asynccontextmanager
async def _browser(origin: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # addresses without a name have cookies, too
    limit = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(origin, cookie_jar=jar, timeout=limit) as session:
        yield session


async def _get(session: aiohttp.ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        answer.raise_for_status()
        return await answer.text()


async def _begun(session: aiohttp.ClientSession) -> str:
    """Begin an assessment; return the page with the code."""
    page = await _get(session, "/cesar/profile")
    async with session.post("/cesar/profile", data={"guard": _guard(page), **_PROFILE}) as answer:
        answer.raise_for_status()
        return await answer.text()


async def _person(
    origin: str, found: Round, *, pause: float, until: float, chance: random.Random
) -> None:
    """Answer question after question with pauses, until the time is over."""
    async with _browser(origin) as session:
        await asyncio.sleep(pause)
        path = _next(await _begun(session))
        while path and time.perf_counter() < until:
            page = await _timed(session, found, path)
            question = path.rpartition("/")[2]
            if page and "/question/" in path:
                await asyncio.sleep(chance.expovariate(1 / THINKING_SECONDS))
                data = {"guard": _guard(page), question: str(chance.randrange(6))}
                page = await _timed(session, found, path, data)
            path = _next(page)


async def _timed(
    session: aiohttp.ClientSession, found: Round, path: str, data: dict[str, str] | None = None
) -> str:
    """Return the page that an answer leads to; its time is kept, redirection and all."""
    began = time.perf_counter()
    method = "GET" if data is None else "POST"
    async with session.request(method, path, data=data) as answer:
        page = await answer.text()
    found.pages.append((time.perf_counter() - began) * 1000)
    if answer.status != 200:  # noqa: PLR2004  OK
        found.failed += 1
        return ""
    return page


async def _submitted(origin: str) -> bool:
    """Begin and submit a whole page of answers; whether the portal then has them."""
    async with _browser(origin) as session:
        await _begun(session)
        page = await _get(session, "/cesar/all")
        names = sorted(set(re.findall(r'type="radio" name="([A-Z0-9]+)"', page)))
        data = {"guard": _guard(page), **dict.fromkeys(names, "3")}
        async with session.post("/cesar/all", data=data) as answer:
            if answer.status != 200:  # noqa: PLR2004  OK
                return False
        result = json.loads(await _get(session, "/cesar/result.json"))
        return len(result["replies"]["replies"]) == len(names)


async def _pdf(
    session: aiohttp.ClientSession, begun: str, portal: psutil.Process
) -> tuple[float, float]:
    """Return how long a whole report takes from the order to its bytes, and the processor's part.

    That part is of all processes, those that say "not yet" included.
    """
    page = await _get(session, "/cesar/all")
    names = sorted(set(re.findall(r'type="radio" name="([A-Z0-9]+)"', page)))
    answers = {name: str(at % 6) for at, name in enumerate(names)}
    assert begun  # noqa: S101 - an assessment is at hand
    await session.post("/cesar/all", data={"guard": _guard(page), **answers})
    # The worker is ready when it has made its first paper.
    await _waited(session, "/cesar/papers/brief.pdf")
    began, before = time.perf_counter(), _processor_time(portal)
    await _waited(session, "/cesar/papers/report.pdf")
    took = time.perf_counter() - began
    return took, (_processor_time(portal) - before) / 1000


async def _waited(session: aiohttp.ClientSession, path: str) -> None:
    while True:
        async with session.get(path) as answer:
            if answer.content_type == "application/pdf":
                return
        await asyncio.sleep(_LOOK_SECONDS)


def _guard(page: str) -> str:
    found = re.search(r'name="guard" value="([^"]+)"', page)
    return found[1] if found else ""


def _next(page: str) -> str:
    """Return the path of the question on a page, or of the one that it leads to."""
    found = re.search(r'(?:action|href)="(/cesar/question/[A-Z0-9]+)', page)
    return found[1] if found else ""
