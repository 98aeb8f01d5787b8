"""Players when the peer misbehaves: patience, honesty towards the person, never a crash."""

import asyncio
import json
import ssl
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import pytest
from starlette.types import Receive, Scope, Send

from reference_server.app.asgi import App
from test_suites.core.transcript import StepState
from test_suites.engine.players import ActResult
from tests.test_suites.engine.players.house import PRESCRIPTION, opened
from tests.test_suites.engine.players.spoiler import Answer, Seen

BROKEN = Answer()
BUSY = Answer(status=503, headers=(("retry-after", "1"),))
FHIR = (("content-type", "application/fhir+json"),)
CUT = Answer(status=200, headers=FHIR, body=b'{"resourceType":"Parameters","parameter":[{"name":')


def _told(result: ActResult) -> bool:
    alarmed = any(shown.level == "error" for shown in result.shown)
    return result.state is StepState.DONE and alarmed


def _pauses(seen: list[Seen]) -> list[float]:
    return [b.at - a.at for a, b in pairwise(seen)]


def test_broken_connections_are_tried_again_with_growing_pauses(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("$submit-prescription", BROKEN, BROKEN)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            seen = house.spoiler.to("$submit-prescription")
            first, second = _pauses(seen)
            assert result.learned is not None
            assert 0.3 <= first < second
            assert len({each.body for each in seen}) == 1

    asyncio.run(story())


def test_a_dispensation_whose_answer_is_lost_keeps_its_identifier(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            house.spoiler.spoil("$dispense", *(BROKEN,) * 4)
            desk = house.laboratory()
            lost = await desk.act("dispense", {"paper": "rx"})
            assert _told(lost)
            assert len(house.spoiler.to("$dispense")) == 4
            again = await desk.act("dispense", {"paper": "rx"})
            assert not _told(again)
            assert len({each.body for each in house.spoiler.to("$dispense")}) == 1

    asyncio.run(story())


def test_retry_after_is_waited_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("$submit-prescription", BUSY)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert result.learned is not None
            assert _pauses(house.spoiler.to("$submit-prescription"))[0] >= 1

    asyncio.run(story())


def test_a_wait_nobody_would_bear_is_told_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            later = Answer(status=429, headers=(("retry-after", "3600"),))
            house.spoiler.spoil("$submit-prescription", later)
            assert _told(await house.prescriber().act("prescribe", PRESCRIPTION))
            assert len(house.spoiler.to("$submit-prescription")) == 1

    asyncio.run(story())


def test_an_unreadable_ok_is_told_and_nothing_is_printed(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("$submit-prescription", CUT)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert _told(result)
            assert (result.printed, result.learned) == ((), None)
            assert len(house.spoiler.to("$submit-prescription")) == 1

    asyncio.run(story())


def test_a_sign_in_that_is_interrupted_begins_anew_with_a_fresh_code(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("/token", BROKEN)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert result.learned is not None
            assert len({each.body for each in house.spoiler.to("/token")}) == 2
            assert len(house.spoiler.to("/login")) == 2

    asyncio.run(story())


def test_every_client_assertion_is_another(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("/token", BUSY)
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            house.spoiler.spoil("/token", BROKEN)
            result = await house.laboratory().act("retrieve", {"paper": "rx"})
            assert not _told(result)
            proofs = [s.body for s in house.spoiler.to("/token") if b"client_assertion" in s.body]
            assert len(set(proofs)) == len(proofs) == 2

    asyncio.run(story())


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            result = await house.prescriber(password="wrong").act("prescribe", PRESCRIPTION)
            assert _told(result)
            assert result.detail.startswith("login-4")
            assert house.spoiler.to("/token") == []

    asyncio.run(story())


def test_a_certificate_nobody_vouches_for_ends_the_act(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.trust = ssl.create_default_context()
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert _told(result)
            assert "certificat" in result.shown[0].text
            assert house.spoiler.seen == []

    asyncio.run(story())


def test_a_server_that_is_gone_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.laboratory()
            house.desks.remove(desk)
        wish = {"method": "GET", "path": "/fhir/metadata", "token": "valid"}
        result = await desk.act("raw", wish)
        assert (_told(result), result.detail) == (True, "ConnectError")
        await desk.client.aclose()

    asyncio.run(story())


Change: TypeAlias = Callable[[Any], object]


def _changed(change: Change) -> Callable[[bytes], bytes]:
    def rewrite(body: bytes) -> bytes:
        told = json.loads(body)
        change(told)
        return json.dumps(told).encode()

    return rewrite


@pytest.mark.parametrize(
    ("path", "change", "detail"),
    [
        (
            "openid-configuration",
            lambda told: told.update(issuer="https://elsewhere.example"),
            "discovery-issuer",
        ),
        (
            "openid-configuration",
            lambda told: told.pop("token_endpoint"),
            "discovery-token_endpoint",
        ),
        (
            "openid-configuration",
            lambda told: told.update(token_endpoint="gopher://[/"),
            "address",
        ),
        ("/token", lambda told: told.pop("id_token"), "token-id_token"),
        (
            "/token",
            lambda told: told.update(id_token=told["access_token"]),
            "id-token-MissingClaimError",
        ),
        (
            "/token",
            lambda told: told.update(id_token=told["id_token"][:-4] + "AAAA"),
            "id-token-BadSignatureError",
        ),
        ("/token", lambda told: told.update(access_token="a\nb"), "token-access_token"),
        ("/token", lambda told: told.update(token_type="mac"), "token-token_type"),
        ("/token", lambda told: told.update(scope="\ud800"), "token"),
        ("/certs", lambda told: told.update(keys=[{"kty": "EC", "crv": "P-7"}]), "id-token-"),
        ("/certs", lambda told: told.update(keys=[]), "id-token-"),
        (
            "$submit-prescription",
            lambda told: told["parameter"][0]["resource"].update(id="../../etc"),
            "task-id-or-status",
        ),
        (
            "$submit-prescription",
            lambda told: told["parameter"][2]["resource"].update(data="?"),
            "document",
        ),
        ("$submit-prescription", lambda told: told.update(resourceType="Task"), "parameters"),
    ],
)
def test_a_peer_that_breaks_its_promises_is_told_of(
    tmp_path: Path, path: str, change: Change, detail: str
) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.rewrite[path] = _changed(change)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert _told(result)
            assert result.detail.startswith(detail)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("page", "detail"),
    [
        (b"<p>no form</p>", "login-page-200"),
        (b"<![broken<form><input name=username>", "login-page-200"),
        (
            b'<form action="/x"><input name=username><input name=password></form>',
            "login-form-method",
        ),
    ],
)
def test_a_page_that_is_no_login_page_is_told(tmp_path: Path, page: bytes, detail: str) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.spoiler.spoil("/auth", Answer(status=200, body=page))
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert (_told(result), result.detail) == (True, detail)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("code=x&state=other&iss={iss}", "state"),
        ("", "state"),
        ("code=x&state={state}", "iss"),
        ("code=x&state={state}&iss=https://elsewhere.example", "iss"),
        ("state={state}&iss={iss}", "code"),
        ("error=access_denied&state={state}&iss={iss}", "access_denied"),
    ],
)
def test_an_answer_that_is_not_to_this_sign_in_is_not_taken(
    tmp_path: Path, query: str, detail: str
) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            issued = query.replace("{iss}", house.address().issuer)
            house.spoiler.app = _sent_back(house.spoiler.app, issued)
            result = await house.prescriber().act("prescribe", PRESCRIPTION)
            assert (_told(result), result.detail) == (True, detail)
            assert house.spoiler.to("/token") == []

    asyncio.run(story())


def _sent_back(app: App, query: str) -> App:
    """Answer the authorisation request with a redirect of our own to the client."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/auth"):
            await app(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode())
        told = query.replace("{state}", asked["state"][0])
        location = f"{asked['redirect_uri'][0]}?{told}".encode()
        headers = [(b"location", location), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return answering
