"""Whole lists and maps: `$expand`, `$translate`, reading and finding what the service knows."""

import json

import pytest

from reference_server.fhir.validation.validator import Validator
from tests.reference_server.standing import refusal_codes
from tests.reference_server.terminology.asking import (
    ACTS,
    ANALYSES,
    BASE,
    GENDER,
    GENDERS,
    Asker,
    Json,
    codes_in,
)

EXPAND, TRANSLATE = "/ValueSet/$expand", "/ConceptMap/$translate"
VACCINES = "urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.42.28"
ALL_ANALYSES = f"{BASE}/ValueSet/BioPrescCodes"


def expansion(asker: Asker, **query: str | int) -> Json:
    answer = asker.get(EXPAND, **query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()["expansion"]
    return found


def test_a_value_set_is_expanded_with_displays_in_a_language(asker: Asker) -> None:
    found = expansion(asker, url=GENDERS, displayLanguage="de")
    assert found["total"] == 4
    assert found["contains"][0] == {"system": GENDER, "code": "male", "display": "Männlich"}


def test_pages_together_are_the_whole(asker: Asker) -> None:
    whole = expansion(asker, url=ALL_ANALYSES)
    pages = [expansion(asker, url=ALL_ANALYSES, offset=start, count=10) for start in (0, 10, 20)]
    assert [page["total"] for page in pages] == [25, 25, 25]
    assert [each for page in pages for each in page["contains"]] == whole["contains"]
    assert "contains" not in expansion(asker, url=ALL_ANALYSES, offset=25, count=10)


def test_a_filter_finds_words_in_codes_displays_and_designations(asker: Asker) -> None:
    found = expansion(asker, url=ALL_ANALYSES, filter="frottis GORGE")
    assert codes_in(found["contains"]) == ["BIO-0501"]
    assert codes_in(expansion(asker, url=GENDERS, filter="weibl")["contains"]) == ["female"]
    assert expansion(asker, url=GENDERS, filter="zzz")["total"] == 0


def test_designations_are_told_when_asked_for(asker: Asker) -> None:
    found = expansion(asker, url=GENDERS, includeDesignations="true")
    assert {each["language"] for each in found["contains"][0]["designation"]} == {"fr", "de"}
    assert "designation" not in expansion(asker, url=GENDERS)["contains"][0]


def test_a_hierarchy_is_shown_nested_when_asked_for(asker: Asker) -> None:
    url = f"{BASE}/ValueSet/cns-laboratory-acts"
    flat, nested = expansion(asker, url=url), expansion(asker, url=url, excludeNested="false")
    assert len(flat["contains"]) == flat["total"] == nested["total"]
    top = nested["contains"][0]
    assert (top["code"], top["abstract"]) == ("S.H", True)
    assert "S.H.1" in codes_in(top["contains"])


def test_retired_codes_are_left_out_when_only_active_ones_are_wanted(asker: Asker) -> None:
    url = "http://terminology.hl7.org/ValueSet/v3-ActStatus"
    every, active = expansion(asker, url=url), expansion(asker, url=url, activeOnly="true")
    retired = {each["code"] for each in every["contains"] if each.get("inactive")}
    assert {each["code"] for each in every["contains"]} - retired == set(
        codes_in(active["contains"])
    )


def test_a_part_of_another_organisations_list_is_a_value_set(asker: Asker) -> None:
    found = expansion(asker, url="urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.42.7")
    assert sorted(codes_in(found["contains"])) == ["G", "N", "TE"]
    found = expansion(asker, url="urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.42.41")
    codes = codes_in(found["contains"])
    assert len(codes) == 13
    assert {"ACM", "HS", "PCV"} <= set(codes)


@pytest.mark.parametrize("system", ["http://snomed.info/sct", "http://www.whocc.no/atc"])
def test_a_vaccine_is_decided_by_licensed_lists_alone_which_are_absent(
    asker: Asker, system: str
) -> None:
    answer = asker.get("/ValueSet/$validate-code", url=VACCINES, system=system, code="J07BB03")
    assert refusal_codes(answer) == ["terminology-list-absent"], answer.text


@pytest.mark.parametrize(
    ("url", "status", "refusal"),
    [
        ("http://hl7.org/fhir/ValueSet/mimetypes", 422, "terminology-expansion-impossible"),
        ("http://hl7.org/fhir/ValueSet/procedure-outcome", 422, "terminology-expansion-impossible"),
        (f"{BASE}/ValueSet/document-types", 422, "terminology-expansion-impossible"),
        (VACCINES, 422, "terminology-expansion-impossible"),
        (f"{BASE}/ValueSet/none", 404, "terminology-value-set-unknown"),
        (f"{GENDERS}|9.9", 404, "terminology-version-unknown"),
    ],
)
def test_what_cannot_be_listed_in_full_is_said(
    asker: Asker, url: str, status: int, refusal: str
) -> None:
    answer = asker.get(EXPAND, url=url)
    assert (answer.status_code, refusal_codes(answer)) == (status, [refusal])


def test_an_analysis_leads_to_its_acts_and_back(asker: Asker) -> None:
    there = asker.told(TRANSLATE, system=ANALYSES, code="BIO-0101", targetsystem=ACTS)
    assert there["result"] is True
    assert [each["concept"]["code"] for each in there["match"]] == ["S-H01"]
    back = asker.told(TRANSLATE, system=ACTS, code="S-H01", reverse="true")
    assert "BIO-0101" in [each["concept"]["code"] for each in back["match"]]


def test_a_map_of_r4_is_used_by_its_canonical(asker: Asker) -> None:
    found = asker.told(
        TRANSLATE,
        url="http://cds-hooks.hl7.org/ConceptMap/indicator-to-request-priority",
        system="http://cds-hooks.hl7.org/CodeSystem/indicator",
        code="warning",
    )
    # HL7's own map names no systems: nothing matches, and that is said.
    assert found["result"] is False


def test_a_code_without_a_match_is_said(asker: Asker) -> None:
    found = asker.told(TRANSLATE, system=ANALYSES, code="BIO-9999")
    assert found["result"] is False
    assert "BIO-9999" in found["message"]


def test_no_map_from_a_system_is_not_the_same_as_no_match(asker: Asker) -> None:
    answer = asker.get(TRANSLATE, system="urn:oid:1.2.3", code="x")
    assert (answer.status_code, refusal_codes(answer)) == (404, ["terminology-map-unknown"])


@pytest.mark.parametrize(
    ("resource_type", "id_"),
    [
        ("CodeSystem", "administrative-gender"),
        ("CodeSystem", "document-types"),
        ("ValueSet", "BioPrescCodes"),
        ("ConceptMap", "BioPrescCodes-to-cns"),
        ("NamingSystem", "matricule"),
    ],
)
def test_a_resource_is_read_by_its_id(asker: Asker, resource_type: str, id_: str) -> None:
    found = asker.get(f"/{resource_type}/{id_}").json()
    assert (found["resourceType"], found["id"]) == (resource_type, id_)
    answer = asker.get(f"/{resource_type}/none")
    assert (answer.status_code, refusal_codes(answer)) == (404, ["terminology-resource-unknown"])


def test_a_resource_without_its_licensed_codes_is_marked(asker: Asker) -> None:
    found = asker.get("/ValueSet", url="http://hl7.org/fhir/ValueSet/procedure-outcome").json()
    (entry,) = found["entry"]
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "_dropped" not in json.dumps(found)


def test_a_search_is_paged_and_refuses_what_it_does_not_know(asker: Asker) -> None:
    first = asker.get("/CodeSystem", name="v3", _count=5).json()
    assert len(first["entry"]) == 5 < first["total"]
    following = {each["relation"]: each["url"] for each in first["link"]}["next"]
    second = asker.http.get(following).json()
    assert first["entry"][0]["fullUrl"] != second["entry"][0]["fullUrl"]
    assert asker.get("/CodeSystem", _count=0).json()["total"] > 1000
    assert refusal_codes(asker.get("/CodeSystem", colour="red")) == ["search-parameter-unknown"]
    assert refusal_codes(asker.get("/CodeSystem", _count="x")) == ["search-parameter-invalid"]


def test_a_naming_system_is_found_by_its_value(asker: Asker) -> None:
    found = asker.get("/NamingSystem", value="urn:oid:1.3.182.4.4").json()
    assert [each["resource"]["id"] for each in found["entry"]] == ["matricule"]


def test_what_the_service_tells_is_valid_fhir(asker: Asker) -> None:
    validator = Validator()
    for path in (
        f"{EXPAND}?url={ALL_ANALYSES}&includeDesignations=true&count=5",
        f"/CodeSystem/$lookup?system={ANALYSES}&code=BIO-0102",
        f"{TRANSLATE}?system={ANALYSES}&code=BIO-0101",
        "/CodeSystem/cns-laboratory-acts",
        "/CodeSystem/document-types",
        "/CodeSystem/administrative-gender-fr-de",
        "/ValueSet/document-types",
        "/ConceptMap/BioPrescCodes-to-cns",
        "/NamingSystem/matricule",
    ):
        found = validator.validate(asker.http.get(path).content)
        wrong = [each for each in found["issue"] if each["severity"] in {"error", "fatal"}]
        assert not wrong, (path, wrong)


def test_the_capability_statement_names_the_operations(asker: Asker) -> None:
    rest = asker.get("/metadata").json()["rest"][0]
    offered = {
        (each["type"], operation["name"])
        for each in rest["resource"]
        for operation in each.get("operation", ())
    }
    assert {
        ("CodeSystem", "lookup"),
        ("CodeSystem", "subsumes"),
        ("ValueSet", "expand"),
        ("ValueSet", "validate-code"),
        ("ConceptMap", "translate"),
    } <= offered
