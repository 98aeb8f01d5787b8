"""The register changes the directory, and whoever follows it hears of every change (ITI-91)."""

import pytest

from reference_server.population.directory import synthetic_directory
from reference_server.services.providers.store.directory import Directory
from tests.reference_server.providers.desk import Desk, Json, codes_of

GROUP: Json = {
    "resourceType": "Organization",
    "id": "group-1",
    "active": True,
    "type": [{"coding": [{"system": "urn:x", "code": "group"}]}],
    "name": "Groupe de cabinets",
}


def changes(desk: Desk, path: str) -> list[tuple[str, str]]:
    entries = desk.bundle(path).get("entry", ())
    return [(each["request"]["method"], each["request"]["url"]) for each in entries]


def now(desk: Desk) -> str:
    return f"{desk.world.clock.wire_now():%Y-%m-%dT%H:%M:%S.%f}"[:23] + "Z"


def test_what_the_register_does_is_followed_in_order(desk: Desk) -> None:
    own = f"Organization/{GROUP['id']}"
    assert desk.ids(f"Organization?_id={GROUP['id']}") == [], "the first to look fills it"
    since = now(desk)
    assert desk.change("PUT", own, GROUP).status_code == 201
    assert desk.change("PUT", own, {**GROUP, "name": "Groupe du Nord"}).status_code == 200
    assert desk.change("PUT", own, {**GROUP, "name": "Groupe du Nord"}).status_code == 200
    assert desk.ids("Organization?name=groupe du nord") == ["group-1"]
    assert desk.ids("Organization?name=groupe de cabinets") == []
    assert desk.change("DELETE", own).status_code == 204
    assert desk.ids("Organization?name=groupe") == []
    gone = desk.ask(own)
    assert (gone.status_code, codes_of(gone)) == (410, ["directory-entry-gone"])
    assert changes(desk, f"Organization/_history?_since={since}") == [
        ("DELETE", own),
        ("PUT", own),
        ("POST", "Organization"),
    ]
    assert len(changes(desk, f"{own}/_history")) == 3
    assert desk.change("PUT", own, GROUP).status_code == 201
    assert desk.ask(own).json()["meta"]["versionId"] == "4"
    assert desk.change("DELETE", own).status_code == 204


def test_a_hierarchy_is_searched_up_and_down(desk: Desk) -> None:
    def of(name: str, above: str | None) -> Json:
        part = {} if above is None else {"partOf": {"reference": f"Organization/{above}"}}
        return {**GROUP, "id": name, "name": name, **part}

    for name, above in (("h-top", None), ("h-mid", "h-top"), ("h-low", "h-mid")):
        assert desk.change("PUT", f"Organization/{name}", of(name, above)).status_code == 201
    assert desk.ids("Organization?partof=h-top") == ["h-mid"]
    assert desk.ids("Organization?partof:below=h-top") == ["h-low", "h-mid", "h-top"]
    assert desk.ids("Organization?partof:above=h-mid") == ["h-mid", "h-top"]
    assert desk.ids("Organization?partof.name=h-mid") == ["h-low"]


def test_only_the_register_changes_anything(desk: Desk) -> None:
    answer = desk.ask(
        "Organization/group-9",
        method="PUT",
        body={**GROUP, "id": "group-9"},
        scope="directory.write",
    )
    assert codes_of(answer) == ["role-not-allowed"]
    assert desk.ask("Organization/group-9").status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": "other"}, "directory-entry-malformed"),
        ({"name": None}, "directory-entry-malformed"),
        ({"type": "hospital"}, "directory-entry-malformed"),
        ({"identifier": [7]}, "directory-entry-malformed"),
        ({"meta": 7}, "directory-entry-malformed"),
        (
            {"identifier": [{"system": "urn:oid:1.3.182.4.6", "value": "123456-78"}]},
            "directory-identifier-malformed",
        ),
    ],
)
def test_what_could_not_be_found_again_is_refused(desk: Desk, changed: Json, code: str) -> None:
    answer = desk.change("PUT", "Organization/group-1", {**GROUP, **changed})
    assert (answer.status_code, codes_of(answer)) == (422, [code])


def test_a_certificate_comes_with_the_professional(desk: Desk) -> None:
    with desk.world.store.write() as tx:
        Directory(desk.world).put_certificate(tx, "9100000025", b"\x30\x03der")
    extension = desk.ask("Practitioner/9100000025").json()["extension"][0]
    assert extension["valueBase64Binary"] == "MANkZXI="


def test_the_synthetic_directory_is_the_same_for_everybody() -> None:
    organizations, people = synthetic_directory()
    assert len(people) == 5000
    assert len({person.ehealth_id for person in people}) == 5000
    assert len({person.cns_code for person in people} | {o.cns_code for o in organizations}) == (
        5000 + len(organizations)
    )
    known = {organization.cns_code for organization in organizations}
    assert {person.organization for person in people} <= known
    synthetic_directory.cache_clear()
    assert synthetic_directory() == (organizations, people)
