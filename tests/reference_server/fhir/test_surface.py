"""What others call is where it was promised, with the shapes that were promised."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from reference_server.fhir import fhirpath, validation

PATIENT = {"resourceType": "Patient", "id": "a", "gender": "female"}


def test_the_validator_takes_packages_and_profiles_and_gives_an_outcome(tmp_path: Path) -> None:
    profile = {
        "resourceType": "StructureDefinition", "url": "urn:test:named", "name": "Named",
        "status": "draft", "kind": "resource", "abstract": False, "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "min": 1}]},
    }  # fmt: skip
    (tmp_path / "named.json").write_text(json.dumps(profile))
    validator = validation.Validator(packages=(tmp_path,))
    raw = json.dumps(PATIENT).encode()
    well = validator.validate(raw)
    assert well["resourceType"] == "OperationOutcome"
    assert {each["severity"] for each in well["issue"]} <= {"information", "warning"}
    wrong = validator.validate(raw, profiles=("urn:test:named",))
    (error,) = (each for each in wrong["issue"] if each["severity"] == "error")
    assert error["expression"] == ["Patient"]


def test_an_expression_gives_plain_values_or_its_own_error() -> None:
    assert fhirpath.evaluate(PATIENT, "gender | id") == ("female", "a")
    assert fhirpath.evaluate(PATIENT, "%more + 0.5", environment={"more": 1}) == (Decimal("1.5"),)
    with pytest.raises(fhirpath.FhirPathError):
        fhirpath.evaluate(PATIENT, "gender.")


def test_what_is_not_promised_is_not_there() -> None:
    assert not hasattr(validation, "Nothing")
