"""The lab has a registry tell whoever subscribed, in JSON or XML, and tells falsely in its name."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from reference_server.fhir.xml_reader import read_xml
from reference_server.services.patients.fhir.subscription import JSON, XML
from reference_server.services.patients.store.subscribers import subscribe_by_fhir
from scenarios.tricks import PatientNotice
from test_suites.engine.changes import FALSE_NAME, OTHER_EVENT, Changes
from test_suites.engine.players import OURSELVES, LabError
from tests.reference_server.patients.index import ANNA, NORTH, Index


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.close()


class Told:
    """Whoever subscribed, within the process."""

    def __init__(self, index: Index) -> None:
        self.bodies: list[bytes] = []
        self.changes = Changes(world=index.world, tapped=lambda inner: inner, take=self.take)

    async def take(self, message: bytes) -> tuple[int, bytes]:
        self.bodies.append(message)
        return 200, b""

    def send(self, kind: PatientNotice) -> None:
        asyncio.run(self.changes.send(kind))


@pytest.mark.parametrize("payload", [JSON, XML])
def test_what_is_false_is_of_another_event_and_of_nobody_in_the_form_asked_for(
    index: Index, payload: str
) -> None:
    with index.world.store.write() as tx:
        wish = {"criteria": "Patient", "reason": "test", "payload": payload}
        subscribe_by_fhir(tx, "s-1", NORTH, told=OURSELVES, wish=wish)
    told = Told(index)
    with pytest.raises(LabError):
        told.send(PatientNotice.REPLAYED)
    index.feed(ANNA, who=NORTH, number="P1")
    for kind in PatientNotice:
        told.send(kind)
    good, again, other = told.bodies
    assert good == again
    read = read_xml if payload == XML else json.loads
    before, after = read(good), read(other)
    assert after["entry"][0]["resource"]["eventUri"] == OTHER_EVENT
    (patient,) = (each["resource"] for each in after["entry"][1]["resource"]["entry"])
    assert {name["family"] for name in patient["name"]} == {FALSE_NAME}
    assert before["entry"][0]["resource"]["id"] == after["entry"][0]["resource"]["id"]


def test_whoever_cannot_be_reached_is_no_fault_of_the_lab(index: Index) -> None:
    with index.world.store.write() as tx:
        wish = {"criteria": "Patient", "reason": "test"}
        subscribe_by_fhir(tx, "s-1", NORTH, told="http://127.0.0.1:1/x", wish=wish)
    index.feed(ANNA, who=NORTH, number="P1")
    told = Told(index)
    for kind in PatientNotice:
        told.send(kind)
    assert told.bodies == []
