"""What a document with very much in it is told, and that nothing in it passes in silence."""

import json
from pathlib import Path
from typing import Any

import pytest

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.validation.gathered import MOST_ISSUES
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator

Json = dict[str, Any]


def patients(count: int) -> list[Json]:
    """Entries that each lead to a remark (no narrative) and to no error."""
    return [
        {
            "fullUrl": f"urn:uuid:{at:08d}-0000-4000-8000-000000000000",
            "resource": {"resourceType": "Patient", "id": str(at), "active": True},
        }
        for at in range(count)
    ]


def judged(resource: Json, *, library: Library | None = None) -> list[Json]:
    found = Validator(library=library).validate(json.dumps(resource).encode())
    told: list[Json] = found["issue"]
    return told


def rules(issues: list[Json]) -> list[str]:
    return [each["details"]["coding"][0]["code"] for each in issues]


def test_an_error_behind_a_thousand_remarks_is_told() -> None:
    entries = patients(MOST_ISSUES + 50)
    entries[-1]["resource"]["gender"] = "man"
    issues = judged({"resourceType": "Bundle", "type": "collection", "entry": entries})
    errors = [each for each in issues if each["severity"] == "error"]
    assert rules(errors) == ["binding-required"]
    assert errors[0]["expression"] == [f"Bundle.entry[{MOST_ISSUES + 49}].resource.gender"]
    assert rules(issues)[-1] == "issues-left-out"
    assert issues[-1]["severity"] == "information"
    assert len(issues) == MOST_ISSUES + 2


def test_what_ends_early_says_that_it_was_not_looked_at_to_the_end() -> None:
    names = [{"wrong": 1} for _ in range(MOST_ISSUES + 5)]
    found = Validator().issues(json.dumps({"resourceType": "Patient", "name": names}).encode())
    assert found[-1].rule == "issues-left-out"
    assert found[-1].not_checked
    assert len(found) <= MOST_ISSUES + 2


def test_a_target_with_very_many_faults_ends_the_trial_and_not_the_judgement() -> None:
    url = "http://e.example/Fitting"
    library = Library()
    library.lay(
        [
            {
                "resourceType": "StructureDefinition", "url": url, "name": "Fitting",
                "status": "draft", "kind": "resource", "abstract": False, "type": "Patient",
                "baseDefinition": f"{BASE}Patient", "derivation": "constraint",
                "differential": {"element": [
                    {"id": "Patient.name.family", "path": "Patient.name.family", "min": 1}]},
            },
            {
                "resourceType": "StructureDefinition", "url": "http://e.example/About",
                "name": "About", "status": "draft", "kind": "resource", "abstract": False,
                "type": "Basic", "baseDefinition": f"{BASE}Basic", "derivation": "constraint",
                "differential": {"element": [
                    {"id": "Basic.subject", "path": "Basic.subject",
                     "type": [{"code": "Reference", "targetProfile": [url]}]}]},
            },
        ]
    )  # fmt: skip
    first, second = (each["fullUrl"] for each in patients(2))
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "fullUrl": first,
                "resource": {
                    "resourceType": "Basic",
                    "meta": {"profile": ["http://e.example/About"]},
                    "code": {"text": "about"},
                    "subject": {"reference": second},
                },
            },
            {
                "fullUrl": second,
                "resource": {
                    "resourceType": "Patient",
                    "name": [{"text": str(at)} for at in range(MOST_ISSUES + 5)],
                },
            },
        ],
    }
    issues = judged(bundle, library=library)
    assert "reference-target" in rules(issues)
    assert "issues-left-out" not in rules(issues)


@pytest.mark.parametrize("told", [{}, {"resourceType": 7}, {"resourceType": None}])
def test_a_resource_without_its_type_is_told_so(told: Json) -> None:
    (issue,) = judged(told)
    assert (issue["severity"], issue["code"]) == ("fatal", "required")
    assert rules([issue]) == ["resource-type-missing"]
    assert "resourceType" in issue["details"]["text"]


def test_a_broken_invariant_is_told_with_what_it_says(tmp_path: Path) -> None:
    resource = {"resourceType": "Patient", "contact": [{"gender": "male"}]}
    found = Validator(packages=[tmp_path]).validate(json.dumps(resource).encode())
    said = [each["details"]["text"] for each in found["issue"] if each["severity"] == "error"]
    assert any("pat-1" in each and "name.exists()" in each for each in said)
