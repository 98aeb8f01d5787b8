"""ITI-78, ITI-83 and ITI-104 over TLS, asked by `requests`, judged by the published packages."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from reference_server.fhir.validation.validator import Validator
from reference_server.fhir.xml_reader import read_xml
from reference_server.fhir.xml_writer import write_xml
from reference_server.population.index import mpi_of
from reference_server.services.patients.model.traits import local_domain
from reference_server.world import World
from tests.reference_server.standing import Standing, System, trail_of

OWN = local_domain("90200116")
MATRICULE = "urn:oid:1.3.182.4.4"
ANNA = "1984031790315"
MPI = mpi_of(ANNA)
PDQM = "https://profiles.ihe.net/ITI/PDQm/StructureDefinition/IHE.PDQm."
PIXM = "https://profiles.ihe.net/ITI/PIXm/StructureDefinition/IHE.PIXm."


class Peer:
    """A system with a token, and an HTTP client that is not the lab's."""

    def __init__(self, server: Standing, world: World) -> None:
        name = "labo-nord-feed-app"
        system = System(world, server.trust(), server.keys[name])
        token = system.token(assertion=system.assertion(iss=name, sub=name))
        system.http.close()
        self.http = requests.Session()
        self.http.trust_env = False  # nobody else says whom to trust
        self.http.verify = str(server.authority)
        self.http.headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
        self.base = world.fhir_base
        self.root = world.base_url

    def get(self, path: str, params: Any = None) -> requests.Response:  # noqa: ANN401 - requests' own
        return self.http.get(f"{self.base}{path}", params=params, timeout=60)

    def put(self, number: str, resource: dict[str, Any]) -> requests.Response:
        params = {"identifier": f"{OWN}|{number}"}
        headers = {"Content-Type": "application/fhir+json"}
        url = f"{self.base}/Patient"
        return self.http.put(url, params=params, json=resource, headers=headers, timeout=60)

    def found(self, **params: str) -> set[str]:
        told = self.get("/Patient", params)
        assert told.status_code == 200, told.text
        return {entry["resource"]["id"] for entry in told.json()["entry"]}


@pytest.fixture
def peer(server: Standing, world: World) -> Iterator[Peer]:
    made = Peer(server, world)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def judge() -> Validator:
    suites = os.environ.get("EQUALIS_PUBLIC_SUITES")
    folder = Path(suites or "/nowhere").parent / "packages"
    names = ("hl7.fhir.uv.extensions.r4", "ihe.iti.pdqm", "ihe.iti.pixm")
    packages = [folder / f"{name}.tgz" for name in names]
    if not all(package.exists() for package in packages):
        pytest.skip("EQUALIS_PUBLIC_SUITES names no folder beside the packages PDQm and PIXm")
    return Validator(packages=packages)


def patient(number: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceType": "Patient",
        "identifier": [{"system": OWN, "value": number}],
        "name": [{"use": "official", "family": "Kayser-Lux", "given": ["Mia", "Zoé"]}],
        "gender": "female",
        "birthDate": "1991-05-06",
        "active": True,
        "telecom": [{"system": "phone", "value": "+352 621 300 400"}],
        "address": [
            {
                "line": ["7, rue du Puits"],
                "city": "Ettelbruck",
                "postalCode": "9050",
                "country": "LU",
                "state": "Diekirch",
            }
        ],
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
                "valueString": "Faber",
            }
        ],
        **more,
    }


ALONE = {
    "family": "kayser",
    "family:exact": "Kayser-Lux",
    "family:contains": "lux",
    "given": "Mia",
    "birthdate": "1991-05-06",
    "address": "Ettelbruck",
    "address-city": "ettel",
    "address-postalcode": "9050",
    "address-state": "Diekirch",
    "address-country": "LU",
    "telecom": "phone|+352 621 300 400",
    "mothersMaidenName": "Faber",
    "identifier": f"{OWN}|L1",
}
AROUND = {"active": "true", "gender": "female", "_lastUpdated": "gt2020-01-01"}


def test_each_parameter_finds_alone_and_all_of_them_together(peer: Peer, judge: Validator) -> None:
    mpi = peer.put("L1", patient("L1")).json()["id"]
    for name, value in ALONE.items():
        assert peer.found(**{name: value}) == {mpi}, name
    for name, value in AROUND.items():
        assert mpi in peer.found(**{name: value, "_count": "100"}), name
    everything = {**ALONE, **AROUND, "_id": mpi}
    answer = peer.get("/Patient", everything)
    assert answer.json()["total"] == 1
    told = judge.issues(answer.content, profiles=(f"{PDQM}QueryPatientResourceResponseMessage",))
    assert [each for each in told if each.severity == "error"] == []
    for name in ALONE:
        assert peer.found(**{**everything, name: "zzz" if name != "birthdate" else "1801"}) == set()


@pytest.mark.parametrize(
    ("date", "fits"),
    [
        ("1991", True),
        ("1991-05", True),
        ("ge1991-05-06", True),
        ("gt1991-05-06", False),
        ("lt1992", True),
        ("le1991-05-05", False),
        ("ne1991-05-06", False),
    ],
)
def test_birth_dates_are_compared_as_they_are_exact(peer: Peer, date: str, fits: bool) -> None:  # noqa: FBT001 - a case
    mpi = peer.put("L1", patient("L1")).json()["id"]
    assert peer.found(family="Kayser-Lux", birthdate=date) == ({mpi} if fits else set())


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"telecom": "+352 621 300"}, True),
        ({"telecom": "phone|"}, True),
        ({"telecom": "email|+352 621 300 400"}, False),
        ({"telecom": "email|x,phone|+352 621"}, True),
        ({"birthdate": "1990,1991-05-06"}, True),
        ({"birthdate": "1990,1992"}, False),
        ({"identifier": "L1"}, True),
        ({"identifier": "|L1"}, False),
        ({"gender": "male,female"}, True),
        ({"family": "weber,kayser"}, True),
    ],
)
def test_tokens_and_alternatives_mean_what_fhir_says(
    peer: Peer,
    params: dict[str, str],
    fits: bool,  # noqa: FBT001 - a case
) -> None:
    mpi = peer.put("L1", patient("L1")).json()["id"]
    assert peer.found(_id=mpi, **params) == ({mpi} if fits else set())


def test_last_updated_is_the_same_moment_in_every_zone(peer: Peer) -> None:
    fed = peer.put("L1", patient("L1")).json()
    told = datetime.fromisoformat(fed["meta"]["lastUpdated"])
    for hours in (-5, 0, 1):
        zone = timezone(timedelta(hours=hours))
        early, late = (
            (told + timedelta(minutes=minutes)).astimezone(zone).isoformat(timespec="seconds")
            for minutes in (-5, 5)
        )
        for asked, fits in (
            (f"ge{early}", True),
            (f"le{late}", True),
            (f"ge{late}", False),
            (f"le{early}", False),
        ):
            found = peer.found(_id=fed["id"], _lastUpdated=asked)
            assert found == ({fed["id"]} if fits else set()), asked


def test_a_next_page_has_the_form_of_the_first(peer: Peer) -> None:
    first = peer.get("/Patient", {"gender": "male", "_count": "2", "_format": "xml"})
    links = {each["relation"]: each["url"] for each in read_xml(first.content)["link"]}
    following = peer.http.get(links["next"], timeout=60)
    assert following.headers["Content-Type"].startswith("application/fhir+xml")
    assert len(read_xml(following.content)["entry"]) == 2


def test_a_search_by_domain_tells_the_numbers_of_that_domain_only(peer: Peer) -> None:
    peer.put("L1", patient("L1"))
    (entry,) = peer.get("/Patient", [("identifier", f"{OWN}|"), ("family", "Kayser")]).json()[
        "entry"
    ]
    assert entry["resource"]["identifier"] == [{"system": OWN, "value": "L1"}]


def test_pages_follow_each_other_until_everybody_was_told(peer: Peer) -> None:
    url, seen, total = f"{peer.base}/Patient?gender=male&_count=2", [], 0
    while url:
        page = peer.http.get(url, timeout=60).json()
        assert len(page["entry"]) <= 2
        total = page["total"]
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        url = next((each["url"] for each in page["link"] if each["relation"] == "next"), "")
    assert len(seen) == len(set(seen)) == total > 4


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"colour": "red"}, 400, "search-parameter-unknown"),
        ({"family:phonetic": "x"}, 400, "search-parameter-unknown"),
        ({"birthdate": "yesterday"}, 400, "search-parameter-invalid"),
        ({"birthdate": "ge1991,le1990"}, 400, "search-parameter-invalid"),
        ({"_lastUpdated": "ge2026-11-30T99:00:00Z"}, 400, "search-parameter-invalid"),
        ({"gender": "woman"}, 400, "search-parameter-invalid"),
        ({"active": "perhaps"}, 400, "search-parameter-invalid"),
        ({"_count": "many"}, 400, "search-parameter-invalid"),
        ({"identifier": "urn:oid:9.9.9|1"}, 400, "source-domain-unknown"),
    ],
)
def test_a_search_that_cannot_be_understood_is_refused(
    peer: Peer, params: dict[str, str], status: int, code: str
) -> None:
    answer = peer.get("/Patient", params)
    (issue,) = answer.json()["issue"]
    assert (answer.status_code, issue["details"]["coding"][0]["code"]) == (status, code)


def test_pix_tells_the_other_numbers_in_the_form_of_its_profile(
    peer: Peer, judge: Validator
) -> None:
    told = patient("L1")
    told["identifier"].append({"system": MATRICULE, "value": ANNA})
    told |= {"name": [{"family": "Weber", "given": ["Anna"]}], "birthDate": "1984-03-17"}
    assert peer.put("L1", told).json()["id"] == MPI
    answer = peer.get("/Patient/$ihe-pix", {"sourceIdentifier": f"{OWN}|L1"})
    assert answer.status_code == 200
    values = [each.get("valueIdentifier", {}).get("value") for each in answer.json()["parameter"]]
    assert {MPI, ANNA} <= set(values)
    assert "L1" not in values
    wrong = judge.issues(answer.content, profiles=(f"{PIXM}Query.Parameters.Out",))
    assert [each for each in wrong if each.severity == "error"] == []
    asked = {"sourceIdentifier": f"{OWN}|L1", "targetSystem": MATRICULE}
    narrow = peer.get("/Patient/$ihe-pix", asked).json()["parameter"]
    assert [each["name"] for each in narrow] == ["targetIdentifier", "targetId"]
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, "valueString": value} for name, value in asked.items()],
    }
    assert peer.http.post(f"{peer.base}/Patient/$ihe-pix", json=body, timeout=60).json() == (
        peer.get("/Patient/$ihe-pix", asked).json()
    )


@pytest.mark.parametrize(
    ("params", "status", "issue"),
    [
        ({"sourceIdentifier": f"{OWN}|nobody"}, 404, "not-found"),
        ({"sourceIdentifier": "urn:oid:9.9.9|1"}, 400, "code-invalid"),
        (
            {"sourceIdentifier": f"{MATRICULE}|{ANNA}", "targetSystem": "urn:oid:9.9.9"},
            403,
            "code-invalid",
        ),
        ({}, 400, "required"),
        ({"sourceIdentifier": ANNA}, 400, "value"),
        ({"sourceIdentifier": f"{MATRICULE}|{ANNA}", "other": "x"}, 400, "value"),
    ],
)
def test_pix_has_the_errors_of_its_table(
    peer: Peer, params: dict[str, str], status: int, issue: str
) -> None:
    answer = peer.get("/Patient/$ihe-pix", params)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, issue)


def test_a_feed_adds_revises_resolves_a_duplicate_and_removes(peer: Peer, world: World) -> None:
    first = peer.put("L1", patient("L1"))
    assert first.status_code == 201
    assert peer.put("L1", patient("L1", birthDate="1991-05-07")).status_code == 200
    assert peer.put("L2", patient("L2", birthDate="1991-05-07")).status_code == 201
    link = {"other": {"identifier": {"system": OWN, "value": "L1"}}, "type": "replaced-by"}
    merged = peer.put("L2", patient("L2", active=False, link=[link]))
    assert merged.status_code == 200
    gone = peer.get("/Patient/$ihe-pix", {"sourceIdentifier": f"{OWN}|L2"})
    assert gone.status_code == 404
    url = f"{peer.base}/Patient?identifier={OWN}|L1"
    assert peer.http.delete(url, timeout=60).status_code == 204
    assert peer.http.delete(url, timeout=60).status_code == 409
    assert peer.get("/Patient/$ihe-pix", {"sourceIdentifier": f"{OWN}|L1"}).status_code == 404
    actions = [each.entry.action for each in trail_of(world)]
    assert actions.count("feed-patient") == 6


def test_the_identity_state_is_fed_told_and_falls_with_a_strict_trait(peer: Peer) -> None:
    system = "https://www.esante.lu/fhir-spec/CodeSystem/identity-state"

    def tagged(*codes: str) -> dict[str, Any]:
        return {"meta": {"tag": [{"system": system, "code": code} for code in codes]}}

    fed = peer.put("L1", patient("L1", **tagged("validated")))
    assert fed.status_code == 201, fed.text
    for answer in (fed.json(), peer.get(f"/Patient/{fed.json()['id']}").json()):
        assert answer["meta"]["tag"] == tagged("validated")["meta"]["tag"]
    said_nothing = peer.put("L1", patient("L1", telecom=[])).json()
    assert said_nothing["meta"]["tag"][0]["code"] == "validated"
    changed = peer.put("L1", patient("L1", birthDate="1991-05-07")).json()
    assert changed["meta"]["tag"][0]["code"] == "provisional"
    for wrong in (tagged("sure"), tagged("validated", "retrieved"), {"meta": 1}):
        refused = peer.put("L1", patient("L1", **wrong))
        assert refused.status_code == 400, refused.text


def test_a_person_merged_away_says_who_took_the_place(peer: Peer, judge: Validator) -> None:
    peer.put("L1", patient("L1"))
    other = patient("L2", birthDate="1960-01-02", name=[{"family": "Other", "given": ["Nora"]}])
    old = peer.put("L2", other).json()["id"]
    link = {"other": {"identifier": {"system": OWN, "value": "L1"}}, "type": "replaced-by"}
    kept = peer.put("L2", {**other, "active": False, "link": [link]}).json()["id"]
    answer = peer.get(f"/Patient/{old}")
    told = answer.json()
    assert told["active"] is False
    assert told["link"] == [{"other": {"reference": f"Patient/{kept}"}, "type": "replaced-by"}]
    wrong = judge.issues(answer.content, profiles=(f"{PDQM}Patient",))
    assert [each for each in wrong if each.severity == "error"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"identifier": [{"system": OWN, "value": "L9"}]}, 400, "parameter-missing"),
        ({"identifier": [{"value": "L1"}]}, 400, "parameter-missing"),
        ({"name": []}, 422, "identity-name-missing"),
        ({"birthDate": "6.5.1991"}, 422, "identity-trait-wrong"),
        (
            {
                "identifier": [
                    {"system": OWN, "value": "L1"},
                    {"system": local_domain("90100112"), "value": "X"},
                ]
            },
            403,
            "identity-domain-foreign",
        ),
        (
            {
                "identifier": [
                    {"system": OWN, "value": "L1"},
                    {"system": "urn:oid:9.9", "value": "X"},
                ]
            },
            400,
            "source-domain-unknown",
        ),
    ],
)
def test_a_feed_that_will_not_do_is_refused_and_changes_nothing(
    peer: Peer, change: dict[str, Any], status: int, code: str
) -> None:
    answer = peer.put("L1", patient("L1", **change))
    assert answer.status_code == status
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code
    assert peer.get("/Patient/$ihe-pix", {"sourceIdentifier": f"{OWN}|L1"}).status_code == 404


def test_the_agencys_own_form_by_matricule_is_answered_flat(peer: Peer) -> None:
    headers = {"matricule": ANNA, "user": "x", "location": "y", "reqID": "r-1"}
    answer = peer.http.post(f"{peer.root}/mpi/by-matricule", headers=headers, timeout=60)
    told = answer.json()
    assert (told["reqId"], told["familyname"], told["birthtime"]) == ("r-1", "Weber", "19840317")
    del headers["user"]
    missing = peer.http.post(f"{peer.root}/mpi/by-matricule", headers=headers, timeout=60)
    assert missing.status_code == 400


def test_match_is_answered_in_the_form_of_its_profile(peer: Peer, judge: Validator) -> None:
    body = {
        "resourceType": "Patient",
        "identifier": [{"system": MATRICULE, "value": ANNA}],
        "name": [{"family": "Weber", "given": ["Anna"]}],
        "gender": "female",
        "birthDate": "1984-03-17",
    }
    headers = {"Content-Type": "application/json", "location": "y", "reqid": "r", "user": "x"}
    url = f"{peer.base}/Patient/$match"
    answer = peer.http.post(url, json=body, headers=headers, timeout=60)
    assert answer.json()["entry"][0]["resource"]["id"] == MPI
    wrong = judge.issues(answer.content, profiles=(f"{PDQM}MatchParametersOut",))
    errors = {each.rule for each in wrong if each.severity == "error"}
    assert errors <= {"extension-unknown"}


XML = {"Content-Type": "application/fhir+xml; charset=utf-8", "Accept": "application/fhir+xml"}


def test_a_patient_fed_in_xml_is_read_in_either_form(peer: Peer) -> None:
    url, params = f"{peer.base}/Patient", {"identifier": f"{OWN}|X-1", "_format": "xml"}
    body = write_xml(patient("X-1"))
    fed = peer.http.put(url, params=params, data=body, headers=XML, timeout=60)
    assert fed.status_code == 201, fed.text
    assert fed.headers["Content-Type"] == "application/fhir+xml; charset=utf-8"
    mpi = read_xml(fed.content)["id"]
    for asked in ({"params": {"_format": "application/fhir+xml"}}, {"headers": XML}):
        read = peer.http.get(f"{url}/{mpi}", timeout=60, **asked)  # type: ignore[arg-type]  # two ways
        assert read_xml(read.content) == peer.get(f"/Patient/{mpi}").json()
    bundle = read_xml(peer.get("/Patient", {"family": "kayser", "_format": "xml"}).content)
    assert [each["resource"]["id"] for each in bundle["entry"]] == [mpi]


def test_a_match_is_asked_and_answered_in_xml(peer: Peer) -> None:
    peer.put("X-2", patient("X-2"))
    asked = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient("X-3")}],
    }
    url = f"{peer.base}/Patient/$match"
    in_json = peer.http.post(url, json=asked, timeout=60).json()
    in_xml = read_xml(peer.http.post(url, data=write_xml(asked), headers=XML, timeout=60).content)
    assert in_xml["entry"] == in_json["entry"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<Patient", b'<!DOCTYPE a [<!ENTITY b "c">]><Patient/>', b"<a/>", b"\xff\xfe"],
)
def test_a_broken_xml_body_is_refused_in_xml_and_changes_nothing(peer: Peer, body: bytes) -> None:
    url, params = f"{peer.base}/Patient", {"identifier": f"{OWN}|X-4"}
    told = peer.http.put(url, params=params, data=body, headers=XML, timeout=60)
    outcome = read_xml(told.content)
    assert told.status_code == 400
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "body-not-xml"
    assert peer.found(identifier=f"{OWN}|X-4") == set()


def test_a_number_unknown_is_refused_in_xml_and_an_unknown_format_at_all(peer: Peer) -> None:
    asked = {"sourceIdentifier": f"{OWN}|nobody", "_format": "text/xml"}
    told = peer.get("/Patient/$ihe-pix", asked)
    assert told.status_code == 404
    assert read_xml(told.content)["resourceType"] == "OperationOutcome"
    assert peer.get(f"/Patient/{MPI}", {"_format": "ttl"}).status_code == 406


def test_a_patient_finds_who_looked_at_their_identity_among_the_traces_about_them(
    peer: Peer, world: World
) -> None:
    """Each matricule found has an event of its own; nobody's stand together in one."""
    nobodys = peer.put("L1", patient("L1", birthDate="1984-03-17")).json()["id"]
    before = len(trail_of(world))
    assert {MPI, nobodys} <= peer.found(birthdate="1984-03-17")
    told = [each.entry for each in trail_of(world)[before:]]
    assert [each.entities for each in told if each.patient == ANNA] == [(f"Patient/{MPI}",)]
    (together,) = [each for each in told if each.patient is None]
    assert f"Patient/{nobodys}" in together.entities
    assert f"Patient/{MPI}" not in together.entities
    before = len(trail_of(world))
    peer.get(f"/Patient/{MPI}")
    assert [each.entry.patient for each in trail_of(world)[before:]] == [ANNA]
