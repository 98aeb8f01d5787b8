"""Definitions as what is validated: heads of profiles, elements, operations, references."""

from typing import Any

import pytest

from reference_server.fhir.validation import operations
from reference_server.fhir.validation.library import Library
from tests.reference_server.fhir.validation.judged import Resource, profile, wrong

BASE = "http://hl7.org/fhir/StructureDefinition/"
PLACE = "StructureDefinition.differential.element[1]"


def extension(url: str = "urn:test:e", fixed: str = "urn:test:e", **members: object) -> Resource:
    made = profile("Extension", {"id": "Extension.url", "path": "Extension.url", "fixedUri": fixed},
                   url=url)  # fmt: skip
    context = [{"type": "element", "expression": "Patient.name"}]
    return {**made, "kind": "complex-type", "context": context, **members}


def on(expression: str) -> Resource:
    return extension(context=[{"type": "element", "expression": expression}])


@pytest.mark.parametrize(
    ("definition", "errors"),
    [
        (profile("Patient"), []),
        ({**profile("Patient"), "kind": "complex-type"}, ["definition-kind"]),
        ({**profile("Patient"), "type": "Person"}, ["definition-of-another-type"]),
        ({**profile("Patient"), "derivation": "specialization"}, ["definition-same-type"]),
        ({**profile("Patient"), "context": [{"type": "element", "expression": "Patient"}]},
         ["definition-context"]),
        (extension(), []),
        (extension(fixed="urn:test:other"), ["definition-extension-url"]),
        (on("Observation.component.value[x]"), []), (on("HumanName.given"), []),
        (on("Bundle.entry.resource"), []), (on("Extension"), []),
        (on("Patient.nom"), ["definition-context-unknown"]),
        (on("Patientt"), ["definition-context-unknown"]),
        (on("http://a.lu/StructureDefinition/x#X.y"), []),
    ],
)  # fmt: skip
def test_a_definition_fits_its_base(definition: Resource, errors: list[str]) -> None:
    rules = [rule for rule, _ in wrong(definition) if rule.startswith("definition")]
    assert set(rules) - {"definition-path", "definition-broken"} == set(errors)


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ({"path": "Patient.name", "slicing": {"rules": "open"}}, None),
        ({"path": "Patient.deceased[x]", "slicing": {"rules": "open"}}, None),
        ({"path": "Patient.gender", "slicing": {"rules": "open"}}, "definition-slicing"),
        ({"path": "Patient.gender", "meaningWhenMissing": "x"}, "definition-meaning"),
        ({"path": "Patient.birthDate",
          "binding": {"strength": "required", "valueSet": "urn:test:v"}}, "definition-binding"),
        ({"path": "Patient.gender",
          "binding": {"strength": "required", "valueSet": "urn:test:v"}}, None),
        ({"path": "Patient.contact", "constraint": [
            {"key": "pat-1", "severity": "error", "human": "x", "expression": "name.exists()"}]},
         "definition-key"),
        ({"path": "Patient.contact", "constraint": [
            {"key": "own-1", "severity": "error", "human": "x", "expression": "name.exists()"}]},
         None),
    ],
)  # fmt: skip
def test_an_element_says_only_what_it_may(element: dict[str, Any], rule: str | None) -> None:
    found = wrong(profile("Patient", {"id": element["path"], **element}))
    mine = [(each, place) for each, place in found if each.startswith("definition")]
    assert [each for each, _ in mine] == ([] if rule is None else [rule])
    assert all(place.startswith(PLACE) for _, place in mine)


def test_a_key_names_one_rule_within_a_profile() -> None:
    def ruled(path: str, expression: str) -> Resource:
        rule = {"key": "own-1", "severity": "error", "human": "x", "expression": expression}
        return {"id": path, "path": path, "constraint": [rule]}

    same = profile("Patient", ruled("Patient.name", "true"), ruled("Patient.contact", "true"))
    assert wrong(same) == []
    other = profile("Patient", ruled("Patient.name", "true"), ruled("Patient.contact", "false"))
    assert [rule for rule, _ in wrong(other)] == ["definition-key"]


def test_a_reference_that_must_lead_to_something_here_does() -> None:
    kind = {"code": "Reference", "targetProfile": [f"{BASE}Organization"],
            "aggregation": ["contained", "bundled"]}  # fmt: skip
    path = "Patient.managingOrganization"
    inner = profile("Patient", {"id": path, "path": path, "type": [kind]})
    house = {"resourceType": "Organization", "id": "h", "name": "H"}

    def referring(reference: str, **members: object) -> Resource:
        return {"resourceType": "Patient", "managingOrganization": {"reference": reference},
                **members}  # fmt: skip

    url = ("urn:test:profile",)
    assert wrong(referring("#h", contained=[house]), inner, profiles=url) == []
    assert wrong(referring("Organization/h"), inner, profiles=url) == [
        ("reference-not-here", "Patient.managingOrganization")
    ]


@pytest.mark.parametrize(
    ("least", "most", "errors"), [(1, "1", 0), (0, "1", 1), (1, "*", 1), (0, "*", 2)]
)
def test_an_operation_counts_its_parameters_as_its_profile(
    least: int, most: str, errors: int
) -> None:
    path = "Parameters.parameter"
    inputs = profile(
        "Parameters",
        {"id": path, "path": path,
         "slicing": {"discriminator": [{"type": "value", "path": "name"}], "rules": "open"}},
        {"id": f"{path}:form", "path": path, "sliceName": "form", "min": 1, "max": "1"},
        {"id": f"{path}:form.name", "path": f"{path}.name", "fixedString": "form"},
        url="urn:test:in",
    )  # fmt: skip
    asked = {"name": "form", "use": "in", "min": least, "max": most, "type": "string"}
    operation = {
        "resourceType": "OperationDefinition", "name": "Ask", "status": "draft",
        "kind": "operation", "code": "ask", "system": True, "type": False, "instance": False,
        "inputProfile": "urn:test:in", "parameter": [asked],
    }  # fmt: skip
    found = wrong(operation, inputs)
    assert found == [("operation-profile", "OperationDefinition.inputProfile")] * errors


@pytest.mark.parametrize(
    ("parameter", "allowed", "named"),
    [
        ({"type": "string"}, {"value[x]": [{"code": "string"}, {"code": "code"}]}, None),
        ({"type": "id"}, {"value[x]": [{"code": "string"}]}, None),
        ({"type": "integer"}, {"value[x]": [{"code": "string"}]}, "form.type"),
        ({"type": "string"}, {"value[x]": []}, "form.type"),
        ({"type": "Patient"}, {"resource": [{"code": "Patient"}]}, None),
        ({"type": "Patient"}, {"resource": [{"code": "Resource"}]}, None),
        ({"type": "Patient"}, {"resource": [{"code": "Group"}]}, "form.type"),
        ({"type": "Patient"}, {"resource": [{"code": "Resource",
                                             "profile": [f"{BASE}Patient"]}]}, None),
        ({"type": "Patient"}, {"value[x]": [{"code": "string"}]}, None),
        ({"type": "Reference", "targetProfile": [f"{BASE}Patient"]},
         {"value[x]": [{"code": "Reference", "targetProfile": [f"{BASE}Patient"]}]}, None),
        ({"type": "Reference", "targetProfile": [f"{BASE}Patient", f"{BASE}Group"]},
         {"value[x]": [{"code": "Reference", "targetProfile": [f"{BASE}Patient"]}]},
         "form.targetProfile"),
        ({"type": "Reference", "targetProfile": [f"{BASE}Patient"]},
         {"value[x]": [{"code": "Reference"}]}, None),
    ],
)  # fmt: skip
def test_an_operation_has_parameters_of_the_types_of_its_profile(
    parameter: Resource, allowed: dict[str, list[Resource]], named: str | None
) -> None:
    path = "Parameters.parameter"
    ((below, kinds),) = allowed.items()
    typed = {"type": kinds} if kinds else {"max": "0"}
    inputs = profile(
        "Parameters",
        {"id": path, "path": path,
         "slicing": {"discriminator": [{"type": "value", "path": "name"}], "rules": "open"}},
        {"id": f"{path}:form", "path": path, "sliceName": "form", "min": 0, "max": "1"},
        {"id": f"{path}:form.name", "path": f"{path}.name", "fixedString": "form"},
        {"id": f"{path}:form.{below}", "path": f"{path}.{below}", **typed},
        url="urn:test:in",
    )  # fmt: skip
    asked = {"name": "form", "use": "in", "min": 0, "max": "1", **parameter}
    library = Library()
    library.lay([inputs])
    operation = {"inputProfile": "urn:test:in", "parameter": [asked]}
    found = [each.params["name"] for each in operations.look(operation, library)]
    assert found == ([] if named is None else [named])
