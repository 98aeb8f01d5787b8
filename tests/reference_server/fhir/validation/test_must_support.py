"""Which must-support elements of a profile are not there: told where it is asked for."""

from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Options, Validator
from tests.reference_server.fhir.validation.judged import Resource, profile

WANTED = profile(
    "Patient",
    {"id": "Patient.birthDate", "path": "Patient.birthDate", "mustSupport": True},
    {"id": "Patient.name", "path": "Patient.name", "mustSupport": True,
     "slicing": {"discriminator": [{"type": "value", "path": "use"}], "rules": "open"}},
    {"id": "Patient.name:own", "path": "Patient.name", "sliceName": "own", "mustSupport": True},
    {"id": "Patient.name:own.use", "path": "Patient.name.use", "min": 1, "fixedCode": "official"},
    {"id": "Patient.name:own.family", "path": "Patient.name.family", "mustSupport": True},
)  # fmt: skip


def absent(patient: Resource, *, asked: bool = True) -> list[tuple[str, str]]:
    library = Library()
    library.lay([WANTED])
    validator = Validator(library=library, options=Options(must_support=asked, language="en"))
    found = validator.issues_of(patient, profiles=["urn:test:profile"])
    assert all(each.severity not in {"error", "fatal"} for each in found)
    issues = [each for each in found if each.rule == "must-support-absent"]
    return [(each.expression, str(each.params["name"])) for each in issues]


def test_what_is_marked_and_absent_is_told_at_its_place() -> None:
    assert absent({"resourceType": "Patient"}) == [
        ("Patient", "Patient.name"), ("Patient", "Patient.birthDate"),
    ]  # fmt: skip
    named = {"resourceType": "Patient", "birthDate": "2001-02-03", "name": [{"use": "old"}]}
    assert absent(named) == [("Patient", "Patient.name:own")]
    named["name"] = [{"use": "official", "given": ["A"]}]
    assert absent(named) == [("Patient.name[0]", "Patient.name[0].family")]


def test_it_is_told_only_where_it_is_asked_for() -> None:
    assert absent({"resourceType": "Patient"}, asked=False) == []
