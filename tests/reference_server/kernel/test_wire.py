"""Every answer on a real socket is proper: media type, request id, headers, refusals, limits."""

import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reference_server.kernel.dispatch import Limits
from reference_server.ports import AuditOutcome
from reference_server.world import World
from tests.reference_server.standing import (
    Standing,
    System,
    refusal_codes,
    standing_server,
    trail_of,
)

FHIR = "application/fhir+json; charset=utf-8"


@pytest.fixture
def http(server: Standing, world: World) -> Iterator[httpx.Client]:
    with httpx.Client(verify=server.trust(), base_url=world.base_url, timeout=60) as client:
        yield client


def test_unknown_paths_methods_and_worlds_get_an_outcome(
    http: httpx.Client, server: Standing
) -> None:
    answers = {
        "operation-unknown": http.get("/fhir/Nothing"),
        "method-not-allowed": http.delete("/fhir/metadata"),
    }
    for code, answer in answers.items():
        assert refusal_codes(answer) == [code]
        assert answer.headers["content-type"] == FHIR
    assert answers["operation-unknown"].status_code == 404
    assert answers["method-not-allowed"].status_code == 405
    assert answers["method-not-allowed"].headers["allow"] == "GET"
    nowhere = http.get(f"{server.origin}/nowhere/fhir/metadata")
    assert (nowhere.status_code, refusal_codes(nowhere)) == (404, ["operation-unknown"])


@pytest.mark.parametrize("path", ["/", "//", "/%00", "/..%2f", "/fhir", "/fhir/", "/fhir/Task/"])
def test_odd_paths_are_merely_unknown(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code in {404, 405}
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/Nothing", "/health"])
def test_every_answer_carries_a_request_id_and_the_security_headers(
    http: httpx.Client, path: str
) -> None:
    answer = http.get(path)
    assert len(answer.headers["x-request-id"]) == 36
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("abc-123", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("<x>", False)],
)
def test_a_sane_request_id_comes_back(http: httpx.Client, sent: str, *, kept: bool) -> None:
    answer = http.get("/fhir/metadata", headers={"X-Request-Id": sent})
    assert (answer.headers["x-request-id"] == sent) is kept


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (None, "Cette opération"),
        ("en", "This operation"),
        ("de-LU, fr;q=0.9", "Diese"),
        ("it, *;q=0.1", "Cette opération"),
        ("en;q=0, de;q=nonsense", "Cette opération"),
        ("fr;q=0.2, en;q=0.8", "This operation"),
    ],
)
def test_refusals_speak_the_callers_language(
    http: httpx.Client, asked: str | None, sentence: str
) -> None:
    headers = {} if asked is None else {"Accept-Language": asked}
    text = http.get("/fhir/Nothing", headers=headers).json()["issue"][0]["details"]["text"]
    assert text.startswith(sentence)


def test_the_capability_statement_tells_the_version_and_the_security(
    http: httpx.Client, world: World
) -> None:
    told = http.get("/fhir/metadata").json()
    assert (told["resourceType"], told["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert told["implementation"]["url"] == world.fhir_base
    (rest,) = told["rest"]
    assert rest["security"]["service"][0]["coding"][0]["code"] == "OAuth"
    assert "Task" in {resource["type"] for resource in rest["resource"]}
    assert "submit-prescription" in {operation["name"] for operation in rest["operation"]}


def test_head_is_get_without_a_body(http: httpx.Client) -> None:
    answer = http.head("/fhir/metadata")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_over_the_limit_is_refused_however_it_is_sent(
    http: httpx.Client, laboratory: System
) -> None:
    headers = {
        "Authorization": f"Bearer {laboratory.token()}",
        "Content-Type": "application/fhir+json",
    }
    large = b" " * (8 * 1024 * 1024 + 1)
    declared = http.post("/fhir/$submit-prescription", content=large, headers=headers)
    pieces = (large[at : at + 65_536] for at in range(0, len(large), 65_536))
    chunked = http.post("/fhir/$submit-prescription", content=pieces, headers=headers)
    for answer in (declared, chunked):
        assert (answer.status_code, refusal_codes(answer)) == (413, ["body-too-large"])
        assert answer.headers["connection"] == "close"
    assert http.get("/health").status_code == 200


def test_a_client_that_waits_for_100_continue_hears_413_at_once(
    server: Standing, world: World
) -> None:
    with connected(server) as wire:
        wire.sendall(
            f"POST /{world.name}/fhir/$submit-prescription HTTP/1.1\r\nHost: x\r\n"
            "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n".encode()
        )
        assert wire.recv(65_536).startswith(b"HTTP/1.1 413 ")


def connected(server: Standing) -> ssl.SSLSocket:
    url = httpx.URL(server.origin)
    raw = socket.create_connection((url.host, url.port or 0), timeout=60)
    return server.trust().wrap_socket(raw, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{}", "text/plain", 415, "media-type-unsupported"),
        (b"{}", "", 415, "media-type-unsupported"),
        (b"{}", "application/fhir+xml", 415, "media-type-unsupported"),
        (b"{}", "application/fhir+json; charset=iso-8859-1", 415, "charset-unsupported"),
        (b"\xff{}", "application/fhir+json", 400, "body-not-utf8"),
        (b"{", "application/fhir+json", 400, "body-not-json"),
        (b"[]", "application/fhir+json", 400, "body-not-json"),
        (b'{"a":1,"a":2}', "application/json", 400, "body-duplicate-key"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json", 400, "body-too-deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "application/json", 400, "body-too-deep"),
        (b'{"a":NaN}', "application/json", 400, "body-not-json"),
        (b'{"a":"\\ud800"}', "application/json", 400, "body-not-json"),
    ],
)
def test_a_body_that_is_no_fhir_json_gets_a_4xx(
    http: httpx.Client,
    laboratory: System,
    body: bytes,
    content_type: str,
    *,
    status: int,
    code: str,
) -> None:
    headers = {"Authorization": f"Bearer {laboratory.token()}", "Content-Type": content_type}
    answer = http.post("/fhir/$retrieve-prescription", content=body, headers=headers)
    assert (answer.status_code, refusal_codes(answer)) == (status, [code])


@pytest.mark.parametrize("accept", ["text/html", "application/fhir+xml", "application/json;q=0"])
def test_another_media_type_is_not_acceptable(
    http: httpx.Client, laboratory: System, accept: str
) -> None:
    headers = {
        "Authorization": f"Bearer {laboratory.token()}",
        "Content-Type": "application/json",
        "Accept": accept,
    }
    answer = http.post("/fhir/$retrieve-prescription", content=b"{}", headers=headers)
    assert (answer.status_code, refusal_codes(answer)) == (406, ["not-acceptable"])


def test_a_refusal_is_audited_with_the_caller_and_the_request_id(
    http: httpx.Client, laboratory: System, world: World
) -> None:
    headers = {
        "Authorization": f"Bearer {laboratory.token()}",
        "Content-Type": "application/fhir+json",
        "X-Request-Id": "what-i-asked",
    }
    answer = http.post("/fhir/$submit-prescription", content=b"{}", headers=headers)
    assert answer.status_code == 403
    entry = trail_of(world)[-1].entry
    assert (entry.action, entry.outcome) == ("submit-prescription", AuditOutcome.REFUSED)
    assert (entry.refusal, entry.request_id) == ("scope-insufficient", "what-i-asked")
    assert entry.caller is not None
    assert entry.caller.organization == "90200116"


def test_a_mistake_of_ours_tells_the_caller_nothing_but_an_id(
    world: World, laboratory: System, caplog: pytest.LogCaptureFixture
) -> None:
    token = laboratory.token()
    with world.store.write() as tx:
        tx.execute("ALTER TABLE trust_revoked RENAME TO gone")
    with caplog.at_level(logging.ERROR):
        answer = laboratory.search(token)
    assert (answer.status_code, refusal_codes(answer)) == (500, ["internal"])
    assert "Traceback" not in answer.text
    assert "trust_revoked" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert trail_of(world)[-1].entry.outcome is AuditOutcome.FAILED


def test_a_mistake_of_ours_at_the_token_endpoint_is_a_server_error(
    world: World, laboratory: System
) -> None:
    with world.store.write() as tx:
        tx.execute("ALTER TABLE trust_client RENAME TO gone")
    answer = laboratory.ask()
    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")


def test_a_world_that_was_closed_is_unknown_and_others_go_on(
    server: Standing, http: httpx.Client
) -> None:
    other = server.open()
    address = f"{other.fhir_base}/metadata"
    assert http.get(address).status_code == 200
    server.registry.close(other.name)
    assert http.get(address).status_code == 404
    assert http.get("/fhir/metadata").status_code == 200


def test_a_body_that_does_not_arrive_in_time_is_answered_408(tmp_path: Path) -> None:
    with standing_server(tmp_path, limits=Limits(arrive=0.05)) as slow:
        world = slow.open()
        with connected(slow) as wire:
            wire.sendall(
                f"POST /{world.name}/fhir/$retrieve-prescription HTTP/1.1\r\nHost: x\r\n"
                "Content-Length: 10\r\n\r\n{".encode()
            )
            answer = b"".join(iter(lambda: wire.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"request-timeout" in answer
        assert b"connection: close" in answer.lower()


def test_the_client_that_goes_away_disturbs_nobody(
    server: Standing, world: World, http: httpx.Client
) -> None:
    with connected(server) as wire:
        wire.sendall(
            f"POST /{world.name}/fhir/$retrieve-prescription HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 10\r\n\r\n{".encode()
        )
    assert http.get("/health").status_code == 200
