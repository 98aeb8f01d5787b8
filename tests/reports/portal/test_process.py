"""The portal as a process: nothing that tells who reaches disk or log; nothing kept is lost."""

import asyncio
import re
import socket
import sqlite3
import ssl
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.reports.portal.process import Served, running
from tests.reports.portal.visitors import Visitor

pytestmark = pytest.mark.slow

AGENT = "Canary-Agent/7.31 (Dr Canari Kanarienvogel)"
ADDRESS = "203.0.113.77"
NAME = "Kanarienvogel"
AT_ONCE = 500
IN_FLIGHT = 50
NO_TLS = ssl.create_default_context()  # made once: nobody here speaks TLS


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def test_no_address_no_agent_and_no_name_reaches_disk_or_log(tmp_path: Path) -> None:
    folder = tmp_path / "portal"
    headers = {
        "User-Agent": AGENT,
        "X-Forwarded-For": ADDRESS,
        "Forwarded": f"for={ADDRESS}",
        "X-Real-IP": ADDRESS,
        "From": f"{NAME}@example.lu",
        "Accept-Language": f"fr, x-{NAME};q=0.1",
    }
    with running(folder) as served, httpx.Client(base_url=served.origin, headers=headers) as client:
        person = Visitor(client)
        person.begin()
        person.open("/cesar/all")
        person.send("/cesar/all", {"A1": "3", "B1": NAME, "name": NAME, "go": NAME})
        person.open("/cesar/type")
        person.send("/cesar/type", {"A2": NAME})
        person.open(f"/cesar/form?profession={NAME}")
        person.open(f"/cesar/question/{NAME}")
        person.open(f"/{quote(NAME)}?x={ADDRESS}")
        person.open("/cesar/resume")
        person.send("/cesar/resume", {"code": NAME})
        person.open("/cesar/papers/brief.pdf")
        client.post("/cesar/all", content=NAME.encode(), headers={"Content-Type": NAME})
        client.get("/", headers={"Host": NAME})
    written = {file.name: file.read_bytes() for file in folder.iterdir()}
    written["log"] = folder.with_suffix(".log").read_bytes()
    assert "portal.db" in written
    for file, content in written.items():
        for canary in (AGENT.encode(), ADDRESS.encode(), NAME.encode(), b"127.0.0.1"):
            assert canary.lower() not in content.lower(), (file, canary)
    assert [one for one in folder.iterdir() if one.stat().st_mode & 0o077] == []


def test_times_are_days_and_nothing_finer_tells_when_somebody_answered(tmp_path: Path) -> None:
    folder = tmp_path / "portal"
    with running(folder) as served, httpx.Client(base_url=served.origin) as client:
        person = Visitor(client)
        person.begin()
        person.open("/cesar/all")
        person.send("/cesar/all", {"A1": "3"})
    with sqlite3.connect(folder / "portal.db") as database:
        (row,) = database.execute("SELECT * FROM assessment").fetchall()
    database.close()
    assert not re.search(r"\d\d:\d\d", str(row))


async def submitted(
    origin: str,
    number: int,
    *,
    done: list[int],
    gate: asyncio.Semaphore,
    quarter: asyncio.Event,
) -> None:
    """Begin and answer, as one of many; what was confirmed goes into `done`."""
    async with gate, httpx.AsyncClient(base_url=origin, timeout=60, verify=NO_TLS) as client:
        page = await client.get("/cesar/profile")
        fields = {"profession": "doctor", "size": "solo", "dev": "no", "cloud": "no"}
        begun = await client.post("/cesar/profile", data={"guard": guard(page), **fields})
        page = await client.get("/cesar/all")
        assert begun.status_code == 200
        marks = dict(zip(("A1", "B1", "N1"), f"{number:03}", strict=True))
        answer = await client.post(
            "/cesar/all",
            data={"guard": guard(page), **{name: str(int(d) % 6) for name, d in marks.items()}},
            headers={"Accept": "application/json"},
        )
        if answer.status_code == 200:
            done.append(number)
        if len(done) >= AT_ONCE // 4:
            quarter.set()


def guard(page: httpx.Response) -> str:
    found = re.search(r'name="guard" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def crowd(origin: str, done: list[int], end_early: Served | None = None) -> None:
    """Let many submit at once; with `end_early` the process is killed in the midst of them."""
    gate = asyncio.Semaphore(IN_FLIGHT)
    quarter = asyncio.Event()
    tasks = [
        asyncio.create_task(submitted(origin, n, done=done, gate=gate, quarter=quarter))
        for n in range(AT_ONCE)
    ]
    if end_early is not None:
        await quarter.wait()
        end_early.kill()
    await asyncio.gather(*tasks, return_exceptions=end_early is not None)


def kept(folder: Path) -> int:
    database = sqlite3.connect(folder / "portal.db")
    try:
        query = "SELECT count(*) FROM assessment WHERE content LIKE '%\"A1\"%'"
        return int(database.execute(query).fetchone()[0])
    finally:
        database.close()


def test_of_500_submitted_at_once_none_is_lost(tmp_path: Path) -> None:
    done: list[int] = []
    with running(tmp_path / "portal") as served:
        asyncio.run(crowd(served.origin, done))
    assert sorted(done) == list(range(AT_ONCE))
    assert kept(tmp_path / "portal") == AT_ONCE


def test_what_was_confirmed_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    done: list[int] = []
    folder = tmp_path / "portal"
    with running(folder) as served:
        asyncio.run(crowd(served.origin, done, served))
    assert AT_ONCE // 4 <= len(done) < AT_ONCE
    with running(folder) as again, httpx.Client(base_url=again.origin) as client:
        assert client.get("/").status_code == 200
        assert kept(folder) >= len(done)


def test_a_second_portal_on_the_same_port_is_told_why_it_cannot_open(tmp_path: Path) -> None:
    port = free_port()
    one = running(tmp_path / "one", port=port)
    two = running(tmp_path / "two", port=port)
    with one, pytest.raises(AssertionError, match=f"127.0.0.1:{port}"), two:
        pass
