"""What a code means, and whether it is one: `$lookup`, `$validate-code`, `$subsumes`."""

import pytest

from tests.reference_server.standing import refusal_codes
from tests.reference_server.terminology.asking import (
    ACT_CODE,
    ACTS,
    ANALYSES,
    BASE,
    DOCUMENT_TYPES,
    GENDER,
    GENDERS,
    UCUM,
    Asker,
    told,
)

LOOKUP, SUBSUMES = "/CodeSystem/$lookup", "/CodeSystem/$subsumes"
IN_SYSTEM, IN_SET = "/CodeSystem/$validate-code", "/ValueSet/$validate-code"


def test_a_code_is_looked_up_with_name_version_and_display(asker: Asker) -> None:
    found = asker.told(LOOKUP, system=GENDER, code="male")
    assert found["name"] == "AdministrativeGender"
    assert (found["version"], found["display"]) == ("4.0.1", "Male")
    assert {each["language"]: each["value"] for each in found["designation"]} == {
        "fr": "Masculin",
        "de": "Männlich",
    }


@pytest.mark.parametrize(
    ("language", "display"),
    [("fr", "Féminin"), ("de", "Weiblich"), ("de-LU", "Weiblich"), ("pt", "Female")],
)
def test_a_display_is_in_the_language_asked_for_where_there_is_one(
    asker: Asker, language: str, display: str
) -> None:
    found = asker.told(LOOKUP, system=GENDER, code="female", displayLanguage=language)
    assert found["display"] == display


def test_a_national_analysis_tells_its_specimen_version_and_conditions(asker: Asker) -> None:
    found = asker.told(LOOKUP, system=ANALYSES, code="BIO-0102")
    properties = [(each["code"], each["value"]) for each in found["property"]]
    assert ("specimen", "Plasma fluoré") in properties
    assert ("version", 1) in properties
    assert {value["code"] for name, value in properties if name == "condition"} == {
        "FASTING",
        "PREGNANCY",
    }


def test_the_properties_asked_for_are_the_only_ones_told(asker: Asker) -> None:
    found = asker.told(LOOKUP, system=ANALYSES, code="BIO-0102", property="specimen")
    assert [each["code"] for each in found["property"]] == ["specimen"]
    assert "designation" not in found


def test_a_hierarchy_is_told_as_parents_and_children(asker: Asker) -> None:
    found = asker.told(LOOKUP, system=ACTS, code="S.H.1")
    properties = [(each["code"], each["value"]) for each in found["property"]]
    assert ("parent", "S.H") in properties
    assert ("child", "S-H01") in properties


def test_a_coding_is_looked_up_like_a_code(asker: Asker) -> None:
    sent = {"valueCoding": {"system": GENDER, "code": "male"}}
    assert told(asker.post(LOOKUP, coding=sent)) == asker.told(LOOKUP, system=GENDER, code="male")


def test_an_answer_kept_is_the_answer_given(asker: Asker) -> None:
    first, second = (asker.get(LOOKUP, system=GENDER, code="male") for _ in range(2))
    assert first.content == second.content


@pytest.mark.parametrize(
    ("query", "status", "refusal"),
    [
        ({"system": GENDER, "code": "man"}, 404, "terminology-code-unknown"),
        ({"system": "urn:oid:1.2.3", "code": "x"}, 404, "terminology-system-unknown"),
        ({"system": "http://loinc.org", "code": "57832-8"}, 422, "terminology-code-undecided"),
        ({"system": "http://snomed.info/sct", "code": "1"}, 422, "terminology-list-absent"),
        ({"system": DOCUMENT_TYPES, "code": "DT-9"}, 422, "terminology-code-undecided"),
        ({"system": UCUM, "code": "mgg"}, 404, "terminology-code-unknown"),
        (
            {"system": GENDER, "code": "male", "version": "5.0.0"},
            404,
            "terminology-version-unknown",
        ),
        ({"code": "male"}, 400, "parameter-missing"),
        ({"system": GENDER}, 400, "parameter-missing"),
        ({"system": GENDER, "code": ""}, 400, "parameter-invalid"),
        ({"system": GENDER, "code": " male"}, 400, "parameter-invalid"),
        ({"system": GENDER, "code": "male", "colour": "red"}, 400, "terminology-argument-unknown"),
        ({"system": GENDER, "coding": "male"}, 400, "terminology-argument-unknown"),
    ],
)
def test_what_is_not_known_here_is_said_never_guessed(
    asker: Asker, query: dict[str, str], status: int, refusal: str
) -> None:
    answer = asker.get(LOOKUP, **query)
    assert (answer.status_code, refusal_codes(answer)) == (status, [refusal])


def test_a_complete_list_says_no_with_a_reason(asker: Asker) -> None:
    found = asker.told(IN_SYSTEM, url=GENDER, code="man")
    assert found["result"] is False
    assert "man" in found["message"]


def test_a_list_known_in_part_never_says_no(asker: Asker) -> None:
    assert asker.told(IN_SYSTEM, url=DOCUMENT_TYPES, code="DT-00002")["result"] is True
    answer = asker.get(IN_SYSTEM, url=DOCUMENT_TYPES, code="DT-00003")
    assert (answer.status_code, refusal_codes(answer)) == (422, ["terminology-code-undecided"])


def test_units_are_judged_by_their_grammar(asker: Asker) -> None:
    for unit, valid in {"mg/dL": True, "10*3/uL": True, "mgg/dL": False}.items():
        assert asker.told(IN_SYSTEM, url=UCUM, code=unit)["result"] is valid


@pytest.mark.parametrize("display", ["Male", "male", "Masculin", "Männlich"])
def test_any_designation_is_a_right_display(asker: Asker, display: str) -> None:
    query = {"url": GENDERS, "system": GENDER, "code": "male", "display": display}
    assert asker.told(IN_SET, **query) == {"result": True, "display": "Male"}


def test_a_wrong_display_is_refused_and_the_right_one_told(asker: Asker) -> None:
    query = {"url": GENDERS, "system": GENDER, "code": "male", "display": "Femme"}
    found = asker.told(IN_SET, **query, displayLanguage="fr")
    assert (found["result"], found["display"]) == (False, "Masculin")
    assert "Femme" in found["message"]


def test_one_good_coding_makes_a_concept_good(asker: Asker) -> None:
    codings = [{"system": "urn:oid:1.2.3", "code": "x"}, {"system": GENDER, "code": "male"}]
    for path, url in ((IN_SET, GENDERS), (IN_SYSTEM, GENDER)):
        sent = {"valueCodeableConcept": {"coding": codings}}
        answer = asker.post(path, url={"valueUri": url}, codeableConcept=sent)
        assert told(answer)["result"] is True


def test_a_code_of_another_system_is_not_in_the_value_set(asker: Asker) -> None:
    found = asker.told(IN_SET, url=GENDERS, system=UCUM, code="mg")
    assert found["result"] is False


def test_a_value_set_that_builds_on_an_absent_list_never_says_no(asker: Asker) -> None:
    url = "http://hl7.org/fhir/ValueSet/procedure-outcome"
    answer = asker.get(IN_SET, url=url, system="http://snomed.info/sct", code="1")
    assert (answer.status_code, refusal_codes(answer)) == (422, ["terminology-list-absent"])


def test_an_unknown_value_set_is_said(asker: Asker) -> None:
    answer = asker.get(IN_SET, url=f"{BASE}/ValueSet/none", system=GENDER, code="male")
    assert (answer.status_code, refusal_codes(answer)) == (404, ["terminology-value-set-unknown"])


def test_a_code_that_only_groups_is_refused_where_abstract_is_not_allowed(asker: Asker) -> None:
    query = {"url": f"{BASE}/ValueSet/cns-laboratory-acts", "system": ACTS, "code": "S.H"}
    assert asker.told(IN_SET, **query)["result"] is True
    assert asker.told(IN_SET, **query, abstract="false")["result"] is False


@pytest.mark.parametrize(
    ("system", "codes", "outcome"),
    [
        (ACTS, ("S.H", "S-H01"), "subsumes"),
        (ACTS, ("S-H01", "S.H"), "subsumed-by"),
        (ACTS, ("S-H01", "S-H01"), "equivalent"),
        (ACTS, ("S-H01", "S-H02"), "not-subsumed"),
        (ACT_CODE, ("_ActAccountCode", "ACCTRECEIVABLE"), "subsumes"),
        (GENDER, ("male", "female"), "not-subsumed"),
    ],
)
def test_how_two_codes_stand_to_each_other(
    asker: Asker, system: str, codes: tuple[str, str], outcome: str
) -> None:
    one, other = codes
    assert asker.told(SUBSUMES, system=system, codeA=one, codeB=other) == {"outcome": outcome}


def test_codings_of_two_systems_cannot_be_compared(asker: Asker) -> None:
    answer = asker.post(
        SUBSUMES,
        codingA={"valueCoding": {"system": GENDER, "code": "male"}},
        codingB={"valueCoding": {"system": UCUM, "code": "mg"}},
    )
    assert (answer.status_code, refusal_codes(answer)) == (400, ["parameter-invalid"])


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"resourceType": "Bundle"}, "resource-type-wrong"),
        ({"resourceType": "Parameters", "parameter": "x"}, "parameter-invalid"),
        ({"resourceType": "Parameters", "parameter": [1]}, "parameter-invalid"),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "code", "valueString": "male"}]},
            "parameter-invalid",
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "colour", "valueCode": "red"}]},
            "terminology-argument-unknown",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "codeableConcept", "valueCodeableConcept": {"text": "x"}}],
            },
            "parameter-invalid",
        ),
    ],
)
def test_arguments_of_the_wrong_form_are_refused(
    asker: Asker, body: dict[str, object], refusal: str
) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    answer = asker.http.post(IN_SYSTEM, json=body, headers=headers)
    assert (answer.status_code, refusal_codes(answer)) == (400, [refusal])


def test_a_message_is_in_the_callers_language(asker: Asker) -> None:
    query = {"url": GENDER, "code": "man"}
    said = {
        language: asker.http.get(
            IN_SYSTEM, params=query, headers={"Accept-Language": language}
        ).json()["parameter"][1]["valueString"]
        for language in ("fr", "en", "de")
    }
    assert len(set(said.values())) == 3


def test_the_operations_of_one_resource_need_no_canonical(asker: Asker) -> None:
    system = "/CodeSystem/administrative-gender"
    assert asker.told(f"{system}/$validate-code", code="male")["result"] is True
    assert asker.told(f"{system}/$subsumes", codeA="male", codeB="male")["outcome"] == "equivalent"
    found = asker.told("/ValueSet/administrative-gender/$validate-code", system=GENDER, code="x")
    assert found["result"] is False
    expanded = asker.get("/ValueSet/administrative-gender/$expand", filter="fem").json()
    assert [each["code"] for each in expanded["expansion"]["contains"]] == ["female"]
    posted = asker.post(f"{system}/$validate-code", code={"valueCode": "male"})
    assert told(posted)["result"] is True


def test_a_map_translates_under_its_own_address(asker: Asker) -> None:
    found = asker.get("/ConceptMap", _count=1).json()["entry"][0]["resource"]
    (group, *_) = found["group"]
    code = group["element"][0]["code"]
    answer = asker.told(f"/ConceptMap/{found['id']}/$translate", code=code, system=group["source"])
    assert answer["result"] is True


def test_one_resource_that_is_not_there_or_named_twice_is_refused(asker: Asker) -> None:
    assert asker.get("/ValueSet/none/$expand").status_code == 404
    twice = asker.get("/ValueSet/administrative-gender/$expand", url=GENDERS)
    assert twice.status_code == 400
