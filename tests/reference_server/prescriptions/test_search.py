"""Searching Tasks: what is seen, what is found, what is refused."""

from datetime import timedelta

import pytest

from reference_server.national.identifiers import ERX_BUSINESS_STATUS, PRESCRIPTION_NUMBER
from tests.reference_server.prescriptions.town import Town, codes_of


def found(town: Town, query: str, *, who: str = "labo-nord") -> list[str]:
    answer = town.get(f"Task?{query}", who=who)
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", [])]


def test_everyone_finds_only_what_they_may_see(town: Town) -> None:
    one = town.seen_by(town.prescribe(), "labo-nord").task_id
    two = town.prescribe().task_id
    assert set(found(town, "", who="dr-wagner")) == {one, two}
    assert found(town, "", who="dr-lopes") == []
    assert found(town, "", who="labo-nord") == [one]
    assert found(town, "", who="labo-sud") == []
    assert found(town, "", who="pharmacie-centrale") == []
    assert found(town, f"_id={two}", who="labo-nord") == []


def test_an_empty_searchset_has_no_entry(town: Town) -> None:
    answer = town.get("Task").json()
    assert answer == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
        "link": [{"relation": "self", "url": f"{town.world.fhir_base}/Task"}],
    }


def test_a_prescription_is_found_by_its_number(town: Town) -> None:
    one, two = town.prescribe(), town.prescribe()
    for number in (one.number, one.number.replace("-", ""), f"{PRESCRIPTION_NUMBER}|{one.number}"):
        assert found(town, f"identifier={number}", who="dr-meyer") == [one.task_id]
    assert found(town, f"_id={two.task_id}", who="dr-meyer") == [two.task_id]
    assert found(town, f"_id={two.task_id}&identifier={one.number}", who="dr-meyer") == []


def test_prescriptions_are_found_by_status(town: Town) -> None:
    active = town.prescribe().task_id
    cancelled = town.prescribe().task_id
    town.cancel(cancelled)
    by_status = {
        "status=ready": {active},
        "status=cancelled": {cancelled},
        "status=http://hl7.org/fhir/task-status|cancelled": {cancelled},
        "status=ready,cancelled": {active, cancelled},
        "status=draft": set(),
        f"business-status={ERX_BUSINESS_STATUS}|active": {active},
        "business-status=partially-dispensed": set(),
        "status=ready&business-status=partially-dispensed": set(),
    }
    for query, expected in by_status.items():
        assert set(found(town, query, who="dr-meyer")) == expected, query


def test_prescriptions_are_found_by_the_time_of_their_last_change(town: Town) -> None:
    early = town.prescribe()
    town.later(days=2)
    late = town.prescribe()
    moment = early.task["meta"]["lastUpdated"]
    day = moment[:10]
    expected = {
        f"_lastUpdated={day}": {early.task_id},
        f"_lastUpdated=eq{moment}": {early.task_id},
        f"_lastUpdated=gt{moment}": {late.task_id},
        f"_lastUpdated=ge{moment}": {early.task_id, late.task_id},
        f"_lastUpdated=lt{moment}": set(),
        f"_lastUpdated=le{day}": {early.task_id},
        f"_lastUpdated=ge{day}&_lastUpdated=lt{late.task['meta']['lastUpdated']}": {early.task_id},
    }
    for query, ids in expected.items():
        assert set(found(town, query, who="dr-meyer")) == ids, query


def test_pages_follow_each_other_without_loss(town: Town) -> None:
    made = {town.prescribe().task_id for _ in range(5)}
    answer = town.get("Task?_count=2", who="dr-meyer").json()
    seen = [entry["resource"]["id"] for entry in answer["entry"]]
    while following := [link["url"] for link in answer["link"] if link["relation"] == "next"]:
        answer = town.get(
            following[0].removeprefix(f"{town.world.fhir_base}/"), who="dr-meyer"
        ).json()
        assert answer["total"] == 5
        seen.extend(entry["resource"]["id"] for entry in answer["entry"])
    assert len(seen) == 5
    assert set(seen) == made
    counted = town.get("Task?_count=0", who="dr-meyer").json()
    assert (counted["total"], "entry" in counted) == (5, False)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("patient=1984031790315", 400, "search-parameter-unknown"),
        ("Status=ready", 400, "search-parameter-unknown"),
        ("status:not=ready", 400, "search-parameter-unknown"),
        ("=x", 400, "search-parameter-unknown"),
        ("status=done", 400, "search-parameter-invalid"),
        ("status=", 400, "search-parameter-invalid"),
        ("status=urn:x|ready", 400, "search-parameter-invalid"),
        ("business-status=ready", 400, "search-parameter-invalid"),
        ("status=ready&status=cancelled", 400, "search-parameter-invalid"),
        ("identifier=B-00000-00000-1", 400, "search-parameter-invalid"),
        ("identifier=urn:x|B-00000-00000-0", 400, "search-parameter-invalid"),
        ("_count=-1", 400, "search-parameter-invalid"),
        ("_count=many", 400, "search-parameter-invalid"),
        ("_count=99999999999999999999", 400, "search-parameter-invalid"),
        ("_offset=1.5", 400, "search-parameter-invalid"),
        ("_lastUpdated=yesterday", 400, "search-parameter-invalid"),
        ("_lastUpdated=ne2026-01-01", 400, "search-parameter-invalid"),
        ("_lastUpdated=", 400, "search-parameter-invalid"),
        ("_format=xml", 406, "not-acceptable"),
    ],
)
def test_what_a_search_cannot_mean_is_refused_and_named(
    town: Town, query: str, status: int, code: str
) -> None:
    answer = town.get(f"Task?{query}", who="dr-meyer")
    assert (answer.status_code, codes_of(answer)) == (status, [code])
    assert answer.json()["issue"][0]["details"]["text"]


def test_formats_of_json_may_be_asked_for(town: Town) -> None:
    for name in ("json", "application/json", "application%2Ffhir%2Bjson"):
        assert town.get(f"Task?_format={name}").status_code == 200


def test_a_search_is_audited_with_what_it_showed(town: Town) -> None:
    task_id = town.prescribe().task_id
    found(town, "", who="dr-meyer")
    last = town.trail()[-1].entry
    assert (last.action, last.entities) == ("search-task", (f"Task/{task_id}",))


def test_the_latest_change_comes_first(town: Town) -> None:
    ids = []
    for _ in range(3):
        ids.append(town.prescribe().task_id)
        town.world.clock.advance(timedelta(seconds=1))
    town.cancel(ids[0])
    assert found(town, "", who="dr-meyer") == [ids[0], ids[2], ids[1]]
