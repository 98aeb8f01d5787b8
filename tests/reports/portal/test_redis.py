"""The queue in Redis: a server of its own, pages on one side and a worker on the other."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.reports.portal.process import STOP_SECONDS, running
from tests.reports.portal.test_elsewhere import made
from tests.reports.portal.visitors import Visitor

pytestmark = pytest.mark.slow

PATIENCE = 30


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """Give the URL of a Redis server on the loopback; skipped where there is none."""
    pytest.importorskip("redis", reason="the Python package redis is not installed")
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not on this machine")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(tmp_path))
    server = subprocess.Popen(
        [found, "--port", str(port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert server.poll() is None, "redis-server ended"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(STOP_SECONDS)


def test_a_worker_elsewhere_makes_the_papers_that_wait_in_redis(redis: str, tmp_path: Path) -> None:
    folder = tmp_path / "portal"
    with (
        running(folder, environment={"EQUALIS_PORTAL_QUEUE": redis}) as served,
        httpx.Client(base_url=served.origin, timeout=60) as client,
    ):
        person = Visitor(client)
        person.begin()
        person.open("/cesar/all")
        person.send("/cesar/all", {"A1": "3"})
        waiting = person.open("/cesar/papers/brief.pdf")
        assert waiting.headers["content-type"].startswith("text/html")
        command = [sys.executable, "-m", "reports.cli", "portal", "--worker", "--json"]
        worker = subprocess.Popen(
            [*command, "--folder", str(folder), "--queue", redis], stdout=subprocess.DEVNULL
        )
        try:
            assert made(person, "/cesar/papers/brief.pdf").content.startswith(b"%PDF-")
        finally:
            worker.terminate()
            worker.wait(STOP_SECONDS)
