"""Players against the real reference server over https: the conversations of the scenarios."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from test_suites.core.message import JsonValue
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.engine.players import ActResult
from test_suites.engine.players.paper import make_page, read_code
from test_suites.match.pages import is_blank_top_right
from tests.test_suites.engine.players.house import PRESCRIPTION, opened


def _levels(result: ActResult) -> set[str]:
    return {shown.level for shown in result.shown}


def test_a_prescription_is_printed_scanned_and_dispensed(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            prescribed = await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            dispensed = await house.laboratory().act("dispense", {"paper": "rx"})
            bound = house.bindings["rx"]
            assert bound.paper is not None
            assert bound.number is not None
            assert _levels(prescribed) == _levels(dispensed) == {"info"}
            assert prescribed.printed[0].content == house.papers[bound.paper]
            assert bound.code == read_code(prescribed.printed[0].content)
            assert (bound.patient, bound.number[:2]) == ("anna-weber", "B-")
            assert "délivrée" in dispensed.shown[-1].text
            operations = [each.path.rpartition("/")[2] for each in house.spoiler.seen]
            assert operations == [
                "openid-configuration",
                "auth",
                "login",
                "token",
                "certs",
                "$submit-prescription",
                "openid-configuration",
                "token",
                "$retrieve-prescription",
                "$reserve",
                "$dispense",
            ]

    asyncio.run(story())


def test_every_request_names_itself_and_the_software(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            await house.laboratory().act("dispense", {"paper": "rx"})
            seen = house.spoiler.seen
            assert len({each.headers["x-request-id"] for each in seen}) == len(seen)
            assert {each.headers["user-agent"] for each in seen} == {"eQualis-Lab/0.1 (player)"}
            cookies = [each.path for each in seen if "cookie" in each.headers]
            assert [path.rpartition("/")[2] for path in cookies] == ["login"]

    asyncio.run(story())


def test_the_page_that_is_submitted_leaves_room_for_the_stamp(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION)
            bundle = json.loads(house.spoiler.to("$submit-prescription")[0].body)
            binary = bundle["entry"][-1]["resource"]
            page = base64.b64decode(binary["data"])
            assert is_blank_top_right(page, millimetres=45)

    asyncio.run(story())


def test_sending_again_sends_the_same_bytes(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            first = await desk.act("prescribe", PRESCRIPTION)
            again = await desk.act("resubmit-last")
            assert first.learned == again.learned
            one, two = house.spoiler.to("$submit-prescription")
            assert one.body == two.body
            assert len(house.spoiler.to("/token")) == 1

    asyncio.run(story())


def test_nothing_to_send_again_is_a_failed_act(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            result = await house.prescriber().act("resubmit-last")
            assert (result.state, result.detail) == (StepState.NOT_REACHED, "nothing-submitted")
            assert house.spoiler.seen == []

    asyncio.run(story())


def test_every_fault_of_a_refused_document_is_shown_and_nothing_printed(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            lines: JsonValue = [{"code": "BIO-9999", "display": "Inconnue"}, {"code": "BIO-0301"}]
            wish = {"patient": "anna-weber", "lines": lines, "matricule": "2005010212345"}
            result = await house.prescriber().act("prescribe", wish)
            alarms = [shown.text for shown in result.shown if shown.level == "error"]
            assert result.state is StepState.DONE
            assert len(alarms) == 4
            assert any("BIO-9999" in text for text in alarms)
            assert (result.printed, result.learned) == ((), None)
            assert len(house.spoiler.to("$submit-prescription")) == 1

    asyncio.run(story())


def test_the_same_identifier_for_another_document_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            urn = "urn:uuid:5a9d0c2e-73c1-4f0e-9b6f-2f8b1c7d4e10"
            first = await desk.act("prescribe", {**PRESCRIPTION, "bundle_identifier": urn})
            second = await desk.act("prescribe", {**PRESCRIPTION, "bundle_identifier": urn})
            assert first.learned is not None
            assert first.learned.bundle_identifier == urn
            assert (second.learned, second.detail) == (None, "409")

    asyncio.run(story())


def test_cancelling_and_looking_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            await desk.act("prescribe", PRESCRIPTION, bind="rx")
            await desk.act("cancel", {"prescription": "rx", "reason": "error"})
            looked = await desk.act("look-up", {"prescription": "rx"})
            assert "annulée" in looked.shown[0].text
            refused = await house.laboratory().act("dispense", {"paper": "rx"})
            assert _levels(refused) == {"error"}
            assert house.spoiler.to("$dispense") == []

    asyncio.run(story())


def test_a_tampered_code_finds_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            result = await house.laboratory().act("dispense", {"paper": "rx", "tamper": "code"})
            assert (result.state, result.detail) == (StepState.DONE, "404")
            sent = json.loads(house.spoiler.to("$retrieve-prescription")[0].body)
            code = sent["parameter"][0]["valueString"]
            assert code != house.bindings["rx"].code
            issued = house.bindings["rx"].code or ""
            assert (code != issued, code.rpartition(":")[0]) == (True, issued.rpartition(":")[0])

    asyncio.run(story())


def test_plan_b_needs_number_and_birth_date_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            plan_b = {"number": "rx", "birth_date_of": "anna-weber"}
            result = await house.laboratory().act("dispense", plan_b)
            assert _levels(result) == {"info"}

    asyncio.run(story())


def test_a_number_alone_is_enough_to_find_ones_own_prescription(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            await desk.act("prescribe", PRESCRIPTION, bind="rx")
            house.bindings["rx"] = BoundPrescription(number=house.bindings["rx"].number)
            looked = await desk.act("look-up", {"prescription": "rx"})
            assert "ouverte" in looked.shown[0].text
            stranger = await house.laboratory().act("reserve", {"prescription": "rx"})
            assert (stranger.state, stranger.detail) == (StepState.NOT_REACHED, "number-missing:rx")

    asyncio.run(story())


def test_a_page_without_code_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            house.bindings["rx"] = BoundPrescription(paper="0")
            house.papers["0"] = make_page(["Ordonnance"])
            result = await house.laboratory().act("dispense", {"paper": "rx"})
            assert (result.state, _levels(result)) == (StepState.DONE, {"error"})
            assert house.spoiler.seen == []

    asyncio.run(story())


def test_a_line_that_is_not_on_the_prescription_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            lines: JsonValue = [{"code": "BIO-0501"}]
            result = await house.laboratory().act("dispense", {"paper": "rx", "lines": lines})
            assert "BIO-0501" in result.shown[-1].text
            assert house.spoiler.to("$reserve") == []

    asyncio.run(story())


def test_a_series_is_dispensed_in_portions(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            lines: JsonValue = [{"code": "BIO-0401", "count": 3}, {"code": "BIO-0101"}]
            wish = {"patient": "anna-weber", "lines": lines}
            await house.prescriber().act("prescribe", wish, bind="rx")
            desk = house.laboratory()
            both: JsonValue = [{"code": "BIO-0401", "count": 1}, {"code": "BIO-0101", "count": 1}]
            first = await desk.act(
                "dispense", {"paper": "rx", "lines": both, "keep_reserved": True}
            )
            assert [each.text for each in first.shown][-1].endswith("«\u00a0réservée\u00a0».")
            rest = await desk.act("dispense-rest", {"prescription": "rx"})
            assert "délivrée" in rest.shown[-1].text
            assert len(house.spoiler.to("$dispense")) == 2

    asyncio.run(story())


def test_reserving_and_releasing_need_the_number_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            other = house.laboratory("labo-sud", actor="other-laboratory")
            await other.act("retrieve", {"paper": "rx"})
            await other.act("reserve", {"prescription": "rx"})
            refused = await house.laboratory().act("dispense", {"paper": "rx"})
            assert (refused.detail, _levels(refused)) == ("409", {"error"})
            released = await other.act("release", {"prescription": "rx"})
            assert _levels(released) == {"info"}
            assert house.spoiler.to("/Task") == []

    asyncio.run(story())


def test_a_second_dispensation_is_told_and_not_insisted_upon(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            desk = house.laboratory()
            await desk.act("dispense", {"paper": "rx"})
            again = await desk.act("dispense", {"paper": "rx"})
            assert _levels(again) == {"error"}
            assert len(house.spoiler.to("$dispense")) == 1

    asyncio.run(story())


def test_an_expired_token_is_renewed_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk = house.prescriber()
            await desk.act("prescribe", PRESCRIPTION)
            house.world.expire_tokens()
            result = await desk.act("prescribe", PRESCRIPTION)
            assert _levels(result) == {"info"}
            assert len(house.spoiler.to("/token")) == 2
            assert len(house.spoiler.to("$submit-prescription")) == 3

    asyncio.run(story())


def test_a_token_is_renewed_before_it_ends(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path) as house:
            desk, began = house.laboratory(), datetime.now(UTC)
            house.wire_now = lambda: began
            ask = {"method": "GET", "path": "/fhir/metadata", "token": "valid"}
            await desk.act("raw", ask)
            await house.prescriber().act("prescribe", PRESCRIPTION, bind="rx")
            await desk.act("retrieve", {"paper": "rx"})
            assert len(house.spoiler.to("/token")) == 2
            house.wire_now = lambda: began + timedelta(seconds=269)
            await desk.act("retrieve", {"paper": "rx"})
            assert len(house.spoiler.to("/token")) == 2
            # Proofs are dated by the clock given; the server's is real, and allows a minute.
            house.wire_now = lambda: began + timedelta(seconds=271)
            late = await desk.act("retrieve", {"paper": "rx"})
            assert len(house.spoiler.to("/token")) == 3
            assert late.detail.startswith("token-4")

    asyncio.run(story())
