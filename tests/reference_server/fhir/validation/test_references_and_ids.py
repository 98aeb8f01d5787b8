"""The form of references, and ids of elements, which are unique within a resource."""

import pytest

from tests.reference_server.fhir.validation.judged import Resource, wrong

UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"


@pytest.mark.parametrize(
    ("reference", "good"),
    [
        ("Organization/1", True), ("Organization/1/_history/2", True), ("http://a.lu/x/y", True),
        (UUID, True), ("urn:oid:1.2.3", True), ("Organization?identifier=a|1", True),
        ("1", False), ("organization 1", False), ("../Organization/1", False),
        ("/Organization/1", False),
    ],
)  # fmt: skip
def test_a_reference_has_one_of_its_forms(reference: str, *, good: bool) -> None:
    patient = {"resourceType": "Patient", "managingOrganization": {"reference": reference}}
    place = ("reference-format", "Patient.managingOrganization.reference")
    assert wrong(patient) == ([] if good else [place])


def named(*ids: str) -> Resource:
    return {"resourceType": "Patient", "name": [{"id": each, "family": "N"} for each in ids]}


def test_the_id_of_an_element_is_its_own_within_its_resource() -> None:
    assert wrong(named("a", "b")) == []
    assert wrong(named("a", "a")) == [("element-id-twice", "Patient.name[1]")]


def test_two_resources_may_use_the_same_ids() -> None:
    held = {**named("a"), "contained": [{**named("a"), "id": "a"}],
            "link": [{"other": {"reference": "#a"}, "type": "seealso"}]}  # fmt: skip
    assert wrong(held) == []
    entries = [{"fullUrl": f"{UUID[:-1]}{at}", "resource": named("a")} for at in range(2)]
    assert wrong({"resourceType": "Bundle", "type": "collection", "entry": entries}) == []


def test_a_reference_to_what_is_not_contained_leads_nowhere() -> None:
    patient = {"resourceType": "Patient", "managingOrganization": {"reference": "#gone"}}
    place = "Patient.managingOrganization"
    assert wrong(patient) == [("reference-not-contained", place), ("invariant", place)]
    held = {"resourceType": "Organization", "id": "gone", "name": "O"}
    assert wrong({**patient, "contained": [held]}) == []
    itself = {"resourceType": "Patient", "link": [{"other": {"reference": "#"}, "type": "refer"}]}
    assert wrong(itself) == []
