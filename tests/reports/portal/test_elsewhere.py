"""Store and queue outside: PostgreSQL by URL, and a worker that somebody starts by itself."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from reports.portal.office.publishing import KEY
from tests.reference_server.postgres import cluster
from tests.reports.portal.process import STOP_SECONDS, running
from tests.reports.portal.visitors import Visitor

pytestmark = pytest.mark.slow

PATIENCE = 120


def made(person: Visitor, path: str) -> httpx.Response:
    """Wait for a paper, as the waiting page does."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = person.open(path)
        if answer.headers["content-type"] == "application/pdf":
            return answer
        time.sleep(0.1)
    raise AssertionError(path)


def test_store_and_queue_in_postgresql_with_a_worker_apart(tmp_path: Path) -> None:
    with cluster() as server:
        url = server.database().text
        places = {"EQUALIS_PORTAL_DATABASE": url, "EQUALIS_PORTAL_QUEUE": url}
        folder = tmp_path / "portal"
        with (
            running(folder, environment=places) as served,
            httpx.Client(base_url=served.origin, timeout=60) as client,
        ):
            person = Visitor(client)
            code = person.begin()
            person.open("/cesar/all")
            person.send("/cesar/all", {"A1": "3"})
            waiting = person.open("/cesar/papers/brief.pdf")
            assert waiting.headers["content-type"].startswith("text/html")
            apart = tmp_path / "worker"
            command = [sys.executable, "-m", "reports.cli", "portal", "--worker", "--json"]
            worker = subprocess.Popen(
                [*command, "--folder", str(apart), "--database", url, "--queue", url],
                stdout=subprocess.DEVNULL,
            )
            try:
                assert made(person, "/cesar/papers/brief.pdf").content.startswith(b"%PDF-")
            finally:
                worker.terminate()
                worker.wait(STOP_SECONDS)
            person.open("/cesar/leave")
            person.send("/cesar/delete", {})
            person.open("/cesar/resume")
            assert person.send("/cesar/resume", {"code": code}).status_code == 422
        assert [one.name for one in folder.iterdir()] == [KEY]
        assert list(apart.iterdir()) == []
        with psycopg.connect(url) as database:
            query = "SELECT count(*) FROM world_portal.assessment"
            assert database.execute(query).fetchone() == (0,)
        assert b"a-secret" not in folder.with_suffix(".log").read_bytes()
