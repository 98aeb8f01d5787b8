"""What R4 says in words: Bundles, answers beside questions, definitions, extensions, references."""

import json
from typing import Any, Final

import pytest

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Options, Validator

Resource = dict[str, Any]


def found(
    resource: Resource, *definitions: Resource, profiles: tuple[str, ...] = ()
) -> set[tuple[str, str]]:
    """Return rule and place of each error."""
    library = Library()
    library.lay(definitions)
    issues = Validator(library=library).issues(json.dumps(resource).encode(), profiles=profiles)
    return {(each.rule, each.expression) for each in issues if each.severity in {"error", "fatal"}}


def entry(kind: str, key: str, **members: object) -> Resource:
    resource = {"resourceType": kind, "id": key, **members}
    return {"fullUrl": f"http://a.lu/{kind}/{key}", "resource": resource}


def document(*more: Resource, **members: object) -> Resource:
    composition = entry(
        "Composition", "c", status="final", type={"text": "x"}, date="2026", title="x",
        author=[{"reference": "Practitioner/q"}], **members,
    )  # fmt: skip
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:s", "value": "1"},
        "timestamp": "2026-01-02T10:00:00Z",
        "entry": [composition, entry("Practitioner", "q"), *more],
    }


def sectioned(reference: str) -> list[Resource]:
    return [{"title": "s", "section": [{"title": "t", "entry": [{"reference": reference}]}]}]


SECTION: Final = "Bundle.entry[0].resource.section[0].section[0].entry[0]"


def test_what_a_document_refers_to_is_in_its_bundle() -> None:
    basic = entry("Basic", "b", code={"text": "x"})
    assert found(document(basic, section=sectioned("Basic/b"))) == set()
    assert found(document(basic, section=sectioned("http://a.lu/Basic/b"))) == set()
    assert found(document(basic, section=sectioned("http://b.lu/Basic/b"))) == {
        ("bundle-reference-none", SECTION)
    }
    assert found(document(subject={"reference": "Patient/none"})) == {
        ("bundle-reference-none", "Bundle.entry[0].resource.subject")
    }


def test_versions_tell_entries_of_one_address_apart() -> None:
    versions = [
        entry("Basic", "b", code={"text": "x"}, meta={"versionId": version}) for version in "12"
    ]
    told = {
        reference: {rule for rule, _ in found(document(*versions, section=sectioned(reference)))}
        for reference in ("Basic/b/_history/2", "Basic/b/_history/3", "Basic/b")
    }
    assert told == {
        "Basic/b/_history/2": set(),
        "Basic/b/_history/3": {"bundle-reference-none"},
        "Basic/b": {"bundle-reference-many"},
    }


@pytest.mark.parametrize(
    ("method", "url", "rule"),
    [
        ("PUT", "Basic/b", None),
        ("PUT", "Basic?identifier=urn:s|1", None),
        ("POST", "Basic", None),
        ("PUT", "Basic/c", "request-address"),
        ("POST", "Patient", "request-address"),
    ],
)
def test_a_request_brings_what_it_is_for(method: str, url: str, rule: str | None) -> None:
    held = {**entry("Basic", "b", code={"text": "x"}), "request": {"method": method, "url": url}}
    told = found({"resourceType": "Bundle", "type": "transaction", "entry": [held]})
    assert told == (set() if rule is None else {(rule, "Bundle.entry[0].request")})


def test_a_transaction_changes_a_resource_once_and_brings_what_it_writes() -> None:
    deleting = {"request": {"method": "DELETE", "url": "Basic/b"}}
    told = found({"resourceType": "Bundle", "type": "transaction", "entry": [deleting, deleting]})
    assert ("request-twice", "Bundle.entry[1].request") in told
    empty = {"request": {"method": "POST", "url": "Basic"}}
    told = found({"resourceType": "Bundle", "type": "batch", "entry": [empty]})
    assert told == {("request-resource", "Bundle.entry[0].request")}


QUESTIONS: Final[Resource] = {
    "resourceType": "Questionnaire",
    "url": "urn:q",
    "status": "active",
    "item": [
        {"linkId": "1", "type": "group", "item": [
            {"linkId": "1.1", "type": "string", "required": True},
            {"linkId": "1.2", "type": "choice",
             "answerOption": [{"valueCoding": {"system": "urn:s", "code": "a"}}]},
        ]},
        {"linkId": "2", "type": "integer", "item": [{"linkId": "2.1", "type": "date"}]},
    ],
}  # fmt: skip
GOOD: Final[list[Resource]] = [
    {"linkId": "1", "item": [
        {"linkId": "1.1", "answer": [{"valueString": "x"}]},
        {"linkId": "1.2", "answer": [{"valueCoding": {"system": "urn:s", "code": "a"}}]}]},
    {"linkId": "2", "answer": [{"valueInteger": 1, "item": [
        {"linkId": "2.1", "answer": [{"valueDate": "2026"}]}]}]},
]  # fmt: skip


def answered(*items: Resource, status: str = "completed") -> set[tuple[str, str]]:
    response = {"resourceType": "QuestionnaireResponse", "status": status, "questionnaire": "urn:q"}
    return found({**response, "item": list(items)}, QUESTIONS)


def test_answers_that_fit_their_questions_are_good() -> None:
    assert answered(*GOOD) == set()
    assert answered({"linkId": "1"}, status="in-progress") == set()


@pytest.mark.parametrize(
    ("items", "rule", "below"),
    [
        ([GOOD[0], {"linkId": "3"}], "answer-link", ""),
        ([{"linkId": "1"}], "answer-required", ".item[0]"),
        ([GOOD[0], GOOD[1], GOOD[1]], "answer-repeated", ""),
        ([GOOD[0], {"linkId": "2", "answer": [{"valueString": "1"}]}], "answer-type",
         ".item[1].answer[0]"),
        ([GOOD[0], {"linkId": "2", "item": [{"linkId": "2.1"}]}], "answer-nesting", ".item[1]"),
        ([{**GOOD[0], "answer": [{"valueString": "x"}]}], "answer-not-asked", ".item[0]"),
        ([{"linkId": "1", "item": [GOOD[0]["item"][0], {"linkId": "1.2", "answer": [
            {"valueCoding": {"system": "urn:s", "code": "b"}}]}]}], "answer-option",
         ".item[0].item[1].answer[0]"),
    ],
)  # fmt: skip
def test_answers_that_fit_no_question_are_told(
    items: list[Resource], rule: str, below: str
) -> None:
    assert (rule, f"QuestionnaireResponse{below}") in answered(*items)


def test_answers_without_their_questionnaire_are_not_checked() -> None:
    response = {"resourceType": "QuestionnaireResponse", "status": "completed",
                "questionnaire": "urn:absent"}  # fmt: skip
    issues = Validator().issues(json.dumps(response).encode())
    assert {each.rule for each in issues if each.not_checked} == {"questionnaire-unknown"}


def defined(*elements: Resource, base: str = "Patient") -> Resource:
    return {
        "resourceType": "StructureDefinition",
        "url": "urn:defined",
        "name": "Defined",
        "status": "active",
        "kind": "complex-type" if base == "Extension" else "resource",
        "abstract": False,
        "type": base,
        "baseDefinition": BASE + base,
        "derivation": "constraint",
        "differential": {"element": [{"id": each["path"], **each} for each in elements]},
    }


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ({"path": "Patient.name", "min": 1, "max": "3"}, None),
        ({"path": "Patient.deceasedBoolean", "min": 1}, None),
        ({"path": "Patient.birthDate.extension", "min": 1}, None),
        ({"path": "Patient.nom", "min": 1}, "definition-path"),
        ({"path": "Observation.code", "min": 1}, "definition-path"),
        ({"path": "Patient.gender", "max": "2"}, "definition-max"),
        ({"path": "Patient.link.other", "min": 0}, "definition-min"),
        ({"path": "Patient.birthDate", "type": [{"code": "string"}]}, "definition-type"),
    ],
)
def test_a_differential_only_narrows_its_base(element: Resource, rule: str | None) -> None:
    rules = {each for each, _ in found(defined(element))}
    assert rules == ({rule} if rule else set()) or (rule in rules and "definition-broken" in rules)


def test_a_discriminator_leads_somewhere() -> None:
    slicing = {"discriminator": [{"type": "value", "path": "kind"}], "rules": "open"}
    told = found(defined({"path": "Patient.name", "slicing": slicing}))
    place = "StructureDefinition.differential.element[0].slicing.discriminator[0]"
    assert told == {("definition-discriminator", place)}


def extension(url: str, *contexts: tuple[str, str], modifier: bool = False) -> Resource:
    made = defined(
        {"path": "Extension", "isModifier": modifier, "isModifierReason": "x"},
        {"path": "Extension.url", "fixedUri": url},
        {"path": "Extension.value[x]", "type": [{"code": "string"}]},
        base="Extension",
    )
    context = [{"type": kind, "expression": expression} for kind, expression in contexts]
    return {**made, "url": url, "context": context}


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        (("element", "Patient"), True),
        (("element", "DomainResource"), True),
        (("element", "Element"), True),
        (("fhirpath", "Patient.where(active)"), True),
        (("element", "Observation"), False),
        (("element", "Patient.name"), False),
        (("extension", "urn:outer"), False),
        (("fhirpath", "Patient.where(active.not())"), False),
    ],
)
def test_an_extension_stands_where_its_definition_allows(
    context: tuple[str, str], *, allowed: bool
) -> None:
    held = [{"url": "urn:e", "valueString": "x"}]
    patient = {"resourceType": "Patient", "active": True, "extension": held}
    told = found(patient, extension("urn:e", context))
    assert told == (set() if allowed else {("extension-context", "Patient.extension[0]")})


@pytest.mark.parametrize("expression", ["HumanName.given", "Patient.name.given", "string"])
def test_an_extension_stands_on_a_primitive_by_its_path_or_type(expression: str) -> None:
    name = {"given": ["Anna"], "_given": [{"extension": [{"url": "urn:e", "valueString": "x"}]}]}
    patient = {"resourceType": "Patient", "name": [name]}
    assert found(patient, extension("urn:e", ("element", expression))) == set()
    wrong = found(patient, extension("urn:e", ("element", "HumanName.family")))
    assert wrong == {("extension-context", "Patient.name[0].given[0].extension[0]")}


def test_modifiers_stand_among_modifiers_and_unknown_ones_are_errors() -> None:
    held = [{"url": "urn:e", "valueString": "x"}]
    plain = extension("urn:e", ("element", "Element"), ("element", "Patient"))
    modifying = extension("urn:e", ("element", "Patient"), modifier=True)
    wrongly = {"resourceType": "Patient", "modifierExtension": held}
    assert ("extension-modifier", "Patient.modifierExtension[0]") in found(wrongly, plain)
    assert found(wrongly, modifying) == set()
    told = found({"resourceType": "Patient", "extension": held}, modifying)
    assert ("extension-not-modifier", "Patient.extension[0]") in told
    unknown = [{"url": "http://hl7.org/fhir/StructureDefinition/absent", "valueString": "x"}]
    told = found({"resourceType": "Patient", "modifierExtension": unknown})
    assert told == {("extension-unknown", "Patient.modifierExtension[0]")}


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ({"reference": "#o"}, None),
        ({"reference": "#p"}, "reference-target"),
        ({"reference": "Organization/1", "type": "Organization"}, None),
        ({"reference": "Organization/1", "type": "Patient"}, "reference-type"),
        ({"identifier": {"value": "1"}, "type": "organization"}, "reference-target"),
        ({"identifier": {"value": "1"}, "type": "Patient"}, "reference-target"),
    ],
)
def test_a_reference_means_what_may_be_meant(reference: Resource, rule: str | None) -> None:
    contained = [{"resourceType": "Organization", "id": "o", "name": "x"},
                 {"resourceType": "Practitioner", "id": "p"}]  # fmt: skip
    shown = [each for each in contained if reference.get("reference") == f"#{each['id']}"]
    patient: Resource = {"resourceType": "Patient", "managingOrganization": reference}
    told = found({**patient, "contained": shown} if shown else patient)
    assert told == (set() if rule is None else {(rule, "Patient.managingOrganization")})


def test_a_vital_sign_by_its_code_must_fit_its_profile() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    told = found({"resourceType": "Observation", "status": "final", "code": code})
    assert ("too-few", "Observation") in told


def test_an_additional_binding_holds_too() -> None:
    binding = {"strength": "example", "extension": [
        {"url": "http://hl7.org/fhir/tools/StructureDefinition/additional-binding", "extension": [
            {"url": "purpose", "valueCode": "required"},
            {"url": "valueSet", "valueCanonical": "urn:vs"}]}],
        "valueSet": "http://hl7.org/fhir/ValueSet/marital-status"}  # fmt: skip
    profile = defined({"path": "Patient.maritalStatus", "binding": binding})
    values = {"resourceType": "ValueSet", "url": "urn:vs", "status": "active",
              "compose": {"include": [{"system": "urn:s",
                                       "concept": [{"code": "a"}]}]}}  # fmt: skip
    for code, errors in (("a", set()), ("b", {("binding-required", "Patient.maritalStatus")})):
        status = {"coding": [{"system": "urn:s", "code": code}]}
        patient = {"resourceType": "Patient", "maritalStatus": status}
        assert found(patient, profile, values, profiles=("urn:defined",)) == errors


def test_xml_has_lines_and_columns_too() -> None:
    source = b'<Patient xmlns="http://hl7.org/fhir">\n <name><given value="a"/>\n  <given value=" "/>\n </name>\n <gender value="w"/></Patient>'  # noqa: E501  the lines are inside
    issues = Validator(options=Options(language="en")).validate(source)["issue"]
    told = {
        each["expression"][0]: [e["valueInteger"] for e in each["extension"]] for each in issues
    }
    assert told["Patient.gender"] == [5, 2]


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ("QUJD", set()),
        ("QU\r\n JD", set()),
        ("QU\u00a0JD", {"value-format"}),
        ("QUJ", {"base64"}),
    ],
)
def test_base64_may_be_in_lines_of_ascii_s_spaces_only(data: str, rules: set[str]) -> None:
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": data}
    assert {rule for rule, _ in found(binary)} == rules
