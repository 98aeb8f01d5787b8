"""Spoiled answers as a real client meets them, and as the recording tap sees them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

from test_suites.capture.listener import listeners
from test_suites.capture.raw import (
    DEVIATION_EXTENSION,
    WIRE_EXTENSION,
    Moment,
    RawExchange,
)
from test_suites.capture.server_tap import Receive, RecordingMiddleware, Scope, Send
from test_suites.capture.wire_tap import WireTap
from test_suites.deviations.desk import Deviation, DeviationDesk, Kind
from test_suites.deviations.middleware import DeviatingMiddleware, without_stamp

ANSWER = json.dumps({"resourceType": "Parameters", "fill": "x" * 5000}).encode()
OPERATION = "submit-prescription"


async def play(
    deviation: Deviation, ask: Callable[[httpx.AsyncClient, str], Awaitable[None]]
) -> tuple[list[RawExchange], int]:
    """Serve a tiny service behind the spoiling desk; return what was recorded and processed."""
    processed, recorded, desk = [], list[RawExchange](), DeviationDesk()
    desk.arm(deviation)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        while (await receive()).get("more_body"):
            pass
        processed.append(scope["path"])
        headers = [
            (b"content-type", b"application/fhir+json"),
            (b"content-length", str(len(ANSWER)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": ANSWER})

    def mark(scope: Scope, kind: str) -> None:
        scope["extensions"][DEVIATION_EXTENSION] = kind

    app = RecordingMiddleware(
        DeviatingMiddleware(
            app=service,
            desk=lambda _path: desk,
            classify=lambda _method, path: path.strip("/"),
            wire=lambda scope: scope["extensions"].get(WIRE_EXTENSION),
            mark=mark,
        ),
        sink=recorded.append,
        now=lambda _path: Moment(),
    )
    wires: list[object] = []
    async with listeners(app) as serving:
        port = await serving.open(WireTap(sink=wires.append, moment=Moment))
        async with httpx.AsyncClient(timeout=10) as client:
            await ask(client, f"http://127.0.0.1:{port}/{OPERATION}")
    assert not wires, "what the lab did itself is no event of the wire"
    return recorded, len(processed)


async def fails(client: httpx.AsyncClient, url: str) -> None:
    with pytest.raises(httpx.TransportError):
        await client.post(url, content=b"body")


async def asks(client: httpx.AsyncClient, url: str) -> None:
    await client.post(url, content=b"body")


def test_a_refusing_status_comes_instead_of_the_work_and_only_so_often() -> None:
    async def ask(client: httpx.AsyncClient, url: str) -> None:
        answers = [await client.post(url, content=b"body") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [429, 429, 200]
        assert answers[0].headers["retry-after"] == "7"
        assert answers[0].json()["resourceType"] == "OperationOutcome"

    deviation = Deviation(kind=Kind.STATUS, operation=OPERATION, status=429, retry_after=7, times=2)
    recorded, processed = asyncio.run(play(deviation, ask))
    assert [raw.deviation for raw in recorded] == ["status", "status", None]
    assert [raw.status for raw in recorded] == [429, 429, 200]
    assert recorded[0].body == b"body"
    assert processed == 1


def test_another_operation_is_left_alone() -> None:
    deviation = Deviation(kind=Kind.RESET, operation="dispense")
    recorded, processed = asyncio.run(play(deviation, asks))
    assert (recorded[0].deviation, processed) == (None, 1)


def test_a_reset_reaches_the_client_before_any_work() -> None:
    recorded, processed = asyncio.run(play(Deviation(kind=Kind.RESET, operation=OPERATION), fails))
    assert (recorded[0].status, recorded[0].deviation, processed) == (None, "reset", 0)
    assert recorded[0].body == b"body"


def test_a_truncated_answer_comes_after_the_work() -> None:
    deviation = Deviation(kind=Kind.TRUNCATE, operation=OPERATION)
    recorded, processed = asyncio.run(play(deviation, fails))
    assert (recorded[0].deviation, processed) == ("truncate", 1)
    assert recorded[0].response_body == ANSWER[: len(ANSWER) // 2]


def test_a_malformed_answer_is_a_200_that_cannot_be_read() -> None:
    async def ask(client: httpx.AsyncClient, url: str) -> None:
        answer = await client.post(url, content=b"body")
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    recorded, processed = asyncio.run(
        play(Deviation(kind=Kind.MALFORMED, operation=OPERATION), ask)
    )
    assert (recorded[0].deviation, processed) == ("malformed", 0)


def test_a_slow_answer_is_whole_and_slow() -> None:
    async def ask(client: httpx.AsyncClient, url: str) -> None:
        before = time.monotonic()
        answer = await client.post(url, content=b"body")
        assert answer.content == ANSWER
        assert time.monotonic() - before > 0.4

    deviation = Deviation(kind=Kind.SLOW, operation=OPERATION, seconds=0.5)
    recorded, _ = asyncio.run(play(deviation, ask))
    assert recorded[0].response_body == ANSWER


def test_a_wrong_content_type_is_sent_as_such() -> None:
    async def ask(client: httpx.AsyncClient, url: str) -> None:
        answer = await client.post(url, content=b"body")
        assert answer.headers["content-type"] == "text/html"

    asyncio.run(play(Deviation(kind=Kind.CONTENT_TYPE, operation=OPERATION), ask))


def test_a_dropped_stamp_gives_back_the_submitted_page() -> None:
    submitted, stamped = "JVBERi0xLjc=", "JVBERi0xLjcKJSVFT0Y="
    asked = json.dumps({"entry": [{"resource": {"data": submitted}}]}).encode()
    answer = json.dumps({"parameter": [{"resource": {"data": stamped}}]}).encode()
    spoiled = json.loads(without_stamp(answer, asked))
    assert spoiled["parameter"][0]["resource"]["data"] == submitted
    assert without_stamp(b"not json", asked) == b"not json"
