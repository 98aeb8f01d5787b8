"""The raw sender: one request, exactly as written."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.engine.players import LabError
from tests.test_suites.engine.players.house import PRESCRIPTION, Desk, opened

RETRIEVE: Mapping[str, JsonValue] = {
    "method": "POST",
    "path": "/fhir/$retrieve-prescription",
    "token": "valid",
}
Wish: TypeAlias = Mapping[str, JsonValue]
BY_CODE: JsonValue = {
    "resourceType": "Parameters",
    "parameter": [{"name": "code", "valueString": "{rx.code}"}],
}


async def _status(desk: Desk, wish: Wish) -> str:
    result = await desk.act("raw", wish)
    assert result.state is StepState.DONE, result.detail
    return result.detail


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("valid", "200", None),
        ("none", "401", "token-missing"),
        ("expired", "401", "token-expired"),
        ("wrong-audience", "401", "token-audience-wrong"),
        ("altered", "401", "token-invalid"),
    ],
)
def test_each_kind_of_token_gets_its_own_answer(
    tmp_path: Path, kind: str, status: str, code: str | None
) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            codes: list[str] = []

            def note(body: bytes) -> bytes:
                outcome = json.loads(body)
                if outcome["resourceType"] == "OperationOutcome":
                    codes.extend(i["details"]["coding"][0]["code"] for i in outcome["issue"])
                return body

            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            house.spoiler.rewrite["$retrieve-prescription"] = note
            wish = {**RETRIEVE, "token": kind, "body": BY_CODE}
            assert await _status(house.laboratory(), wish) == status
            assert codes == ([] if code is None else [code])
            assert len(house.spoiler.to("$retrieve-prescription")) == 1

    asyncio.run(story())


AGAIN: Wish = {
    "method": "POST",
    "path": "/auth/realms/organization/protocol/openid-connect/token",
    "token": "none",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    "body_text": "{redemption}",
}


def test_a_code_that_was_redeemed_is_shown_again_as_it_was(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            nothing = await desk.act("raw", AGAIN)
            assert (nothing.state, nothing.detail) == (StepState.NOT_REACHED, "redemption-missing")
            seen: Wish = {"method": "GET", "path": "/fhir/metadata", "token": "valid"}
            assert await _status(desk, seen) == "200"
            assert await _status(desk, AGAIN) == "400"

    asyncio.run(story())


def test_placeholders_are_filled_in_path_text_and_body(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            prescriber = house.prescriber()
            await prescriber.act("prescribe", PRESCRIPTION, bind="rx")
            cancel: Wish = {
                "method": "POST",
                "path": "/fhir/Task/{rx.task_id}/$cancel",
                "token": "valid",
                "body": {"resourceType": "Parameters"},
            }
            assert await _status(prescriber, cancel) == "400"
            desk = house.laboratory()
            number = '{"resourceType":"Parameters","parameter":[{"name":"number","valueString":'
            text = number + '"{rx.number}"},{"name":"birth-date","valueDate":"1984-03-17"}]}'
            assert await _status(desk, {**RETRIEVE, "body_text": text}) == "200"
            assert await _status(desk, {**RETRIEVE, "body": BY_CODE}) == "200"

    asyncio.run(story())


def test_a_body_is_sent_as_it_is_written(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.laboratory()
            twice = '{"resourceType": "Parameters", "x": 1, "x": 2}'
            assert await _status(desk, {**RETRIEVE, "body_text": twice}) == "400"
            xml: JsonValue = {"content-type": "application/fhir+xml"}
            wish = {**RETRIEVE, "body_text": "<Parameters/>", "headers": xml}
            assert await _status(desk, wish) == "415"
            sent = house.spoiler.to("$retrieve-prescription")
            assert sent[0].body == twice.encode()
            assert sent[0].headers["content-type"] == "application/fhir+json"
            assert sent[1].headers["content-type"] == "application/fhir+xml"
            search = {"method": "GET", "path": "/fhir/Task?identifer=B-0", "token": "valid"}
            assert await _status(desk, search) == "400"
            assert house.spoiler.to("/Task")[0].query == "identifer=B-0"

    asyncio.run(story())


def test_filler_makes_a_body_too_large_for_the_service(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.laboratory()
            wish = {**RETRIEVE, "body_filler": 20_000_000}
            assert await _status(desk, wish) == "413"

    asyncio.run(story())


def test_an_act_that_an_earlier_step_left_no_ground_for_is_not_reached(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            result = await house.laboratory().act("raw", {**RETRIEVE, "body": BY_CODE})
            assert (result.state, result.detail) == (StepState.NOT_REACHED, "binding-missing:rx")
            paper = await house.laboratory().act("retrieve", {"paper": "rx"})
            assert (paper.state, paper.detail) == (StepState.NOT_REACHED, "binding-missing:rx")
            assert house.spoiler.seen == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("prescribe", {}),
        ("retrieve", {"number": "rx"}),
        ("dispense", {"paper": "rx", "surprise": 1}),
        ("raw", {**RETRIEVE, "token": "stolen"}),
    ],
)
def test_what_no_player_understands_is_the_labs_own_fault(
    tmp_path: Path, operation: str, parameters: dict[str, JsonValue]
) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            with pytest.raises(LabError):
                await house.laboratory().act(operation, parameters)

    asyncio.run(story())
