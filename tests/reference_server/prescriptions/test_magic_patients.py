"""Each magic patient does its one thing on a real socket, every time, and nothing else."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from reference_server.app.worlds import settings_of
from reference_server.ports import Outcome
from reference_server.world import Settings, World
from tests.reference_server.prescriptions.town import (
    FHIR_JSON,
    PEOPLE,
    Documents,
    Json,
    codes_of,
    dispensing,
    parameters,
    parameters_of,
)
from tests.reference_server.standing import Browser, Standing, System, trail_of

SLOW = 1.5
WHO = {one.outcome: key for key, one in PEOPLE.magic.items()}
REFUSED = [
    (Outcome.UNKNOWN, 422, "patient-unknown"),
    (Outcome.DECEASED, 422, "patient-deceased"),
    (Outcome.MERGED, 422, "patient-merged"),
    (Outcome.UNAVAILABLE, 503, "busy"),
    (Outcome.THROTTLED, 429, "too-many-requests"),
    (Outcome.INTERNAL, 500, "internal"),
]


class Practice:
    """A signed-in physician and a laboratory of one World."""

    def __init__(self, server: Standing, world: World) -> None:
        self.world = world
        browser = Browser(world, server.trust())
        system = System(world, server.trust(), server.keys["labo-nord-app"])
        self.doctor = browser.redeem(browser.code()).json()["access_token"]
        self.laboratory = system.token()
        browser.http.close()
        system.http.close()
        self.http = httpx.Client(verify=server.trust(), base_url=world.fhir_base, timeout=30)

    def bundle(self, outcome: Outcome) -> Json:
        return self.bundle_for(WHO[outcome])

    def bundle_for(self, patient: str) -> Json:
        now = self.world.clock.business_now()
        return Documents(now.strftime("%Y-%m-%dT%H:%M:%S.000Z")).bundle(patient=patient)

    def post(self, path: str, body: Json, token: str, language: str = "fr") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON}
        headers["Accept-Language"] = language
        return self.http.post(path, content=json.dumps(body), headers=headers)

    def submit(self, bundle: Json, language: str = "fr") -> httpx.Response:
        return self.post("/$submit-prescription", bundle, self.doctor, language)

    def retrieve(self, submitted: httpx.Response, outcome: Outcome) -> httpx.Response:
        number = parameters_of(submitted)["prescription-number"]["valueIdentifier"]["value"]
        birth_date = PEOPLE.patients[WHO[outcome]].birth_date.isoformat()
        asked = parameters(number=number, birth_date=birth_date)
        return self.post("/$retrieve-prescription", asked, self.laboratory)

    def dispense(self, submitted: httpx.Response) -> httpx.Response:
        task_id = parameters_of(submitted)["task"]["resource"]["id"]
        return self.post(f"/Task/{task_id}/$dispense", dispensing(task_id), self.laboratory)

    def count(self, table: str) -> int:
        with self.world.store.read() as tx:
            return int(tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a table of ours


@pytest.fixture
def practice(server: Standing) -> Iterator[Practice]:
    world = server.open(Settings(slow_seconds=SLOW))
    opened = Practice(server, world)
    yield opened
    opened.http.close()
    server.registry.close(world.name)


@pytest.mark.parametrize(("outcome", "status", "code"), REFUSED)
def test_a_refused_patient_is_refused_every_time_and_nothing_is_kept(
    practice: Practice, outcome: Outcome, status: int, code: str
) -> None:
    bundle = practice.bundle(outcome)
    for _ in range(3):
        answer = practice.submit(bundle)
        assert (answer.status_code, codes_of(answer)) == (status, [code])
        assert ("retry-after" in answer.headers) is (status in {429, 503})
        assert trail_of(practice.world)[-1].entry.refusal == code
    assert practice.count("prescription") == 0
    assert practice.submit(practice.bundle_for("anna-weber")).status_code == 200


@pytest.mark.parametrize(
    ("language", "asks"), [("fr", "recherchez"), ("en", "look"), ("de", "Suchen")]
)
def test_a_merged_record_says_to_look_the_person_up_again(
    practice: Practice, language: str, asks: str
) -> None:
    answer = practice.submit(practice.bundle(Outcome.MERGED), language)
    [issue] = answer.json()["issue"]
    assert asks in issue["details"]["text"]
    assert issue["expression"] == ["Bundle.entry[1].resource.identifier"]
    successor = PEOPLE.patients[PEOPLE.patients[WHO[Outcome.MERGED]].merged_into or ""]
    assert successor.matricule not in answer.text


def test_no_entitlement_is_a_warning_beside_an_ok_when_sent_and_when_retrieved(
    practice: Practice,
) -> None:
    bundle = practice.bundle(Outcome.NOT_ENTITLED)
    submitted = practice.submit(bundle, "en")
    retrieved = practice.retrieve(submitted, Outcome.NOT_ENTITLED)
    for answer in (submitted, retrieved):
        assert answer.status_code == 200
        warning = parameters_of(answer)["warning"]["resource"]
        assert warning["resourceType"] == "OperationOutcome"
        [issue] = warning["issue"]
        assert issue["severity"] == "warning"
        assert codes_of(httpx.Response(200, json=warning)) == ["patient-not-entitled"]
    again = practice.submit(bundle, "de")
    assert again.content == submitted.content, "the same answer, whatever language asks again"


def test_a_slow_answer_comes_late_holds_up_nobody_and_the_deed_is_done_once(
    practice: Practice,
) -> None:
    bundle = practice.bundle(Outcome.SLOW)
    with ThreadPoolExecutor(max_workers=1) as pool:
        began = time.monotonic()
        slow = pool.submit(practice.submit, bundle)
        served = 0
        while not slow.done():
            assert practice.http.get("/metadata").status_code == 200
            served += 1
        assert time.monotonic() - began >= SLOW
        assert served > 10
    assert practice.submit(bundle).content == slow.result().content
    assert practice.count("prescription") == 1
    began = time.monotonic()
    assert practice.retrieve(slow.result(), Outcome.SLOW).status_code == 200
    assert practice.dispense(slow.result()).status_code == 200
    assert time.monotonic() - began >= 2 * SLOW
    began = time.monotonic()
    assert practice.dispense(slow.result()).status_code == 200
    assert time.monotonic() - began < SLOW, "what was done before is told at once"


def test_a_lost_answer_breaks_off_and_the_same_again_gets_it(practice: Practice) -> None:
    bundle = practice.bundle(Outcome.LOST_ANSWER)
    with pytest.raises(httpx.RemoteProtocolError):
        practice.submit(bundle)
    assert practice.count("prescription") == 1
    submitted = practice.submit(bundle)
    assert submitted.status_code == 200
    assert practice.retrieve(submitted, Outcome.LOST_ANSWER).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        practice.dispense(submitted)
    done = practice.dispense(submitted)
    assert parameters_of(done)["task"]["resource"]["status"] == "completed"
    assert practice.count("prescription_dispensation") == 1
    assert practice.count("prescription") == 1


def test_the_first_try_of_each_document_finds_the_service_busy(practice: Practice) -> None:
    for _ in range(2):
        bundle = practice.bundle(Outcome.FIRST_BUSY)
        first, second = practice.submit(bundle), practice.submit(bundle)
        assert (first.status_code, second.status_code) == (503, 200)
        assert first.headers["retry-after"] == "2"
        assert practice.retrieve(second, Outcome.FIRST_BUSY).status_code == 200
        tries = [practice.dispense(second).status_code for _ in range(3)]
        assert tries == [503, 200, 200]
    assert practice.count("prescription") == practice.count("prescription_dispensation") == 2


def test_dispensing_may_be_unavailable_where_prescribing_is_not(practice: Practice) -> None:
    submitted = practice.submit(practice.bundle(Outcome.DISPENSING_UNAVAILABLE))
    assert practice.retrieve(submitted, Outcome.DISPENSING_UNAVAILABLE).status_code == 200
    for _ in range(2):
        answer = practice.dispense(submitted)
        assert (answer.status_code, codes_of(answer)) == (503, ["busy"])
    assert practice.count("prescription_dispensation") == 0


@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_wrong_with_a_document_is_said_first(practice: Practice, outcome: Outcome) -> None:
    bundle = practice.bundle(outcome)
    bundle["type"] = "collection"
    answer = practice.submit(bundle)
    assert answer.status_code == 422
    assert "bundle-type" in codes_of(answer)


def test_a_world_without_magic_knows_only_ordinary_people(server: Standing) -> None:
    assert not settings_of("production").magic
    assert settings_of("integration").magic
    world = server.open(Settings(magic=False))
    practice = Practice(server, world)
    for outcome in Outcome:
        answer = practice.submit(practice.bundle(outcome))
        if outcome in {Outcome.UNKNOWN, Outcome.DECEASED}:
            assert answer.status_code == 422, "a fact of the directory, no magic"
            continue
        assert answer.status_code == 200, outcome
        assert "warning" not in parameters_of(answer)
        assert practice.retrieve(answer, outcome).status_code == 200
        assert practice.dispense(answer).status_code == 200
    practice.http.close()
    server.registry.close(world.name)


def test_everything_goes_well_with_ordinary_people(practice: Practice) -> None:
    for patient in PEOPLE.ordinary:
        answer = practice.submit(practice.bundle_for(patient))
        assert answer.status_code == 200, patient
        assert "warning" not in parameters_of(answer)
