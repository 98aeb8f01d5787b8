"""The guide for establishments says what the code does: its worked messages are taken as told."""

import httpx

from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.kernel.mllp import MllpLimits
from reference_server.services.patients.mllp.guide import tables
from reference_server.services.patients.mllp.tables import SAID, TRIGGERS
from reference_server.world import World
from tests.reference_server.patients.index import Index
from tests.reference_server.patients.speaking import Speaker, code, error
from tests.reference_server.standing import Standing

MATRICULE_OF_ANNA = b"~1984031790315^^^&1.3.182.4.4&ISO"


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


def numbered(name: str, control: str) -> bytes:
    return worked(name).replace(b"|0001|", f"|{control}|".encode())


def test_the_worked_messages_of_links_and_of_a_search_in_parts_do_what_they_say(
    index: Index,
) -> None:
    speaker = Speaker(index)
    assert code(speaker.say(worked("A28"))) == "AA"
    other = numbered("A28", "2").replace(b"P-100", b"P-101").replace(b"Anna", b"Berta")
    assert code(speaker.say(other.replace(MATRICULE_OF_ANNA, b""))) == "AA"
    first = speaker.say(numbered("Q22", "3"))
    pointer = first.first("DSC")
    assert pointer is not None
    rest = numbered("Q22 …", "4").replace(b"DSC|0002", f"DSC|{pointer.value(1)}".encode())
    last = speaker.say(rest)
    assert last.first("PID") is not None
    assert last.first("DSC") is None
    assert code(speaker.say(numbered("J01", "5"))) == "AA"
    person = index.record("90200116", "P-101").person.encode()
    assert code(speaker.say(numbered("A24", "6").replace(b"4711081500", person))) == "AA"
    assert code(speaker.say(numbered("A37", "7").replace(b"4711081500", person))) == "AA"
    renamed = numbered("A47", "8").replace(b"P-100", b"P-200")
    assert code(speaker.say(renamed)) == "AA"


def test_every_word_of_the_guide_is_in_the_catalogue() -> None:
    known = full_catalogue(tuple(each.name for each in SERVICES)).ids()
    for table in tables():
        at = [table.columns.index(each) for each in table.worded]
        wanted = {row[place] for row in table.rows for place in at}
        assert wanted <= known, table.name


def test_the_limits_that_the_guide_tells_are_those_of_the_wire() -> None:
    wire = next(each for each in tables() if each.name == "hl7-transport")
    told = {row[0]: row[1] for row in wire.rows}
    assert told["guide.wire.largest"] == f"{MllpLimits().message} B"
    assert told["guide.wire.frame"] == "0B … 1C 0D"


def test_the_guide_is_a_page_of_the_documentation(server: Standing, world: World) -> None:
    with httpx.Client(verify=server.trust(), timeout=60) as http:
        page = http.get(f"{world.base_url}/documentation/hl7?lang=en")
    assert page.status_code == 200
    assert "HL7 v2 implementation guide" in page.text
    for kind, event in TRIGGERS:
        assert f"{kind}^{event}" in page.text
    for refusal in SAID:
        assert refusal in page.text
