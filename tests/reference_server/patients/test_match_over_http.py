"""`Patient/$match` over TLS, as a laboratory's software asks it."""

from typing import Any

import httpx
import pytest

from reference_server.fhir.validation.validator import Validator
from reference_server.population.index import mpi_of
from reference_server.services.patients.fhir.matching import MATCH_GRADE
from reference_server.world import World
from tests.reference_server.standing import Standing, System, trail_of

ANNA = {
    "resourceType": "Patient",
    "name": [{"family": "Weber", "given": ["Anna"]}],
    "gender": "female",
    "birthDate": "1984-03-17",
}
MATRICULE = {"system": "urn:oid:1.3.182.4.4", "value": "1984031790315"}
MPI = mpi_of(MATRICULE["value"])


def asked(resource: dict[str, Any], **more: object) -> dict[str, Any]:
    kinds = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}
    told = [{"name": name, kinds[type(value)]: value} for name, value in more.items()]
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": resource}, *told],
    }


SYSTEM = "labo-nord-index-app"


@pytest.fixture
def match(server: Standing, world: World, laboratory: System) -> Any:  # noqa: ANN401 - a function of a test
    system = System(world, server.trust(), server.keys[SYSTEM])
    token = system.token(assertion=system.assertion(iss=SYSTEM, sub=SYSTEM))
    system.http.close()

    def send(body: dict[str, Any], *, bearer: str | None = token) -> httpx.Response:
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        return laboratory.http.post(f"{laboratory.fhir}/Patient/$match", json=body, headers=headers)

    return send


def test_a_patient_described_is_found_with_a_score_and_a_grade(match: Any) -> None:  # noqa: ANN401 - a function
    answer = match(asked({**ANNA, "identifier": [MATRICULE]}))
    assert answer.status_code == 200
    bundle = answer.json()
    (entry,) = bundle["entry"]
    assert entry["resource"]["id"] == MPI
    assert MATRICULE in entry["resource"]["identifier"]
    assert entry["search"]["mode"] == "match"
    assert 0.99 < entry["search"]["score"] <= 1
    grades = [e["valueCode"] for e in entry["search"]["extension"] if e["url"] == MATCH_GRADE]
    assert grades == ["certain"]
    wrong = [each for each in Validator().issues(answer.content) if each.severity == "error"]
    # Our own extension is told in SPEC.md; no published package has it.
    assert {each.rule for each in wrong} <= {"extension-unknown"}


def test_name_and_birth_date_alone_are_not_certain(match: Any) -> None:  # noqa: ANN401 - a function
    assert match(asked(ANNA, onlyCertainMatches=True)).json()["entry"] == []
    (entry,) = match(asked(ANNA)).json()["entry"]
    told = {each["url"]: each for each in entry["search"]["extension"]}
    assert told[MATCH_GRADE]["valueCode"] in {"probable", "possible"}
    assert any("too-little" in str(each.get("valueString")) for each in told.values())


@pytest.mark.parametrize(
    "identifier", [MATRICULE, {"system": "urn:oid:1.3.182.2.4.2", "value": MPI}]
)
def test_a_number_alone_names_its_person(match: Any, identifier: dict[str, str]) -> None:  # noqa: ANN401 - a function
    body = {"resourceType": "Patient", "identifier": [identifier]}
    (entry,) = match(body).json()["entry"]
    assert entry["resource"]["id"] == MPI


def test_nobody_found_is_an_empty_answer(match: Any) -> None:  # noqa: ANN401 - a function
    answer = match(asked({"resourceType": "Patient", "name": [{"family": "Niemand"}]}, count=1))
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"resourceType": "Bundle"}, 400, "resource-type-wrong"),
        ({"resourceType": "Parameters"}, 400, "parameter-missing"),
        (asked({"resourceType": "Person"}), 400, "resource-type-wrong"),
        (asked(ANNA, count=0), 400, "parameter-invalid"),
        (asked(ANNA, colour="red"), 400, "parameter-invalid"),
        (asked(ANNA, onlyCertainMatches="yes"), 400, "parameter-invalid"),
        (asked({**ANNA, "name": "Weber"}), 400, "parameter-invalid"),
        (asked({**ANNA, "gender": "woman"}), 400, "parameter-invalid"),
        (asked({**ANNA, "birthDate": "17.3.1984"}), 422, "identity-trait-wrong"),
        (asked({**ANNA, "modifierExtension": [{"url": "x"}]}), 400, "identity-modifier-unknown"),
    ],
)
def test_what_cannot_be_understood_says_where_and_what(
    match: Any,  # noqa: ANN401 - a function
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = match(body)
    assert answer.status_code == status
    (issue,) = answer.json()["issue"]
    assert issue["details"]["coding"][0]["code"] == code
    assert issue["details"]["text"]


def test_asking_needs_a_token_and_leaves_a_trace_of_who_was_found(match: Any, world: World) -> None:  # noqa: ANN401 - a function
    assert match(asked(ANNA), bearer=None).status_code == 401
    assert match(asked(ANNA)).status_code == 200
    refused, found = trail_of(world)[-2:]
    assert refused.entry.action == found.entry.action == "match-patient"
    assert found.entry.entities == (f"Patient/{MPI}",)
    assert found.entry.caller is not None
