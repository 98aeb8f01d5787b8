"""PMIR: an organisation subscribes, hears of its own patients, also when it was away."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from reference_server.app.hl7 import conversing
from reference_server.app.worlds import WorldRegistry
from reference_server.fhir.validation.validator import Validator
from reference_server.fhir.xml_reader import read_xml
from reference_server.fhir.xml_writer import write_xml
from reference_server.kernel.errors import ParameterInvalid, Refusal
from reference_server.ports import AuditOutcome
from reference_server.services.patients.fhir.feed import EVENT, says_taken
from reference_server.services.patients.fhir.subscription import (
    JSON,
    PROFILE,
    XML,
    read_subscription,
    write_subscription,
)
from reference_server.services.patients.mllp.notify import tell_all
from reference_server.services.patients.model.index import Actor, Domain, Submission
from reference_server.services.patients.model.subscription import Subscriber
from reference_server.services.patients.model.traits import PERSON_IDENTIFIER, local_domain
from reference_server.services.patients.operations.feed import deactivate, register
from reference_server.services.patients.operations.moves import merge, unlink, unmerge
from reference_server.services.patients.operations.worklist import decide_different
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.domains import put_domain
from reference_server.services.patients.store.subscribers import (
    change_subscription,
    get_subscription,
    subscribe_by_fhir,
)
from tests.reference_server.patients.index import (
    ANNA,
    MAGGY,
    NORTH,
    SOUTH,
    TUN,
    Index,
    numbered,
)
from tests.reference_server.patients.test_exchange_over_http import Peer, peer
from tests.reference_server.standing import trail_of

__all__ = ["peer"]  # a fixture


class Listener:
    """Somebody else's HTTP server: takes what it is told, or says `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.answer: dict[str, Any] | None = None
        self.heard: list[dict[str, Any]] = []
        self.media_types: list[str] = []
        self.told = Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                media_type = self.headers["Content-Type"]
                if "xml" in media_type:
                    body = json.dumps(read_xml(body)).encode()
                listener.media_types.append(media_type)
                listener.heard.append(json.loads(body))
                listener.told.set()
                answer = b"" if listener.answer is None else json.dumps(listener.answer).encode()
                self.send_response(listener.status)
                self.send_header("Content-Type", JSON)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/fhir"

    @contextmanager
    def listening(self) -> Iterator[None]:
        thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            self.server.shutdown()
            thread.join()

    def patients(self) -> list[dict[str, Any]]:
        """Return the patients of the messages heard, in order."""
        return [each["resource"] for each in self.entries() if "resource" in each]

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries of the histories heard, in order."""
        return [one for each in self.heard for one in each["entry"][1]["resource"]["entry"]]

    def methods(self) -> dict[str, str]:
        """Return by which method each person was told last."""
        return {
            each["fullUrl"].rpartition("/")[2]: each["request"]["method"] for each in self.entries()
        }


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.server_close()


def subscribed(
    index: Index, told: str, *, who: str = NORTH, criteria: str = "Patient", payload: str = JSON
) -> str:
    with index.world.store.write() as tx:
        wish = {"criteria": criteria, "reason": "test", "payload": payload}
        return subscribe_by_fhir(tx, f"s-{criteria}", who, told=told, wish=wish).id


def kept(index: Index, identifier: str) -> Subscriber:
    with index.reading() as tx:
        found = get_subscription(tx, identifier)
    assert found is not None
    return found


def tell(index: Index, listener: Listener) -> None:
    with listener.listening():
        asyncio.run(tell_all(index.world))


def test_an_organisation_hears_of_its_own_patients_in_messages_of_pmir(
    index: Index, listener: Listener
) -> None:
    subscribed(index, listener.url)
    anna = index.feed(ANNA, who=NORTH, number="P1").person
    index.feed(TUN, who=SOUTH, number="S9")
    tell(index, listener)
    (message,) = listener.heard
    header, history = (entry["resource"] for entry in message["entry"])
    assert message["meta"]["profile"] == [f"{PROFILE}Bundle"]
    assert header["eventUri"] == EVENT
    assert header["focus"] == [{"reference": f"Bundle/{history['id']}"}]
    assert history["type"] == "history"
    assert history["entry"][0]["request"] == {"method": "POST", "url": "Patient"}
    assert history["entry"][0]["response"]["status"] == "201"
    assert [each["id"] for each in listener.patients()] == [anna]
    tell(index, listener)
    assert len(listener.heard) == 1
    told = [e.entry for e in trail_of(index.world) if e.entry.action == "tell-patients-fhir"]
    assert [(each.entities, each.outcome, each.request_id) for each in told] == [
        ((f"Patient/{anna}", f"Organization/{NORTH}"), AuditOutcome.SUCCESS, message["id"])
    ]


def test_who_asks_for_xml_hears_the_same_in_xml(index: Index, listener: Listener) -> None:
    named = subscribed(index, listener.url, payload=XML)
    anna = index.feed(ANNA, who=NORTH, number="P1").person
    tell(index, listener)
    assert [kind.partition(";")[0] for kind in listener.media_types] == [XML]
    (message,) = listener.heard
    header, history = (entry["resource"] for entry in message["entry"])
    assert (message["type"], header["eventUri"]) == ("message", EVENT)
    assert history["entry"][0]["request"]["url"] == "Patient"
    assert [each["id"] for each in listener.patients()] == [anna]
    assert write_subscription(kept(index, named))["channel"]["payload"] == XML


@pytest.mark.parametrize("status", [500, None])
def test_what_was_not_taken_is_told_again_as_the_same_message(
    index: Index, listener: Listener, status: int | None
) -> None:
    named = subscribed(index, listener.url)
    index.feed(ANNA, who=NORTH, number="P1")
    if status is None:
        listener.server.server_close()  # nobody is there
        asyncio.run(tell_all(index.world))
        assert kept(index, named).failures == 1
        return
    listener.status = status
    tell(index, listener)
    assert kept(index, named).failures == 1
    with index.world.store.write() as tx:
        tx.execute("UPDATE patient_subscriber SET next_try = '' WHERE id = ?", (named,))
    listener.status = 200
    tell(index, listener)
    assert kept(index, named).failures == 0
    first, again = listener.heard
    assert first["id"] == again["id"]


def test_a_merge_is_told_as_the_one_kept_and_the_one_replaced(
    index: Index, listener: Listener
) -> None:
    stays = index.feed(ANNA, who=NORTH, number="P1").person
    goes = index.feed(TUN, who=NORTH, number="P2").person
    subscribed(index, listener.url)
    with index.writing(NORTH) as writing:
        merge(writing, kept=stays, replaced=goes)
    tell(index, listener)
    (_,) = listener.heard  # both in one message
    one, other = listener.patients()
    assert (one["id"], other["id"]) == (stays, goes)
    assert other["active"] is False
    assert other["link"][0]["other"]["reference"] == f"Patient/{stays}"
    assert listener.methods() == {stays: "PUT", goes: "PUT"}
    with index.writing(NORTH) as writing:
        unmerge(writing, goes)
    tell(index, listener)
    assert all(each["active"] and "link" not in each for each in listener.patients()[2:])
    assert {each["id"] for each in listener.patients()[2:]} == {stays, goes}


def test_a_removal_is_told_as_one(index: Index, listener: Listener) -> None:
    anna = index.feed(ANNA, who=NORTH, number="P1").person
    subscribed(index, listener.url)
    with index.writing(NORTH) as writing:
        deactivate(writing, local_domain(NORTH), "P1")
    tell(index, listener)
    (entry,) = listener.entries()
    assert entry["request"] == {"method": "DELETE", "url": f"Patient/{anna}"}
    assert "resource" not in entry


def test_who_is_no_longer_a_patient_is_told_of_without_traits(
    index: Index, listener: Listener
) -> None:
    anna = index.feed(numbered(ANNA, 901), who=NORTH, number="P1").person
    assert index.feed(numbered(ANNA, 901), who=SOUTH, number="S1").person == anna
    subscribed(index, listener.url)
    with index.writing(NORTH) as writing:
        deactivate(writing, local_domain(NORTH), "P1")
    tell(index, listener)
    (told,) = listener.patients()
    assert set(told) == {"resourceType", "id", "meta", "active", "identifier"}
    assert told["identifier"] == [{"system": PERSON_IDENTIFIER, "value": anna}]
    index.feed(TUN, who=SOUTH, number="S1")
    tell(index, listener)
    assert len(listener.heard) == 1  # from now on the patient is somebody else's


def test_both_hear_of_a_number_that_moves_and_of_new_numbers(
    index: Index, listener: Listener
) -> None:
    anna = index.feed(numbered(ANNA, 901), who=NORTH, number="P1").person
    subscribed(index, listener.url)
    index.feed(numbered(ANNA, 901), who=SOUTH, number="S1")
    tell(index, listener)
    (told,) = listener.patients()
    assert {"system": local_domain(SOUTH), "value": "S1"} in told["identifier"]
    with index.writing(NORTH) as writing:
        apart = unlink(writing, index.record(NORTH, "P1").number)
    tell(index, listener)
    assert listener.methods() == {anna: "PUT", apart: "POST"}


def test_what_changes_nobody_is_not_told(index: Index, listener: Listener) -> None:
    index.feed(ANNA, who=NORTH, number="P1")
    index.feed(MAGGY, who=NORTH, number="P2")
    pair = index.rows("pair")[0]
    subscribed(index, listener.url)
    with index.writing(NORTH) as writing:
        decide_different(writing, pair["low"], pair["high"])
    tell(index, listener)
    assert listener.heard == []


@pytest.mark.parametrize(
    ("code", "failures"), [("ok", 0), ("transient-error", 1), ("fatal-error", 1)]
)
def test_what_the_answering_message_says_counts(
    index: Index, listener: Listener, code: str, failures: int
) -> None:
    named = subscribed(index, listener.url)
    index.feed(ANNA, who=NORTH, number="P1")
    listener.answer = answering(code)
    tell(index, listener)
    assert kept(index, named).failures == failures


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"entry": 3}', b'{"entry": [{"resource": 1}]}']
)
def test_an_answer_that_cannot_be_read_is_no_error(body: bytes) -> None:
    assert says_taken(body, media_type=JSON)
    assert says_taken(body, media_type=XML)


def test_an_error_that_is_told_in_xml_is_read() -> None:
    assert not says_taken(write_xml(answering("fatal-error")), media_type=XML)


def answering(code: str) -> dict[str, Any]:
    header = {
        "resourceType": "MessageHeader",
        "eventUri": "urn:ihe:iti:pmir:2019:patient-feed-response",
        "source": {"endpoint": "http://127.0.0.1/fhir"},
        "response": {"identifier": "1", "code": code},
    }
    return {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": header}],
    }


@pytest.mark.parametrize(
    "criteria",
    [
        "Patient?_id={anna}",
        "Patient?identifier=P1",
        f"Patient?identifier={local_domain(NORTH)}|P1",
        f"Patient?identifier={local_domain(SOUTH)}|",
        f"Patient?organization={SOUTH}",
        f"Patient?organization=Organization/{SOUTH}",
    ],
)
def test_criteria_narrow_what_is_told(index: Index, listener: Listener, criteria: str) -> None:
    anna = index.feed(numbered(ANNA, 901), who=NORTH, number="P1").person
    index.feed(numbered(ANNA, 901), who=SOUTH, number="S1")
    double = index.feed(numbered(TUN, 902), who=NORTH, number="P3").person
    subscribed(index, listener.url, criteria=criteria.format(anna=anna))
    index.feed(TUN, who=NORTH, number="P2")
    tell(index, listener)
    assert listener.heard == []
    with index.writing(NORTH) as writing:
        merge(writing, kept=double, replaced=anna)
    tell(index, listener)
    by_id = criteria.startswith("Patient?_id")
    assert set(listener.methods()) == ({anna} if by_id else {anna, double})


def test_a_standing_server_tells_subscribers_also_where_nobody_speaks_hl7(
    listener: Listener,
) -> None:
    registry = WorldRegistry(origin="https://localhost")
    world = registry.open("standing")
    actor = Actor(subject="feed", organisation=NORTH, correlation="request-1")
    with world.store.write() as tx:
        put_domain(tx, Domain(oid=local_domain(NORTH), name="N", organisation=NORTH, trust=50))
        wish = {"criteria": "Patient", "reason": "test"}
        subscribe_by_fhir(tx, "s-1", NORTH, told=listener.url, wish=wish)
        submission = Submission(domain=local_domain(NORTH), local_id="P1", traits=TUN)
        register(Writing(world=world, tx=tx, actor=actor, why="test"), submission)

    async def until_told() -> None:
        async with asyncio.timeout(60), conversing((), registry, environments=("standing",)):
            await asyncio.to_thread(listener.told.wait, 60)

    with listener.listening():
        asyncio.run(until_told())
    registry.close_all()
    assert len(listener.patients()) == 1


GOOD: dict[str, Any] = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "to know our patients",
    "criteria": "Patient",
    "channel": {
        "type": "message",
        "endpoint": "http://127.0.0.1:9/fhir",
        "payload": "application/fhir+json",
    },
}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"status": "active"}, "status"),
        ({"criteria": "Observation"}, "criteria"),
        ({"criteria": "Patient?name=a"}, "criteria"),
        ({"criteria": "Patient?identifier=|a"}, "criteria"),
        ({"criteria": "Patient?identifier=a,b"}, "criteria"),
        ({"status": "off"}, "status"),
        ({"end": "2030-01-01T00:00:00Z"}, "end"),
        ({"reason": ""}, "reason"),
        ({"channel": {**GOOD["channel"], "type": "email"}}, "channel.type"),
        ({"channel": {**GOOD["channel"], "header": ["a: b"]}}, "channel.header"),
        ({"channel": {**GOOD["channel"], "endpoint": "https://elsewhere.lu/"}}, "channel.endpoint"),
        ({"channel": {**GOOD["channel"], "endpoint": "http://a@127.0.0.1/"}}, "channel.endpoint"),
        ({"channel": {**GOOD["channel"], "endpoint": "http://[::1"}}, "channel.endpoint"),
        ({"channel": {**GOOD["channel"], "payload": "text/plain"}}, "channel.payload"),
        ({"channel": None}, "channel"),
    ],
)
def test_what_is_not_kept_to_is_refused_with_its_place(change: dict[str, Any], name: str) -> None:
    with pytest.raises(Refusal) as told:
        read_subscription({**GOOD, **change}, hosts={"127.0.0.1"})
    assert isinstance(told.value, ParameterInvalid)
    assert told.value.expression == f"Subscription.{name}"


def test_a_subscription_is_made_once_read_and_cancelled_over_http(peer: Peer) -> None:
    url = f"{peer.base}/Subscription"
    made = peer.http.post(url, json=GOOD, timeout=60)
    assert made.status_code == 201, made.text
    assert peer.http.post(url, json=GOOD, timeout=60).json()["id"] == made.json()["id"]
    where = made.headers["Location"]
    assert peer.http.get(where, timeout=60).json()["status"] == "active"
    changed = {**GOOD, "id": made.json()["id"]}
    for status, then in (("off", "off"), ("requested", "active")):
        answer = peer.http.put(where, json={**changed, "status": status}, timeout=60)
        assert (answer.status_code, answer.json()["status"]) == (200, then)
        assert peer.http.get(where, timeout=60).json()["status"] == then
    assert peer.http.put(where, json=GOOD, timeout=60).status_code == 400
    assert peer.http.put(f"{url}/x", json={**changed, "id": "x"}, timeout=60).status_code == 404
    assert peer.http.delete(where, timeout=60).status_code == 204
    assert peer.http.get(where, timeout=60).status_code == 404


def test_whoever_is_switched_off_hears_afterwards_what_happened_meanwhile(
    index: Index, listener: Listener
) -> None:
    named = subscribed(index, listener.url)
    wish = {"criteria": "Patient", "reason": "test", "payload": JSON}
    with index.world.store.write() as tx:
        change_subscription(tx, named, told=listener.url, is_off=True, wish=wish)
    index.feed(ANNA, who=NORTH, number="P1")
    tell(index, listener)
    assert listener.heard == []
    with index.world.store.write() as tx:
        change_subscription(tx, named, told=listener.url, is_off=False, wish=wish)
    tell(index, listener)
    assert len(listener.heard) == 1


def test_messages_are_valid_by_fhir_r4(index: Index, listener: Listener) -> None:
    subscribed(index, listener.url)
    stays = index.feed(numbered(ANNA, 901), who=NORTH, number="P1").person
    goes = index.feed(TUN, who=NORTH, number="P2").person
    with index.writing(NORTH) as writing:
        merge(writing, kept=stays, replaced=goes)
        for number in ("P1", "P2"):
            deactivate(writing, local_domain(NORTH), number)
    tell(index, listener)
    assert {each["request"]["method"] for each in listener.entries()} == {"PUT", "DELETE"}
    judge = Validator()
    for message in listener.heard:
        issues = judge.issues(json.dumps(message).encode())
        assert [each for each in issues if each.severity in {"error", "fatal"}] == []


@pytest.mark.parametrize("payload", [JSON, XML])
def test_the_form_of_messages_is_the_one_asked_for(payload: str) -> None:
    asked = {**GOOD, "channel": {**GOOD["channel"], "payload": payload}}
    assert read_subscription(asked, hosts={"127.0.0.1"}).payload == payload
