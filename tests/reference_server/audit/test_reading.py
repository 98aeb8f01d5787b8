"""The trail is searched and read by those who may, patients see their own, and all of it shows."""

import json
from datetime import timedelta

import pytest

from reference_server.ports import AuditOutcome
from reference_server.services.audit.store.trail import Trail, told_of
from tests.reference_server.audit.office import ANNA, LEA, Json, Office, values
from tests.reference_server.prescriptions.town import Town, codes_of

SENT: Json = {
    "resourceType": "AuditEvent",
    "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
    "action": "R",
    "recorded": "2026-11-29T12:00:00+01:00",
    "outcome": "0",
    "agent": [{"who": {"identifier": {"value": "vendor-7"}}, "requestor": True}],
    "source": {"observer": {"display": "vendor"}},
    "entity": [
        {
            "what": {"identifier": {"system": "urn:oid:1.3.182.4.4", "value": ANNA}},
            "type": {"code": "1"},
        }
    ],
}


def numbers(events: list[Json]) -> list[int]:
    return [int(event["id"]) for event in events]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("patient=" + ANNA, 2),
        ("patient:identifier=urn:oid:1.3.182.4.4|" + ANNA, 2),
        ("patient=Patient/" + LEA, 0),
        ("agent=9100000017", 1),
        ("agent:identifier=urn:oid:1.3.182.4.1|9100000017", 1),
        ("agent-role=PS-001", 1),
        ("action=C", 1),
        ("action=C,R", 2),
        ("outcome=0", 2),
        ("outcome=4,8", 0),
        ("subtype=retrieve-prescription", 1),
        ("type=rest&action=R", 1),
        ("date=ge2020-01-01", 2),
        ("date=lt2020-01-01", 0),
        ("_id=1", 1),
    ],
)
def test_events_are_found_by(town: Town, office: Office, query: str, count: int) -> None:
    town.seen_by(town.prescribe(), "labo-nord")
    assert len(office.found(query)) == count


def test_an_event_is_found_by_the_record_it_is_about(town: Town, office: Office) -> None:
    submitted = town.prescribe()
    [found] = office.found(f"entity=Task/{submitted.task_id}")
    assert f"Task/{submitted.task_id}" in values(found, "entity")


def test_pages_follow_each_other_and_the_latest_comes_first(town: Town, office: Office) -> None:
    for _ in range(3):
        town.prescribe()
    first = office.ask("/AuditEvent?action=C&_count=2").json()
    assert (first["total"], numbers([e["resource"] for e in first["entry"]])) == (3, [3, 2])
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = office.ask(following.removeprefix(office.world.fhir_base)).json()
    assert numbers([e["resource"] for e in second["entry"]]) == [1]
    assert not [link for link in second["link"] if link["relation"] == "next"]


def test_every_reading_of_the_trail_is_an_event_in_it(town: Town, office: Office) -> None:
    town.prescribe()
    office.found("patient=" + ANNA)
    assert office.last().entry.action == "search-audit"
    assert f"patient={ANNA}" in str(office.last().entry.query)
    office.ask("/AuditEvent/1")
    assert office.last().entry.action == "read-audit"
    assert office.last().entry.entities == ("AuditEvent/1",)
    office.ask("/AuditEvent/$export")
    assert office.last().entry.action == "export-audit"
    assert office.whole()


def test_who_may_not_read_is_refused_and_that_shows(town: Town, office: Office) -> None:
    for token, code in (
        (town.token("dr-meyer"), "scope-insufficient"),
        (office.token("9100000017", "prescriber", "audit.read"), "role-not-allowed"),
    ):
        answer = office.ask("/AuditEvent", token)
        assert (answer.status_code, codes_of(answer)) == (403, [code])
        assert office.last().entry.outcome is AuditOutcome.REFUSED
        assert office.last().entry.refusal == code


def test_a_patient_sees_who_saw_what_when_and_why_and_nobody_elses(
    town: Town, office: Office
) -> None:
    submitted = town.seen_by(town.prescribe(), "labo-nord")
    mine = office.found("", office.patient())
    assert {event["id"] for event in mine} == {"1", "2"}
    seen = mine[0]
    assert "labo-nord-app" in values(seen, "agent")
    assert f"Task/{submitted.task_id}" in values(seen, "entity")
    assert seen["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert office.found("", office.patient(LEA)) == []
    assert office.found("patient=" + ANNA, office.patient(LEA)) == []
    for number in ("1", "999", "x", "1" * 30):
        answer = office.ask(f"/AuditEvent/{number}", office.patient(LEA))
        assert (answer.status_code, codes_of(answer)) == (404, ["audit-event-not-found"])
    assert office.ask("/AuditEvent/1", office.patient()).json()["id"] == "1"


def test_a_patient_reads_it_as_a_page_in_their_language(town: Town, office: Office) -> None:
    town.seen_by(town.prescribe(), "labo-nord")
    foreign = {name: value for name, value in SENT.items() if name != "outcome"}
    office.ask("/AuditEvent", software(office), method="POST", body=foreign)
    page = office.ask("/AuditEvent/$own", office.patient())
    assert page.headers["content-type"].startswith("text/html")
    assert "Qui a consulté mes données" in page.text
    assert page.text.count('<th scope="row">') == 3
    for told in ("9100000017", "CNS 902001-16", "ePrescription", "TREAT"):
        assert told in page.text
    assert office.last().entry.action == "show-own-audit"
    nobody = office.ask("/AuditEvent/$own", office.patient(LEA))
    assert '<th scope="row">' not in nobody.text
    assert codes_of(office.ask("/AuditEvent/$own")) == ["role-not-allowed"]


def test_a_search_of_several_patients_tells_each_of_them(town: Town) -> None:
    town.prescribe()
    before = len(town.trail())
    assert town.get("Task", who="dr-meyer").status_code == 200
    added = town.trail()[before:]
    assert [stored.entry.patient for stored in added] == [ANNA]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("colour=red", "search-parameter-unknown"),
        ("date=yesterday", "search-parameter-invalid"),
        ("_id=x", "search-parameter-invalid"),
        ("_sort=date", "search-parameter-invalid"),
        ("action=", "search-parameter-invalid"),
        ("patient=urn:oid:1.2.3|1", "search-parameter-invalid"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(office: Office, query: str, code: str) -> None:
    answer = office.ask(f"/AuditEvent?{query}")
    assert (answer.status_code, codes_of(answer)) == (400, [code])


def test_the_purpose_of_use_is_told_and_decides(office: Office) -> None:
    refused = office.ask("/AuditEvent", purpose="TREAT")
    assert codes_of(refused) == ["purpose-not-allowed"]
    unclear = office.ask("/AuditEvent", purpose="HMARKT")
    assert (unclear.status_code, codes_of(unclear)) == (400, ["purpose-unclear"])
    assert office.ask("/AuditEvent", purpose="HSYSADMIN").status_code == 200
    event = json.loads(office.last().event)
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "HSYSADMIN"


def test_an_export_holds_every_event_before_it_a_line_each(town: Town, office: Office) -> None:
    for _ in range(3):
        town.prescribe()
    answer = office.ask("/AuditEvent/$export?action=C")
    assert answer.headers["content-type"].startswith("application/fhir+ndjson")
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == ["3", "2", "1"]


def software(office: Office) -> str:
    return office.token("9100000017", "prescriber", "audit.write")


def test_an_event_of_other_software_is_kept_as_it_came(office: Office) -> None:
    answer = office.ask("/AuditEvent", software(office), method="POST", body=SENT)
    assert answer.status_code == 201, answer.text
    number = answer.headers["location"].rpartition("/")[2]
    kept = office.ask(f"/AuditEvent/{number}").json()
    assert {name: kept[name] for name in SENT} == SENT
    assert numbers(office.found("agent=vendor-7")) == [int(number)]
    assert numbers(office.found("", office.patient())) == [3, int(number)], "and that it was read"
    assert office.whole()


def test_a_bundle_of_events_is_kept_whole_or_not_at_all(office: Office) -> None:
    entry = {"resource": SENT, "request": {"method": "POST", "url": "AuditEvent"}}
    bundle: Json = {"resourceType": "Bundle", "type": "batch", "entry": [entry, entry]}
    answer = office.ask("", software(office), method="POST", body=bundle)
    assert [each["response"]["status"] for each in answer.json()["entry"]] == ["201 Created"] * 2
    before = len(office.town.trail())
    bundle["entry"] = [entry, {"resource": {"resourceType": "Patient"}}]
    refused = office.ask("", software(office), method="POST", body=bundle)
    assert (refused.status_code, codes_of(refused)) == (422, ["audit-event-incomplete"])
    assert len(office.town.trail()) == before + 1, "only the refusal"


@pytest.mark.parametrize(
    "changed",
    [
        {"agent": []},
        {"recorded": "yesterday"},
        {"source": None},
        {"agent": [{"who": "me"}]},
        {"agent": [{"role": [1]}]},
        {"agent": [{"role": 1}]},
        {"entity": [{"what": {"identifier": 7}}]},
        {"entity": "all"},
        {"subtype": [1]},
        {"type": "rest"},
        {"meta": 1},
    ],
)
def test_an_event_that_lacks_what_the_trail_needs_is_refused(office: Office, changed: Json) -> None:
    answer = office.ask("/AuditEvent", software(office), method="POST", body={**SENT, **changed})
    assert (answer.status_code, codes_of(answer)) == (422, ["audit-event-incomplete"])


def test_what_is_too_old_goes_by_a_rule_and_the_chain_still_holds(
    town: Town, office: Office
) -> None:
    for _ in range(3):
        town.prescribe()
    trail = Trail(office.world)
    with office.world.store.write() as tx:
        assert trail.purge(tx, before="2020-01-01", rule="keep ten years") is None
    border = (office.world.clock.wire_now() + timedelta(seconds=1)).isoformat()
    with office.world.store.write() as tx:
        anchor = trail.purge(tx, before=border, rule="keep ten years")
        assert anchor is not None
        assert anchor.count == 3
    assert not office.whole(), "no event of the chain tells of the anchor yet"
    with office.world.store.write() as tx:
        trail.tell(tx, anchor)
    assert office.whole()
    assert office.last().entry.entities == told_of(anchor)
    town.prescribe()
    assert office.whole()
    assert numbers(office.found("action=C")) == [5]
