"""`$validate` over real HTTP: by type and by id, with profiles and modes, in three languages."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reference_server.specification import Settings, read
from reference_server.world import World
from tests.reference_server.standing import Standing

Json = dict[str, Any]
SPECIFICATION = read(Settings())
LINE = "https://www.esante.lu/fhir-spec/StructureDefinition/erx-line"
FHIR = {"Content-Type": "application/fhir+json"}


@pytest.fixture
def http(server: Standing, world: World) -> Iterator[httpx.Client]:
    with httpx.Client(verify=server.trust(), base_url=world.fhir_base, timeout=60) as client:
        yield client


def example(name: str) -> Json:
    return next(each.resource for each in SPECIFICATION.examples if each.id == name)


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [
        (issue["details"]["coding"][0]["code"], issue["expression"][0])
        for issue in outcome["issue"]
        if issue["severity"] in {"error", "fatal"}
    ]


def call(resource: Json, **more: Json) -> Json:
    told = [{"name": name, **value} for name, value in more.items()]
    held = {"name": "resource", "resource": resource}
    return {"resourceType": "Parameters", "parameter": [held, *told]}


def test_a_resource_of_its_own_is_looked_at_with_lines_of_the_body(http: httpx.Client) -> None:
    body = b'{\n  "resourceType": "Patient",\n  "gender": "f"\n}'
    answer = http.post("/Patient/$validate", content=body, headers=FHIR)
    assert errors(answer) == [("binding-required", "Patient.gender")]
    place = {e["url"].rpartition("-")[2]: e["valueInteger"]
             for e in answer.json()["issue"][0]["extension"]}  # fmt: skip
    assert place == {"line": 3, "col": 13}


def test_a_profile_is_named_in_the_query_or_in_parameters(http: httpx.Client) -> None:
    line = {**example("line-not-to-be-done")}
    line.pop("meta")
    assert errors(http.post("/ServiceRequest/$validate", json=line, headers=FHIR)) == []
    wanted = [("too-many", "ServiceRequest")]
    asked = http.post("/ServiceRequest/$validate", params={"profile": LINE}, json=line,
                      headers=FHIR)  # fmt: skip
    assert errors(asked) == wanted
    body = call(line, profile={"valueUri": LINE}, mode={"valueCode": "profile"})
    assert errors(http.post("/ServiceRequest/$validate", json=body, headers=FHIR)) == wanted


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_it_speaks_the_callers_language(http: httpx.Client, language: str) -> None:
    words = {"fr": "existe pas ici", "en": "There is no", "de": "gibt es"}
    answer = http.post(
        "/Patient/$validate",
        content=json.dumps({"resourceType": "Patient", "colour": "red"}),
        headers={**FHIR, "Accept-Language": language},
    )
    assert words[language] in answer.json()["issue"][0]["details"]["text"]


def test_an_address_with_an_id_wants_the_resource_to_bear_it(http: httpx.Client) -> None:
    patient = {"resourceType": "Patient", "id": "a", "active": True}
    assert errors(http.post("/Patient/a/$validate", json=patient, headers=FHIR)) == []
    assert errors(http.post("/Patient/b/$validate", json=patient, headers=FHIR)) == [
        ("id-of-update", "Patient")
    ]


@pytest.mark.parametrize(
    ("mode", "rules"),
    [
        ("create", []),
        ("update", [("id-of-update", "Patient")]),
        ("delete", [("delete-not-supported", "Patient")]),
    ],
)
def test_modes(http: httpx.Client, mode: str, rules: list[tuple[str, str]]) -> None:
    patient = {"resourceType": "Patient", "active": True}
    answer = http.post("/Patient/$validate", params={"mode": mode}, json=patient, headers=FHIR)
    assert errors(answer) == rules


@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        ("/Patient/$validate", {"resourceType": "Observation"}, 400),
        ("/Clinic/$validate", {"resourceType": "Clinic"}, 404),
        ("/Patient/$validate?mode=guess", {"resourceType": "Patient"}, 400),
        ("/Patient/$validate?mode=profile", {"resourceType": "Patient"}, 400),
        ("/Patient/$validate?colour=red", {"resourceType": "Patient"}, 400),
        ("/Patient/$validate", {"resourceType": "Parameters", "parameter": []}, 400),
        ("/Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": 1}]}, 400),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    http: httpx.Client, target: str, body: Json, status: int
) -> None:
    answer = http.post(target, json=body, headers=FHIR)
    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_profile_that_is_not_at_hand_is_said_as_not_checked(http: httpx.Client) -> None:
    answer = http.post(
        "/Patient/$validate",
        params={"profile": "http://example.org/none"},
        json={"resourceType": "Patient", "active": True},
        headers=FHIR,
    )
    assert errors(answer) == [("profile-unknown", "Patient")]


@pytest.mark.parametrize(
    "each", [e for e in SPECIFICATION.examples if e.breaks is None], ids=lambda e: e.id
)
def test_every_valid_example_is_valid_over_http(http: httpx.Client, each: Any) -> None:  # noqa: ANN401  an Example
    kind = each.resource["resourceType"]
    if each.resource["resourceType"] == "Parameters":
        pytest.skip("asks itself")
    answer = http.post(
        f"/{kind}/$validate", params={"profile": each.profile}, json=each.resource, headers=FHIR
    )
    assert errors(answer) == []
