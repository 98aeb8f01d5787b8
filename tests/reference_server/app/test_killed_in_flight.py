"""The server is killed with 200 submissions in flight: what it acknowledged is there, whole."""

import asyncio
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest

from reference_server.world import World
from tests.reference_server.prescriptions.town import FHIR_JSON, Documents, parameters_of
from tests.reference_server.standing import Browser

IN_FLIGHT = 200
ACKNOWLEDGED_BEFORE_THE_KILL = 60
WHOLE = """
SELECT p.task_id FROM prescription p
JOIN prescription_submission s USING (task_id)
WHERE length(s.bundle) > 0 AND length(s.stamped) > 0 AND length(s.answered_task) > 0
  AND (SELECT count(*) FROM prescription_line l WHERE l.task_id = p.task_id) = 2
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process of the server answers; `base_url` is that of its World."""

    base_url: str
    authority: Path
    database: Path
    process: subprocess.Popen[bytes]

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(folder: Path) -> Iterator[Place]:
    """Run `equalis serve` as people do; two processes of it on one file."""
    command = [sys.executable, "-m", "reports.cli", "serve", "--json", "--port", "0"]
    command += ["--workers", "2", "--folder", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    place = Place(
        base_url=said["environments"]["integration"],
        authority=Path(said["authority"]),
        database=Path(said["databases"][0]),
        process=process,
    )
    try:
        yield place
    finally:
        if process.poll() is None:
            place.kill()
        process.stdout.close()


def token_at(place: Place) -> str:
    world = cast("World", place)  # a browser wants to know no more of a World than its base_url
    browser = Browser(world, place.trust())
    with browser.http:
        answer = browser.redeem(browser.code())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def submit_until_killed(place: Place, token: str) -> dict[str, str]:
    """Send everything at once, kill when enough was acknowledged; task id → identifier."""
    acknowledged: dict[str, str] = {}
    documents = Documents(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON}
    limits = httpx.Limits(max_connections=IN_FLIGHT)

    async def submit(client: httpx.AsyncClient) -> None:
        bundle = documents.bundle()
        try:
            answer = await client.post(
                f"{place.base_url}/fhir/$submit-prescription",
                content=json.dumps(bundle),
                headers=headers,
            )
        except httpx.TransportError:
            return
        assert answer.status_code == 200, answer.text
        task_id = parameters_of(answer)["task"]["resource"]["id"]
        identifier = cast("dict[str, str]", bundle["identifier"])
        acknowledged[task_id] = identifier["value"]
        if len(acknowledged) == ACKNOWLEDGED_BEFORE_THE_KILL:
            place.kill()

    async with httpx.AsyncClient(verify=place.trust(), limits=limits, timeout=60) as client:
        await asyncio.gather(*(submit(client) for _ in range(IN_FLIGHT)))
    return acknowledged


def audited_tasks(rows: list[sqlite3.Row]) -> set[str]:
    """Return the tasks that audit events name, after checking that every link of the chain fits."""
    previous, named = None, set()
    for row in rows:
        if previous is not None:
            assert row["previous_hash"] == previous
        previous = row["hash"]
        for entity in json.loads(row["content"])["entry"]["entities"]:
            named.add(str(entity).removeprefix("Task/"))
    return named


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9_and_nothing_is_half_there(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        acknowledged = asyncio.run(submit_until_killed(first, token_at(first)))
    assert ACKNOWLEDGED_BEFORE_THE_KILL <= len(acknowledged) < IN_FLIGHT

    with serving(tmp_path) as again:
        headers = {"Authorization": f"Bearer {token_at(again)}"}
        with httpx.Client(verify=again.trust(), headers=headers, timeout=60) as client:
            for task_id in acknowledged:
                answer = client.get(f"{again.base_url}/fhir/Task/{task_id}")
                assert answer.status_code == 200, answer.text

        with closing(sqlite3.connect(again.database)) as store:
            store.row_factory = sqlite3.Row
            every = {row["task_id"] for row in store.execute("SELECT task_id FROM prescription")}
            whole = {row["task_id"] for row in store.execute(WHOLE)}
            kept = {
                row["task_id"]: row["identifier"]
                for row in store.execute("SELECT task_id, identifier FROM prescription_submission")
            }
            events = store.execute("SELECT * FROM audit_event ORDER BY number").fetchall()
            assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    assert every == whole == set(kept)
    assert acknowledged.items() <= {t: i.rpartition("|")[2] for t, i in kept.items()}.items()
    assert every <= audited_tasks(events)
