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
from reference_server.fhir.xml_reader import read_xml
from reference_server.kernel.errors import ParameterInvalid, Refusal
from reference_server.services.patients.fhir.subscription import (
    EVENT,
    JSON,
    PROFILE,
    XML,
    read_subscription,
    write_subscription,
)
from reference_server.services.patients.mllp.notify import tell_all
from reference_server.services.patients.model.index import Actor, Domain, Submission
from reference_server.services.patients.model.subscription import Subscriber
from reference_server.services.patients.model.traits import local_domain
from reference_server.services.patients.operations.feed import register
from reference_server.services.patients.operations.moves import merge
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.domains import put_domain
from reference_server.services.patients.store.subscribers import get_subscription, subscribe_by_fhir
from tests.reference_server.patients.index import ANNA, NORTH, SOUTH, TUN, Index
from tests.reference_server.patients.test_exchange_over_http import Peer, peer

__all__ = ["peer"]  # a fixture


class Listener:
    """Somebody else's HTTP server: takes what it is told, or says `status`."""

    def __init__(self) -> None:
        self.status = 200
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
                self.send_response(listener.status)
                self.end_headers()

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
        return [each["entry"][1]["resource"]["entry"][0]["resource"] for each in self.heard]


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
    assert history["entry"][0]["request"] == {"method": "PUT", "url": f"Patient/{anna}"}
    assert [each["id"] for each in listener.patients()] == [anna]
    tell(index, listener)
    assert len(listener.heard) == 1


def test_who_asks_for_xml_hears_the_same_in_xml(index: Index, listener: Listener) -> None:
    named = subscribed(index, listener.url, payload=XML)
    anna = index.feed(ANNA, who=NORTH, number="P1").person
    tell(index, listener)
    assert [kind.partition(";")[0] for kind in listener.media_types] == [XML]
    (message,) = listener.heard
    header, history = (entry["resource"] for entry in message["entry"])
    assert (message["type"], header["eventUri"]) == ("message", EVENT)
    assert history["entry"][0]["request"]["url"] == f"Patient/{anna}"
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
    told = {each["id"]: each for each in listener.patients()}
    assert set(told) == {stays, goes}
    assert told[goes]["active"] is False
    assert told[goes]["link"][0]["other"]["reference"] == f"Patient/{stays}"


def test_criteria_narrow_what_is_told(index: Index, listener: Listener) -> None:
    anna = index.feed(ANNA, who=NORTH, number="P1").person
    subscribed(index, listener.url, criteria=f"Patient?_id={anna}")
    index.feed(TUN, who=NORTH, number="P2")
    tell(index, listener)
    assert listener.heard == []


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
    assert peer.http.delete(where, timeout=60).status_code == 204
    assert peer.http.get(where, timeout=60).status_code == 404


@pytest.mark.parametrize("payload", [JSON, XML])
def test_the_form_of_messages_is_the_one_asked_for(payload: str) -> None:
    asked = {**GOOD, "channel": {**GOOD["channel"], "payload": payload}}
    assert read_subscription(asked, hosts={"127.0.0.1"}).payload == payload
