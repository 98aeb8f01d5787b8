"""What R4 says in words: addresses, displays, forms of XML, measures, conditions of questions."""

from typing import Any

import pytest

from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.validator import Options, Validator
from tests.reference_server.fhir.validation.judged import wrong

Resource = dict[str, Any]
_MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
_UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"


def patient(**members: object) -> Resource:
    return {"resourceType": "Patient", **members}


def identified(system: str, value: str = "1") -> Resource:
    return patient(identifier=[{"system": system, "value": value}])


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        (identified("mrn"), "system-relative"),
        (identified("oid:1.2.3"), "uri-scheme"),
        (identified("urn:oid:3.2.3"), "uri-oid"),
        (identified("urn:uuid:xyz"), "uri-uuid"),
        (identified("urn:ietf:rfc:3986", "123"), "identifier-no-uri"),
        (patient(meta={"profile": ["erx-patient"]}), "canonical-relative"),
        (patient(maritalStatus={"coding": [{"system": "HL7", "code": "M"}]}), "system-relative"),
        (
            patient(meta={"tag": [{"system": "http://hl7.org/fhir/ValueSet/c80-practice-codes"}]}),
            "system-value-set",
        ),
        (patient(managingOrganization={"reference": "Clinic/1"}), "reference-target"),
    ],
)
def test_an_address_has_the_form_of_its_kind(resource: Resource, rule: str) -> None:
    assert {each for each, _ in wrong(resource)} == {rule}


def test_addresses_in_good_form_are_not_blamed() -> None:
    good = [("urn:ietf:rfc:3986", _UUID), ("urn:oid:1.3.182.4.4", "1"), ("http://a.lu/ids", "1")]
    for system, value in good:
        assert wrong(identified(system, value)) == []


@pytest.mark.parametrize(
    ("display", "rules"),
    [("Married", []), ("  married ", []), ("Single", ["display"]), (None, [])],
)
def test_a_display_is_one_of_its_code(display: str | None, rules: list[str]) -> None:
    coding = {"system": _MARITAL, "code": "M"} | ({} if display is None else {"display": display})
    assert [rule for rule, _ in wrong(patient(maritalStatus={"coding": [coding]}))] == rules


def test_a_display_in_a_language_that_is_not_at_hand_is_left_alone() -> None:
    coding = {"system": _MARITAL, "code": "M", "display": "verheiratet"}
    assert wrong(patient(language="de", maritalStatus={"coding": [coding]})) == []


def test_how_much_a_wrong_display_weighs_is_an_option() -> None:
    coding = {"system": _MARITAL, "code": "M", "display": "Single"}
    validator = Validator(options=Options(wrong_displays=Severity.WARNING))
    found = validator.issues_of(patient(maritalStatus={"coding": [coding]}))
    assert [each.severity for each in found if each.rule == "display"] == ["warning"]


@pytest.mark.parametrize(
    ("kind", "missing"), [("collection", True), ("searchset", True), ("transaction", False)]
)
def test_entries_have_addresses_but_in_transactions(kind: str, *, missing: bool) -> None:
    request = {"request": {"method": "POST", "url": "Patient"}} if kind == "transaction" else {}
    bundle = {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": patient(id="p"), **request}],
    }
    assert (("full-url-missing", "Bundle.entry[0]") in wrong(bundle)) is missing


def searchset(*entries: Resource, link: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": list(entries)}


def test_a_match_is_of_the_type_that_was_searched() -> None:
    held = {"fullUrl": "http://a.lu/Patient/p", "resource": patient(id="p")}
    link = [{"relation": "self", "url": "http://a.lu/Observation?code=x"}]
    assert wrong(searchset({**held, "search": {"mode": "match"}}, link=link)) == [
        ("search-type", "Bundle.entry[0].resource")
    ]
    assert wrong(searchset({**held, "search": {"mode": "include"}}, link=link)) == []


def test_links_of_paging_belong_to_searches_and_come_once() -> None:
    page = {"relation": "first", "url": "http://a.lu/1"}
    assert wrong({"resourceType": "Bundle", "type": "collection", "link": [page]}) == [
        ("link-paging", "Bundle.link[0].relation")
    ]
    twice = {"resourceType": "Bundle", "type": "searchset", "link": [page, page]}
    assert wrong(twice) == [("link-twice", "Bundle.link[1].relation")]


def test_an_address_of_the_bundles_own_that_leads_nowhere_is_a_warning() -> None:
    lost = {"reference": f"{_UUID[:-1]}2"}
    entry = {"fullUrl": _UUID, "resource": patient(managingOrganization=lost)}
    found = Validator().issues_of(
        {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    )
    told = [(each.rule, str(each.severity)) for each in found if "reference" in each.rule]
    assert told == [("bundle-reference-none", "warning")]


def test_two_contained_resources_do_not_share_an_id() -> None:
    held = [{"resourceType": "Organization", "id": "a", "name": each} for each in "xy"]
    found = wrong(patient(contained=held, managingOrganization={"reference": "#a"}))
    assert found == [("contained-twice", "Patient.contained[1]")]


_HEAD = b'<Patient xmlns="http://hl7.org/fhir">'


@pytest.mark.parametrize(
    ("inside", "rules"),
    [
        (b'<active value="true"/><gender value="male"/>', []),
        (b'<gender value="male"/><active value="true"/>', [("xml-order", "Patient")]),
        (b'<active value="true" colour="red"/>', [("xml-attribute", "Patient.active")]),
        (b'words<active value="true"/>', [("xml-text", "Patient")]),
    ],
)
def test_xml_keeps_order_and_has_no_stray_text(inside: bytes, rules: list[tuple[str, str]]) -> None:
    assert wrong(_HEAD + inside + b"</Patient>") == rules


def test_a_mark_of_byte_order_is_no_fault() -> None:
    assert wrong(b'\xef\xbb\xbf{"resourceType":"Patient","active":true}') == []


def test_entities_of_html_are_a_warning() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">a&nbsp;b</div>'
    told = Validator().issues_of(patient(text={"status": "generated", "div": div}))
    assert [(each.rule, str(each.severity)) for each in told] == [("narrative-entity", "warning")]
    assert wrong(patient(text={"status": "generated", "div": div.replace("nbsp", "none")}))


def question(link: str, kind: str = "string", **members: object) -> Resource:
    return {"linkId": link, "type": kind, **members}


def answered(*links: str, value: object = "yes", **members: object) -> Resource:
    items = [{"linkId": each, "answer": [{"valueString": value}]} for each in links]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "http://a.lu/q",
        "status": "completed",
        "item": items,
        **members,
    }


def form(*items: Resource) -> Resource:
    return {
        "resourceType": "Questionnaire",
        "url": "http://a.lu/q",
        "status": "active",
        "item": list(items),
    }


def enabled_by(link: str, operator: str, **answer: object) -> list[Resource]:
    return [{"question": link, "operator": operator, **answer}]


def test_a_question_that_was_not_to_be_asked_has_no_answer() -> None:
    only = enabled_by("a", "=", answerString="yes")
    asked = form(question("a"), question("b", enableWhen=only, required=True))
    assert wrong(answered("a", "b"), asked) == []
    assert wrong(answered("a", "b", value="no"), asked) == [
        ("answer-not-enabled", "QuestionnaireResponse.item[1]")
    ]
    assert wrong(answered("a"), asked) == [("answer-required", "QuestionnaireResponse")]
    assert wrong(answered("a", value="no"), asked) == []


@pytest.mark.parametrize(
    ("operator", "value", "enabled"),
    [("exists", True, True), ("exists", False, False), ("!=", "no", True), ("!=", "yes", False)],
)
def test_operators_of_conditions(operator: str, value: object, *, enabled: bool) -> None:
    key = "answerBoolean" if isinstance(value, bool) else "answerString"
    asked = form(question("a"), question("b", enableWhen=enabled_by("a", operator, **{key: value})))
    assert (wrong(answered("a", "b"), asked) == []) is enabled


def test_answers_keep_the_order_and_the_length_of_the_form() -> None:
    asked = form(question("a", maxLength=3), question("b"))
    assert wrong(answered("b", "a"), asked) == [("answer-order", "QuestionnaireResponse.item[1]")]
    assert wrong(answered("a", value="long"), asked) == [
        ("too-long", "QuestionnaireResponse.item[0].answer[0]")
    ]


def counted(code: str) -> Resource:
    return {"coding": [{"system": "http://a.lu/s", "code": code}]}


def measure(scoring: str) -> Resource:
    return {
        "resourceType": "Measure",
        "url": "http://a.lu/m",
        "status": "active",
        "scoring": {"coding": [{"system": "http://a.lu/scoring", "code": scoring}]},
        "group": [{"population": [{"code": counted("num")}, {"code": counted("den")}]}],
    }


def report(*codes: str, **group: object) -> Resource:
    populations = [{"code": counted(each), "count": 1} for each in codes]
    return {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": "http://a.lu/m",
        "period": {"start": "2026"},
        "group": [{"population": populations, **group}],
    }


@pytest.mark.parametrize(
    ("scoring", "told", "rules"),
    [
        ("proportion", report("num", "den", measureScore={"value": 0.5}), []),
        ("proportion", report("num", "den"), ["measure-score-missing"]),
        ("cohort", report("num", measureScore={"value": 1}), ["measure-score-none"]),
        ("cohort", report("num", "other"), ["measure-part-unknown"]),
        ("cohort", report("num", "num"), ["measure-part-twice"]),
    ],
)
def test_a_report_fits_its_measure(scoring: str, told: Resource, rules: list[str]) -> None:
    assert [rule for rule, _ in wrong(told, measure(scoring))] == rules


def test_an_expression_of_a_definition_can_be_read() -> None:
    parameter = {
        "resourceType": "SearchParameter", "url": "http://a.lu/sp", "name": "x",
        "status": "active", "description": "x", "code": "x", "base": ["Patient"], "type": "string",
        "expression": "Patient.name.where(",
    }  # fmt: skip
    assert wrong(parameter) == [("expression", "SearchParameter.expression")]
    assert wrong({**parameter, "expression": "Patient.name.family"}) == []


def test_an_item_that_fits_two_slices_is_told() -> None:
    elements = [
        {"id": "Patient", "path": "Patient"},
        {"id": "Patient.identifier", "path": "Patient.identifier",
         "slicing": {"discriminator": [{"type": "value", "path": "use"}], "rules": "open"}},
        *(
            part for name in ("one", "two") for part in (
                {"id": f"Patient.identifier:{name}", "path": "Patient.identifier",
                 "sliceName": name},
                {"id": f"Patient.identifier:{name}.use", "path": "Patient.identifier.use",
                 "min": 1, "fixedCode": "official"},
            )
        ),
    ]  # fmt: skip
    profile = {
        "resourceType": "StructureDefinition", "url": "http://a.lu/two", "name": "two",
        "status": "active", "kind": "resource", "abstract": False, "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint", "differential": {"element": elements},
    }  # fmt: skip
    one = patient(identifier=[{"use": "official", "value": "1"}])
    assert wrong(one, profile, profiles=("http://a.lu/two",)) == [
        ("slicing-many", "Patient.identifier[0]")
    ]


@pytest.mark.parametrize("odd", [["x"], {"a": 1}, 7, None, True])
@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Bundle", "link": [{"relation": "first", "url": "x"}],
         "entry": [{"resource": {"resourceType": "Patient"}}]},
        report("num"),
        {"resourceType": "SearchParameter", "expression": "x"},
        {"resourceType": "OperationDefinition", "parameter": [{"use": "in", "min": 1}]},
    ],
    ids=lambda each: each["resourceType"],
)  # fmt: skip
def test_members_of_any_kind_get_an_outcome(resource: Resource, odd: object) -> None:
    for name in resource:
        if name not in {"resourceType", "measure"}:
            assert wrong({**resource, "type": odd}, measure("proportion"))
            assert wrong({**resource, name: odd}, measure("proportion"))
