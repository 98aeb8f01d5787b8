"""The guide for establishments says what the code does: its worked messages are taken as told."""

import httpx

from reference_server.services.patients.mllp.guide import tables
from reference_server.services.patients.mllp.tables import SAID, TRIGGERS
from reference_server.world import World
from tests.reference_server.patients.index import Index
from tests.reference_server.patients.speaking import Speaker, code, error
from tests.reference_server.standing import Standing


def worked(name: str) -> bytes:
    told = next(each for each in tables() if each.name == "hl7-messages")
    text = next(message for title, message in told.rows if title == name)
    return text.replace("\n", "\r").encode() + b"\r"


def test_the_worked_messages_are_answered_as_the_guide_says(index: Index) -> None:
    speaker = Speaker(index)
    fed = worked("A28")
    assert code(speaker.say(fed)) == "AA"
    lacking = fed.replace(b"^^^&1.3.182.3.1.1.90200116.2&ISO", b"", 1).replace(b"|0001|", b"|2|")
    assert error(speaker.say(lacking)) == ("AE", "101", "PID^1^3^1^4")
    double = fed.replace(b"P-100", b"P-101").replace(b"|0001|", b"|3|")
    assert code(speaker.say(double)) == "AA"
    assert code(speaker.say(worked("A40").replace(b"|0001|", b"|4|"))) == "AA"
    assert code(speaker.say(worked("Q23"))) == "AA"
    found = speaker.say(worked("Q22")).first("PID")
    assert found is not None
    assert found.value(5) == "Weber"


def test_the_guide_is_a_page_of_the_documentation(server: Standing, world: World) -> None:
    with httpx.Client(verify=server.trust()) as http:
        page = http.get(f"{world.base_url}/documentation/hl7?lang=en")
    assert page.status_code == 200
    assert "HL7 v2 implementation guide" in page.text
    for kind, event in TRIGGERS:
        assert f"{kind}^{event}" in page.text
    for refusal in SAID:
        assert refusal in page.text
