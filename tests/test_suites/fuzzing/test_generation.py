"""What is generated is bounded, repeatable, and never more than a path below the service."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from test_suites.engine.own import own_document
from test_suites.engine.players import LabError
from test_suites.fuzzing.activity import about
from test_suites.fuzzing.budget import Budget, Generated
from test_suites.fuzzing.generation import FIRST
from test_suites.fuzzing.sending import AGENT, Sender
from test_suites.fuzzing.source import generating

BASE = "https://127.0.0.1:1/w"
CANCEL = Budget(examples=3, most=12, operations=("cancel",))


def generated(document: bytes, budget: Budget, *, seed: int = 1) -> list[Generated]:
    async def listed() -> list[Generated]:
        async with generating(document, seed=seed, budget=budget) as source:
            return [one async for one in source]

    return asyncio.run(listed())


def document(path: str, told: dict[str, Any]) -> bytes:
    told = {"operationId": "x", "responses": {"200": {"description": "x"}}, **told}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {path: {"get": told}},
    }
    return json.dumps(whole).encode()


@pytest.fixture(scope="module")
def cancelling() -> list[Generated]:
    return generated(own_document(BASE), CANCEL)


def test_an_operation_is_tried_rightly_and_wrongly_within_the_bounds(
    cancelling: list[Generated],
) -> None:
    assert 0 < len(cancelling) <= CANCEL.most + CANCEL.examples
    assert {one.operation for one in cancelling} == {"POST /fhir/Task/{id}/$cancel"}
    assert all(one.needs_token for one in cancelling)
    assert len(cancelling) == len(set(cancelling))
    names = {name.lower() for one in cancelling for name, _ in one.headers}
    assert not names & {"authorization", "cookie", "host", "x-request-id"}
    assert all(one.target.startswith("/") for one in cancelling)


def test_the_same_seed_gives_the_same_requests(cancelling: list[Generated]) -> None:
    assert generated(own_document(BASE), CANCEL) == cancelling


def test_some_requests_of_every_operation_come_before_all_of_any() -> None:
    made = json.loads(document("/x", {"parameters": [counted("a"), counted("b")]}))
    made["paths"]["/y"] = {"get": {**made["paths"]["/x"]["get"], "operationId": "y"}}
    found = [one.operation for one in generated(json.dumps(made).encode(), Budget(examples=30))]
    first_of_next, all_of_first = found.index("GET /y"), found.count("GET /x")
    assert first_of_next == FIRST < all_of_first
    last = len(found) - 1 - found[::-1].index("GET /x")
    assert last > first_of_next


def counted(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0}}


def test_a_request_about_a_resource_goes_to_one_that_is_there() -> None:
    def asked(operation: str, target: str) -> str:
        request = Generated(
            operation=operation, needs_token=True, method="GET", target=target, headers=(), body=b""
        )
        return about(request, {"/fhir/Task/": "t1", "/fhir/Subscription/": "s1"}).target

    assert asked("GET /fhir/Subscription/{id}", "/fhir/Subscription/x?a=1") == (
        "/fhir/Subscription/s1?a=1"
    )
    assert asked("POST /fhir/Task/{id}/$cancel", "/fhir/Task/%00/$cancel") == (
        "/fhir/Task/t1/$cancel"
    )
    assert asked("GET /fhir/Patient/{id}", "/fhir/Patient/x") == "/fhir/Patient/x"
    assert asked("GET /fhir/Task", "/fhir/Task/") == "/fhir/Task/"


def test_what_was_created_is_known_from_then_on() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        made = {"resourceType": "Subscription", "id": "s/1"}
        return httpx.Response(201, json=made if request.url.path.endswith("n") else ["x"])

    async def sent() -> dict[str, str]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            sender = Sender(client=client, base_url=BASE, budget=Budget())
            for target in ("/fhir/Subscription", "/fhir/Other"):
                await sender.send(
                    Generated(
                        operation="POST x",
                        needs_token=False,
                        method="POST",
                        target=target,
                        headers=(),
                        body=b"{}",
                    ),
                    (),
                )
            return sender.known

    assert asyncio.run(sent()) == {"/fhir/Subscription/": "s%2F1"}


@pytest.mark.slow
def test_another_seed_gives_other_requests(cancelling: list[Generated]) -> None:
    assert generated(own_document(BASE), CANCEL, seed=2) != cancelling


def test_a_line_holds_a_whole_request() -> None:
    request = Generated(
        operation="GET /x",
        needs_token=True,
        method="GET",
        target="/x?a=%00",
        headers=(("A", "b"),),
        body=b"\x00\xff",
    )
    assert Generated.of_line(request.to_line()) == request


def test_a_path_that_would_lead_elsewhere_stays_below_the_service() -> None:
    found = generated(document("@elsewhere.example/x", {}), Budget(examples=1))
    assert {one.target.partition("?")[0] for one in found} <= {"/@elsewhere.example/x"}


def test_a_document_that_cannot_be_read_is_the_labs_error() -> None:
    with pytest.raises(LabError, match="fuzz-generation-failed"):
        generated(b"[]", Budget(examples=1))


class Recording(httpx.AsyncBaseTransport):
    """Answers everything, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})


def sent(*targets: str, tokens: tuple[str, ...] = (), target: int = 99) -> tuple[Sender, Recording]:
    transport = Recording()

    async def send() -> Sender:
        async with httpx.AsyncClient(transport=transport, timeout=60) as client:
            sender = Sender(client=client, base_url=BASE, budget=Budget(target=target))
            for each in targets:
                await sender.send(
                    Generated(
                        operation="GET /x",
                        needs_token=True,
                        method="GET",
                        target=each,
                        headers=(),
                        body=b"",
                    ),
                    tokens,
                )
            return sender

    return asyncio.run(send()), transport


def test_nothing_is_sent_anywhere_else_and_no_redirect_is_followed() -> None:
    sender, transport = sent("/x", "@elsewhere.example/x", "/y" * 20, target=20)
    assert [str(one.url) for one in transport.asked] == [f"{BASE}/x"]
    assert dict(sender.left_out) == {"elsewhere": 1, "too-long": 1}


def test_what_needs_a_token_is_sent_with_each_and_now_and_then_without() -> None:
    _, transport = sent(*["/x"] * 6, tokens=("one", "two"))
    bearers = [one.headers.get("authorization") for one in transport.asked]
    assert bearers.count(None) == 2
    assert bearers.count("Bearer one") == bearers.count("Bearer two") == 6
    ids = {one.headers["x-request-id"] for one in transport.asked}
    assert len(ids) == len(transport.asked)
    assert {one.headers["user-agent"] for one in transport.asked} == {AGENT}
