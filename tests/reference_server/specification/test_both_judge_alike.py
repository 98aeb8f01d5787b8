"""What the profiles call wrong in a submission the reference refuses; what is valid it takes."""

import copy
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest

from reference_server.fhir.structure import all_known
from reference_server.national.bio_presc_codes import bio_presc_codes
from reference_server.national.matricule import MatriculeMode
from reference_server.population import load
from reference_server.ports.patients import PatientRecord
from reference_server.ports.providers import PractitionerRecord
from reference_server.services.prescriptions.fhir.submission import to_submission
from reference_server.services.prescriptions.rules.all_faults import (
    form_faults,
    form_left,
    rule_faults,
)
from reference_server.services.prescriptions.rules.people import Acquaintance
from reference_server.services.prescriptions.rules.profile import profile_faults, profile_issues
from reference_server.specification import Example, Settings, national_judge, read
from reference_server.specification.model import Resource
from tests.reference_server.fhir.hostile import mutated

_EXAMPLES = read(Settings()).examples
_ENTRY = {
    "erx-composition": 0,
    "erx-patient": 1,
    "erx-practitioner": 2,
    "erx-line": 3,
    "erx-paper": 5,
}
_JUDGED = [each for each in _EXAMPLES if each.about in {*_ENTRY, "erx-submission"}]


def submitted(example: Example) -> Resource:
    """The example itself, or the good submission with the example in its place."""
    if example.about == "erx-submission":
        return example.resource
    good = next(each for each in _EXAMPLES if each.id == "submission-two-lines")
    whole = copy.deepcopy(good.resource)
    part = copy.deepcopy(example.resource)
    if example.about == "erx-line" and "occurrenceTiming" in part:
        whole["entry"][4]["resource"] = part
    else:
        whole["entry"][_ENTRY[example.about]]["resource"] = part
    return whole


def known() -> Acquaintance:
    people = load()
    patient, doctor = people.patients["anna-weber"], people.practitioners["dr-meyer"]
    return Acquaintance(
        ehealth_id=doctor.ehealth_id,
        organization="80000012",
        patient=PatientRecord(
            matricule=patient.matricule,
            family=patient.family,
            given=patient.given,
            birth_date=patient.birth_date,
            gender=patient.gender,
        ),
        practitioner=PractitionerRecord(
            ehealth_id=doctor.ehealth_id,
            cns_code=doctor.cns_code,
            family=doctor.family,
            given=doctor.given,
            profession="PS-001",
            speciality="general-medicine",
            organization="80000012",
        ),
        today=date(2026, 11, 23),
        matricule_mode=MatriculeMode.STRICT,
        synthetic_block=range(900, 1000),
        refuse_possibly_real=True,
    )


def refusals(bundle: Resource) -> list[str]:
    form = form_faults(bundle, "Bundle")
    rules = rule_faults(
        to_submission(bundle),
        known=known(),
        catalogue=bio_presc_codes(),
        now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    )
    told = (*form, *rules)
    judge = national_judge()
    profile = profile_faults(profile_issues(bundle, judge), told, judge.requirements)
    return [f"{each.code} {each.expression}" for each in (*told, *profile)]


@pytest.mark.parametrize(
    "example", [each for each in _JUDGED if each.breaks is None], ids=lambda each: each.id
)
def test_the_reference_takes_a_valid_example(example: Example) -> None:
    assert refusals(submitted(example)) == []


@pytest.mark.parametrize(
    "example", [each for each in _JUDGED if each.breaks is not None], ids=lambda each: each.id
)
def test_the_reference_refuses_an_invalid_example(example: Example) -> None:
    assert refusals(submitted(example)) != []


def test_what_a_rule_tells_is_not_told_again_by_the_profile() -> None:
    two_words = {
        each.id: found
        for each in _JUDGED
        if each.breaks is not None
        and len(found := refusals(submitted(each))) > 1
        and any(one.startswith("profile-not-met") for one in found)
    }
    assert two_words.keys() == {
        "composition-modifier",
        "submission-line-for-the-prescriber",
        "submission-patient-first",
    }


def test_a_line_that_is_not_to_be_done_is_refused_by_the_profile() -> None:
    example = next(each for each in _JUDGED if each.id == "line-not-to-be-done")
    assert refusals(submitted(example)) == ["profile-not-met Bundle.entry[3].resource"]


def test_what_the_profiles_call_good_has_no_fault_of_form_but_what_is_not_read() -> None:
    """The form is looked at only where the profiles say something, or where one is not read."""
    judge, chance = national_judge(), random.Random(7)  # noqa: S311  no secret
    good = [each for each in _JUDGED if each.about == "erx-submission" and each.breaks is None]
    left = 0
    for _ in range(60):
        changed = mutated(chance.choice(good).resource, chance)
        if not profile_issues(changed, judge):
            form = form_faults(changed, "Bundle")
            assert form == () or not all_known(changed), [each.expression for each in form]
            left += 1
    assert left > 0


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (("entry", 3, "resource", "modifierExtension"), "element-unknown"),
        (("entry", 1, "resource", "contained"), "resource-unexpected"),
        (("entry", 1, "resource", "extension"), "element-unknown"),
    ],
)
def test_what_r4_knows_and_this_service_does_not_read_is_no_known_form(
    path: tuple[str | int, ...], code: str
) -> None:
    whole = copy.deepcopy(next(e.resource for e in _EXAMPLES if e.id == "submission-two-lines"))
    assert all_known(whole)
    place: Any = whole
    for each in path[:-1]:
        place = place[each]
    place[path[-1]] = [
        {"resourceType": "Device", "id": "d", "url": "urn:x", "valueDosage": {"text": "x"}}
        if path[-1] != "modifierExtension"
        else {"url": "urn:x", "valueBoolean": True}
    ]
    assert not all_known(whole)
    assert code in {fault.code for fault in form_left(whole, is_good=True)}
