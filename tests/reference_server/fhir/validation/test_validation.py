"""The validator: each rule told at its place, profiles from packages, nothing passed silently."""

import json
import re
import tarfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from reference_server.fhir.validation.library import PackageUnreadableError
from reference_server.fhir.validation.table import RULES
from reference_server.fhir.validation.validator import Options, Validator
from reference_server.fhir.xml_reader import XmlFault, read_xml
from reference_server.text import Catalogue

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Weber", "given": ["Anna"]}],
    "gender": "female",
    "birthDate": "1984-03-17",
}
PROFILE: dict[str, Any] = {
    "resourceType": "StructureDefinition",
    "url": "urn:test:patient",
    "name": "TestPatient",
    "status": "active",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "derivation": "constraint",
    "differential": {
        "element": [
            {"path": "Patient.identifier", "min": 1,
             "slicing": {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}},
            {"path": "Patient.identifier", "sliceName": "ins", "min": 1, "max": "1"},
            {"path": "Patient.identifier.system", "min": 1, "fixedUri": "urn:ins"},
            {"path": "Patient.identifier.value", "min": 1},
            {"path": "Patient.deceasedBoolean", "patternBoolean": False},
            {"path": "Patient.birthDate", "min": 1},
        ]
    },
}  # fmt: skip


def found(
    resource: dict[str, Any], *packages: Path, profiles: tuple[str, ...] = ()
) -> set[tuple[str, str]]:
    validator = Validator(packages=packages)
    issues = validator.issues(json.dumps(resource).encode(), profiles=profiles)
    return {(each.rule, each.expression) for each in issues if each.severity in {"error", "fatal"}}


def changed(**members: object) -> dict[str, Any]:
    return {**PATIENT, **members}


def test_a_valid_patient_is_valid() -> None:
    assert found(PATIENT) == set()


@pytest.mark.parametrize(
    ("resource", "rule", "place"),
    [
        ({"resourceType": "Nothing"}, "resource-type-unknown", "Nothing"),
        (changed(nom="x"), "element-unknown", "Patient"),
        (changed(name={}), "json-array", "Patient.name"),
        (changed(name=[]), "empty-array", "Patient.name"),
        (changed(active="true"), "json-kind", "Patient.active"),
        (changed(gender="w"), "binding-required", "Patient.gender"),
        (changed(birthDate="1984-02-30"), "value-format", "Patient.birthDate"),
        (changed(contact=[{}]), "empty-object", "Patient.contact[0]"),
        (changed(contact=[{"gender": "male"}]), "invariant", "Patient.contact[0]"),
        (changed(deceasedBoolean=False, deceasedDateTime="2026"), "choice-twice", "Patient"),
        (changed(managingOrganization={"reference": "Patient/1"}), "reference-target",
         "Patient.managingOrganization"),
        (changed(managingOrganization={"reference": "#x"}), "invariant",
         "Patient.managingOrganization"),
        (changed(contained=[{"resourceType": "Organization", "id": "o", "name": "x"}]),
         "invariant", "Patient"),
        (changed(extension=[{"url": "urn:unknown", "valueString": "x"}]), "extension-unknown",
         "Patient.extension[0]"),
        (changed(photo=[{"data": "QUJD", "size": 4}]), "attachment-size", "Patient.photo[0]"),
        (changed(photo=[{"data": "Q?"}]), "value-format", "Patient.photo[0].data"),
        (changed(maritalStatus={"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "?"}]}),
         "code-unknown", "Patient.maritalStatus.coding[0].code"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(
    resource: dict[str, Any], rule: str, place: str
) -> None:
    assert (rule, place) in found(resource)


def test_what_is_no_json_is_told_with_line_and_column() -> None:
    issues = Validator().issues(b'{"resourceType": "Patient",\n "id": }')
    assert [(i.rule, i.severity, dict(i.params)) for i in issues] == [
        ("body-not-json", "fatal", {"line": 2, "column": 8})
    ]


def test_a_profile_with_only_a_differential_is_applied(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps(PROFILE), encoding="utf-8")
    good = changed(identifier=[{"system": "urn:ins", "value": "1"}, {"system": "urn:other"}])
    assert found(good, tmp_path, profiles=("urn:test:patient",)) == set()
    claimed = {**good, "meta": {"profile": ["urn:test:patient"]}}
    assert found(claimed, tmp_path) == set()
    for resource, rule in (
        (changed(identifier=[{"system": "urn:other"}]), "too-few"),
        (changed(identifier=[{"system": "urn:ins"}]), "too-few"),
        (changed(identifier=[{"system": "urn:ins", "value": "1"}] * 2), "too-many"),
        ({**good, "deceasedBoolean": True}, "pattern"),
    ):
        told = found(resource, tmp_path, profiles=("urn:test:patient",))
        assert rule in {each for each, _ in told}


def test_a_package_is_read_from_its_archive(tmp_path: Path) -> None:
    archive = tmp_path / "test.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in (("package.json", {"name": "t", "version": "1"}), ("p.json", PROFILE)):
            raw = json.dumps(content).encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(raw)
            tar.addfile(member, BytesIO(raw))
    assert ("too-few", "Patient") in found(PATIENT, archive, profiles=("urn:test:patient",))


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_package_is_told_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.tgz"
    file.write_bytes(content)
    for path in (file, tmp_path / "absent.tgz"):
        with pytest.raises(PackageUnreadableError):
            Validator(packages=[path])


def test_what_cannot_be_checked_is_said() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    resource = {"resourceType": "Observation", "status": "final", "code": code,
                "meta": {"profile": ["urn:absent"]}}  # fmt: skip
    issues = Validator().issues(json.dumps(resource).encode())
    unchecked = {each.rule for each in issues if each.not_checked}
    assert {"profile-unknown", "code-not-checked"} <= unchecked


def test_xml_says_the_same_as_json() -> None:
    xml = b"""<Patient xmlns="http://hl7.org/fhir"><active value="true"/>
      <name><family value="Weber"/><given value="Anna"/><given id="g"/></name>
      <birthDate value="1984-03-17"><extension url="urn:x"><valueDecimal value="1.50"/></extension>
      </birthDate></Patient>"""
    read = read_xml(xml)
    assert read["name"] == [
        {"family": "Weber", "given": ["Anna", None], "_given": [None, {"id": "g"}]}
    ]
    assert str(read["_birthDate"]["extension"][0]["valueDecimal"]) == "1.50"
    assert read["active"] is True


@pytest.mark.parametrize(
    "xml", [b"", b"<Patient/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><Patient/>",
            b'<Nothing xmlns="http://hl7.org/fhir"/>']
)  # fmt: skip
def test_what_is_no_fhir_xml_is_told_so(xml: bytes) -> None:
    with pytest.raises(XmlFault):
        read_xml(xml)


def rules_of(package: str) -> set[str]:
    """Every rule id that the validator's modules tell."""
    folder = Path(__file__).parents[4] / package
    told = re.compile(r'(?:tell|rule=|yield|return|_unreadable)\(?\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"')
    return {rule for file in folder.glob("*.py") for rule in told.findall(file.read_text())}


def test_every_rule_has_its_sentence_in_three_languages() -> None:
    catalogue = Catalogue.load(files("reference_server.fhir") / "messages")
    rules = rules_of("reference_server/fhir/validation")
    assert {"too-few", "value-format", "attachment-size", "slicing-closed"} <= rules
    assert rules <= RULES.keys()
    own = {each for each in catalogue.ids() if each.startswith("fhir.")}
    assert {f"fhir.{rule}" for rule in RULES} == own - {"fhir.all-ok"}
    assert all(catalogue.parameters(f"fhir.{rule}") is not None for rule in RULES)


def test_an_issue_tells_line_column_sentence_and_rule() -> None:
    source = b'{\n "resourceType": "Patient",\n "name": [{"family": "x"}],\n "gender": "w"\n}'
    issue = Validator(options=Options(language="en")).validate(source)["issue"][0]
    assert issue["expression"] == ["Patient.gender"]
    assert [each["valueInteger"] for each in issue["extension"]] == [4, 12]
    assert issue["details"]["coding"][0]["code"] == "binding-required"
    assert issue["details"]["text"].startswith("The code w is not in the required value set")


def test_a_document_without_fault_is_told_so_in_its_own_outcome() -> None:
    told = Validator().validate(json.dumps(PATIENT).encode())
    assert told["issue"][0]["severity"] == "information"
    assert found(told) == set()


def test_xml_is_validated_too() -> None:
    source = b'<Patient xmlns="http://hl7.org/fhir"><gender value="w"/></Patient>'
    assert "binding-required" in {each.rule for each in Validator().issues(source)}
    assert [i.rule for i in Validator().issues(b"<Patient>")] == ["xml-not-readable"]
