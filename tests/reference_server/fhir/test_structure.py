"""The structural reader sees what is not FHIR, and says where."""

import pytest

from reference_server.fhir.definitions import RESOURCE_TYPES, structures
from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.primitives import PRIMITIVES
from reference_server.fhir.r4.model import BASE, TypeInfo, facts, types
from reference_server.fhir.structure import MAX_FAULTS, FaultKind, structure_faults
from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.rules import Rule
from reference_server.fhir.validation.validator import Validator


def faults_of(patient: JsonObject) -> list[tuple[str, str]]:
    found = structure_faults({"resourceType": "Patient", **patient}, "Patient")
    return [(fault.kind.value, fault.expression) for fault in found]


GOOD: JsonObject = {
    "id": "p-1",
    "meta": {"profile": ["https://example.org/p"]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A</div>'},
    "extension": [{"url": "https://example.org/e", "valueCodeableConcept": {"text": "x"}}],
    "identifier": [{"use": "official", "system": "urn:oid:1.2", "value": "1"}],
    "name": [{"family": "Weber", "given": ["Anna", None], "_given": [None, {"id": "g"}]}],
    "gender": "female",
    "birthDate": "1984-03-17",
    "_birthDate": {
        "extension": [{"url": "https://example.org/t", "valueInstant": "2026-01-01T00:00:00Z"}]
    },
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "contact": [{"name": {"text": "B"}}],
    "contained": [{"resourceType": "Practitioner", "id": "x"}],
}


def test_a_good_patient_has_no_fault() -> None:
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, ("element-unknown", "Patient.colour")),
        ({"a b`": 1}, ("element-unknown", "Patient")),
        ({"_name": [{"id": "x"}]}, ("element-unknown", "Patient._name")),
        ({"modifierExtension": [{"url": "u"}]}, ("element-unknown", "Patient.modifierExtension")),
        ({"implicitRules": "https://x.org"}, ("element-unknown", "Patient.implicitRules")),
        ({"birthDate": 1984}, ("element-type", "Patient.birthDate")),
        ({"birthDate": None}, ("element-type", "Patient.birthDate")),
        ({"birthDate": "1984-02-30"}, ("element-value", "Patient.birthDate")),
        ({"birthDate": "17/03/1984"}, ("element-value", "Patient.birthDate")),
        ({"birthDate": ""}, ("element-empty", "Patient.birthDate")),
        ({"gender": "femme"}, ("element-value", "Patient.gender")),
        ({"active": "true"}, ("element-type", "Patient.active")),
        ({"multipleBirthInteger": True}, ("element-type", "Patient.multipleBirthInteger")),
        ({"multipleBirthInteger": 2**31}, ("element-value", "Patient.multipleBirthInteger")),
        ({"multipleBirthBoolean": True}, ("element-repeated", "Patient.multipleBirthBoolean")),
        ({"name": {"family": "x"}}, ("element-type", "Patient.name")),
        ({"name": []}, ("element-empty", "Patient.name")),
        ({"name": ["x"]}, ("element-type", "Patient.name[0]")),
        ({"name": [{}]}, ("element-empty", "Patient.name[0]")),
        ({"name": [{"family": ["x"]}]}, ("element-type", "Patient.name[0].family")),
        ({"maritalStatus": [{"text": "x"}]}, ("element-type", "Patient.maritalStatus")),
        ({"id": "x" * 65}, ("element-value", "Patient.id")),
        ({"extension": [{"valueString": "x"}]}, ("element-missing", "Patient.extension[0].url")),
        (
            {"extension": [{"url": "u", "valueStrin": "x"}]},
            ("element-unknown", "Patient.extension[0].valueStrin"),
        ),
        ({"link": [{"other": {"reference": "x"}}]}, ("element-missing", "Patient.link[0].type")),
        ({"_birthDate": "x"}, ("element-type", "Patient._birthDate")),
        ({"_birthDate": {"value": 1}}, ("element-unknown", "Patient._birthDate.value")),
        (
            {"contained": [{"resourceType": "Device"}]},
            ("resource-unexpected", "Patient.contained[0]"),
        ),
        ({"contained": ["x"]}, ("element-type", "Patient.contained[0]")),
        ({"contained": [{"id": "x"}]}, ("element-missing", "Patient.contained[0].resourceType")),
        (
            {"contained": [{"resourceType": ["Patient"]}]},
            ("element-missing", "Patient.contained[0].resourceType"),
        ),
    ],
)
def test_each_fault_is_named_with_its_place(change: JsonObject, fault: tuple[str, str]) -> None:
    assert fault in faults_of({**GOOD, **change})


def test_all_faults_are_listed_not_only_the_first() -> None:
    found = faults_of({**GOOD, "colour": 1, "gender": "x", "name": [{"given": "Anna"}]})
    assert found == [
        ("element-type", "Patient.name[0].given"),
        ("element-value", "Patient.gender"),
        ("element-unknown", "Patient.colour"),
    ]


def test_the_list_of_faults_has_an_end() -> None:
    found = faults_of({f"x{number}": 1 for number in range(10_000)})
    assert len(found) == MAX_FAULTS


def test_another_resource_than_expected_is_a_fault() -> None:
    [fault] = structure_faults({"resourceType": "Patient"}, "Bundle")
    assert fault.kind is FaultKind.RESOURCE


def test_an_operation_without_parameters_is_well_formed() -> None:
    assert structure_faults({"resourceType": "Parameters"}, "Parameters") == ()


def test_every_type_named_in_the_definitions_is_defined() -> None:
    known = structures().keys() | PRIMITIVES | {"Resource"}
    named = {
        element.type
        for structure in structures().values()
        for element in structure.elements.values()
    }
    assert named <= known
    assert structures().keys() >= RESOURCE_TYPES
    assert structures()["Composition"].required == {"status", "type", "date", "author", "title"}
    assert structures()["ServiceRequest"].required == {"status", "intent", "subject"}
    assert structures()["Composition.relatesTo"].required == {"code", "target[x]"}


def test_the_table_says_nothing_that_r4_does_not_say() -> None:
    """What the table calls wrong R4's definitions call wrong, but for what it leaves out."""
    validator = Validator()
    codes = Codes(validator.library)
    for type_name, structure in structures().items():
        profile = validator.profile(BASE + type_name.partition(".")[0])
        assert profile is not None
        for name, element in structure.elements.items():
            info, kind = of_r4(type_name).keys[name]
            rule = profile.by_id[f"{type_name}.{element.choice or name}"]
            assert element.type == ("Resource" if kind is None else kind.name), rule.id
            assert element.repeats is info.repeats is (rule.max is None), rule.id
            assert element.required is (rule.min > 0), rule.id
            assert not element.codes or element.codes == bound(rule, codes), rule.id


def of_r4(name: str) -> TypeInfo:
    """A type of R4, or that of an element such as `Timing.repeat`."""
    root, _, below = name.partition(".")
    kind = types().get(root)
    if below:
        inner = kind.keys[below][1]
        assert inner is not None
        return inner
    return kind


def bound(rule: Rule, codes: Codes) -> set[str]:
    """The codes of a required binding, all of whose systems are complete in R4."""
    assert rule.binding is not None
    assert rule.binding.strength == "required"
    value_set = facts().find("ValueSet", rule.binding.value_set.partition("|")[0])
    assert value_set is not None
    found: set[str] = set()
    for part in value_set["compose"]["include"]:
        system = codes.system(part["system"])
        listed = {each["code"] for each in part.get("concept", ())}
        found |= listed or set(system.concepts if system is not None else ())
    return found


def test_no_more_than_the_first_faults_are_told() -> None:
    wrong: JsonObject = {f"wrong{n}": 1 for n in range(2 * MAX_FAULTS)}
    resource: JsonObject = {"resourceType": "Patient", **wrong}

    found = structure_faults(resource, "Patient")

    assert [fault.expression for fault in found] == [f"Patient.wrong{n}" for n in range(MAX_FAULTS)]
