"""One id goes through everything that is said of a request: header, body, page, trail and log."""

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reference_server.kernel.dispatch import Limits
from reference_server.world import World
from tests.reference_server.kernel.test_wire import connected
from tests.reference_server.standing import (
    Browser,
    Standing,
    System,
    back_at_client,
    standing_server,
    trail_of,
)

MINE = "mine-0001"
JSON = "application/fhir+json"


@pytest.fixture
def http(server: Standing, world: World) -> Iterator[httpx.Client]:
    headers = {"X-Request-Id": MINE}
    with httpx.Client(
        verify=server.trust(), base_url=world.base_url, headers=headers, timeout=60
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/Nothing", 404),
        ("DELETE", "/fhir/metadata", 405),
        ("GET", "/../nowhere/fhir", 404),
        ("GET", "/fhir/Task", 401),
        ("POST", "/fhir/$submit-prescription", 401),
        ("PUT", "/health", 405),
        ("PROPFIND", "/fhir/Task", 405),
    ],
)
def test_an_operation_outcome_repeats_it(
    http: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, MINE)
    issues = answer.json()["issue"]
    assert [issue["diagnostics"] for issue in issues] == [f"X-Request-Id: {MINE}"]


def test_every_issue_of_a_ko_repeats_it(http: httpx.Client, laboratory: System) -> None:
    headers = {"Authorization": f"Bearer {laboratory.token()}", "Content-Type": JSON}
    answer = http.post("/fhir/$retrieve-prescription", content=b"\xff", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["diagnostics"] == f"X-Request-Id: {MINE}"


def test_where_none_is_sent_one_is_made_and_repeated(server: Standing, world: World) -> None:
    with httpx.Client(verify=server.trust(), timeout=60) as http:
        answer = http.get(f"{world.fhir_base}/Nothing")
    made = answer.headers["x-request-id"]
    assert answer.json()["issue"][0]["diagnostics"] == f"X-Request-Id: {made}"


def test_an_error_of_oauth_holds_it(laboratory: System, browser: Browser) -> None:
    refused = laboratory.ask("no.assertion.at-all")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    unknown = httpx.URL(laboratory.token_endpoint).join("nothing")
    for answer in (refused, laboratory.http.get(unknown), browser.userinfo("wrong")):
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_what_the_browser_brings_back_holds_it(browser: Browser) -> None:
    answer = browser.ask(scope="everything")
    brought = back_at_client(answer)
    assert brought["error"] == "invalid_scope"
    assert brought["request_id"] == answer.headers["x-request-id"]


def test_a_page_that_says_no_shows_it_and_one_that_asks_does_not(browser: Browser) -> None:
    form = browser.ask()
    assert form.headers["x-request-id"] not in form.text
    for answer in (browser.ask(client_id="nobody"), browser.sign_in(form, password="guess")):
        assert f"<code>{answer.headers['x-request-id']}</code>" in answer.text


def test_what_is_no_http_gets_one_of_its_own(server: Standing) -> None:
    with connected(server) as wire:
        wire.sendall(b"NONSENSE\r\n\r\n")
        answer = b"".join(iter(lambda: wire.recv(65_536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ")
    found = re.search(r"\r\nx-request-id: ([0-9a-f-]{36})", head)
    assert found is not None
    assert body.endswith(f"X-Request-Id: {found[1]}")
    assert f"content-length: {len(body)}" in head


def test_what_arrives_too_late_or_is_too_large_carries_it(tmp_path: Path) -> None:
    with standing_server(tmp_path, limits=Limits(arrive=0.05)) as slow:
        world = slow.open()
        with connected(slow) as wire:
            wire.sendall(
                f"POST /{world.name}/fhir/$retrieve-prescription HTTP/1.1\r\nHost: x\r\n"
                f"X-Request-Id: {MINE}\r\nContent-Length: 10\r\n\r\n{{".encode()
            )
            late = b"".join(iter(lambda: wire.recv(65_536), b"")).decode()
        with httpx.Client(verify=slow.trust(), headers={"X-Request-Id": MINE}, timeout=60) as http:
            url = f"{world.base_url}/auth/realms/organization/protocol/openid-connect/token"
            large = http.post(url, content=b" " * 70_000)
    assert f"x-request-id: {MINE}\r\n" in late.lower()
    assert f"X-Request-Id: {MINE}" in late.partition("\r\n\r\n")[2]
    assert (large.status_code, large.json()["request_id"]) == (413, MINE)


def test_a_mistake_of_ours_carries_it_to_the_caller_the_trail_and_the_log(
    http: httpx.Client, world: World, laboratory: System, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": f"Bearer {laboratory.token()}"}
    with world.store.write() as tx:
        tx.execute("ALTER TABLE trust_revoked RENAME TO gone")
    with caplog.at_level(logging.INFO, logger="reference_server"):
        answer = http.get("/fhir/Task", headers=headers)
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, MINE)
    assert answer.json()["issue"][0]["diagnostics"] == f"X-Request-Id: {MINE}"
    assert trail_of(world)[-1].entry.request_id == MINE
    (failed,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert MINE in failed.getMessage()
    assert "Traceback" in failed.getMessage()


def test_the_log_has_a_line_a_request_without_query_value_or_body(
    http: httpx.Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="reference_server.requests"):
        http.get("/fhir/metadata?secret=1")
        http.post("/fhir/Task/a-number/$reserve", headers={"Content-Type": JSON}, content=b"{}")
        http.get("/fhir/Flag/a-number?name=somebody")
    lines = [each.getMessage() for each in caplog.records if each.name.endswith(".requests")]
    assert lines == [
        f"GET /{world.name}/fhir/metadata 200 - {MINE}",
        f"POST /{world.name}/fhir/Task/{{id}}/$reserve 401 token-missing {MINE}",
        f"GET - 404 operation-unknown {MINE}",
    ]


def test_requests_at_once_keep_their_own(server: Standing, world: World) -> None:
    async def ask(client: httpx.AsyncClient, number: int) -> tuple[str, str]:
        headers = {"X-Request-Id": f"r-{number}"}
        answer = await client.get(f"{world.fhir_base}/Nothing", headers=headers)
        return answer.headers["x-request-id"], answer.json()["issue"][0]["diagnostics"]

    async def work() -> list[tuple[str, str]]:
        async with httpx.AsyncClient(verify=server.trust(), timeout=60) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(50)))

    expected = [(f"r-{number}", f"X-Request-Id: r-{number}") for number in range(50)]
    assert asyncio.run(work()) == expected
