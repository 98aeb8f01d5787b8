"""Slices: sliced again, told apart through references, by extensions that are not at hand."""

from typing import Any

import pytest

from tests.reference_server.fhir.validation.judged import Resource, profile, wrong

BASE = "http://hl7.org/fhir/StructureDefinition/"
URL = ("urn:test:profile",)
UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f4323952"


def sliced(path: str, *discriminators: tuple[str, str], rules: str = "open", name: str = "",
           **members: object) -> Resource:  # fmt: skip
    own = f"{path}:{name}" if name else path
    told = [{"type": kind, "path": way} for kind, way in discriminators]
    made: Resource = {"id": own, "path": path, **members}
    if name:
        made["sliceName"] = name
    return {**made, "slicing": {"discriminator": told, "rules": rules}}


def a_slice(path: str, name: str, **members: object) -> Resource:
    return {"id": f"{path}:{name}", "path": path, "sliceName": name, **members}


def part(path: str, name: str, below: str, **members: object) -> Resource:
    return {"id": f"{path}:{name}.{below}", "path": f"{path}.{below}", **members}


AGAIN = profile(
    "Patient",
    sliced("Patient.telecom", ("value", "system")),
    sliced("Patient.telecom", ("value", "use"), rules="closed", name="phone", max="2"),
    part("Patient.telecom", "phone", "system", min=1, fixedCode="phone"),
    a_slice("Patient.telecom", "phone/home", min=1, max="1"),
    part("Patient.telecom", "phone/home", "use", min=1, fixedCode="home"),
    a_slice("Patient.telecom", "phone/work", max="1"),
    part("Patient.telecom", "phone/work", "use", min=1, fixedCode="work"),
    part("Patient.telecom", "phone/work", "rank", min=1),
)


def telecom(*points: tuple[str, str]) -> Resource:
    made = [{"system": system, "value": "1", "use": use} for system, use in points]
    return {"resourceType": "Patient", "telecom": made}


@pytest.mark.parametrize(
    ("points", "errors"),
    [
        ([("phone", "home")], []),
        ([("email", "old"), ("phone", "home")], []),
        ([("email", "home")], [("too-few", "Patient")]),
        ([("phone", "home"), ("phone", "home")], [("too-many", "Patient")]),
        ([("email", "work"), ("phone", "home"), ("phone", "work")],
         [("too-few", "Patient.telecom[2]")]),
        ([("phone", "home"), ("email", "old"), ("phone", "mobile")],
         [("slicing-closed", "Patient.telecom[2]")]),
    ],
)  # fmt: skip
def test_a_slice_is_sliced_again(points: list[tuple[str, str]], errors: list[Any]) -> None:
    found = wrong(telecom(*points), AGAIN, profiles=URL)
    assert found == errors


def test_slices_of_a_slice_are_told_apart_as_its_element_where_it_does_not_say() -> None:
    silent = profile(
        "Patient",
        sliced("Patient.identifier", ("pattern", "$this")),
        a_slice("Patient.identifier", "own", patternIdentifier={"system": "urn:oid:1.2"}),
        a_slice("Patient.identifier", "own/old", max="1",
                patternIdentifier={"system": "urn:oid:1.2", "use": "old"}),
    )  # fmt: skip
    one = {"system": "urn:oid:1.2", "value": "1"}
    old = {**one, "use": "old"}
    good: Resource = {"resourceType": "Patient", "identifier": [one, one, old]}
    assert wrong(good, silent, profiles=URL) == []
    assert wrong({**good, "identifier": [old, one, old]}, silent, profiles=URL) == [
        ("too-many", "Patient")
    ]


RESOLVED = profile(
    "Observation",
    sliced("Observation.performer", ("type", "resolve()"), rules="closed"),
    a_slice("Observation.performer", "doctor", max="1",
            type=[{"code": "Reference", "targetProfile": [f"{BASE}Practitioner"]}]),
    a_slice("Observation.performer", "house", min=1,
            type=[{"code": "Reference", "targetProfile": [f"{BASE}Organization"]}]),
)  # fmt: skip


def observed(*references: Resource, **members: object) -> Resource:
    code = {"text": "x"}
    return {"resourceType": "Observation", "status": "final", "code": code,
            "performer": list(references), **members}  # fmt: skip


def test_references_are_told_apart_by_the_type_of_what_they_lead_to() -> None:
    house = {"resourceType": "Organization", "id": "h", "name": "H"}
    held = observed({"reference": "#h"}, contained=[house])
    assert wrong(held, RESOLVED, profiles=URL) == []
    entries = [{"fullUrl": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "resource": {
                    **observed({"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239521"}),
                    "meta": {"profile": [URL[0]]}}},
               {"fullUrl": "urn:uuid:c757873d-ec9a-4326-a141-556f43239521",
                "resource": {"resourceType": "Organization", "name": "H"}}]  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert wrong(bundle, RESOLVED) == []


def test_what_is_not_here_is_told_apart_by_what_the_reference_says() -> None:
    good = observed({"reference": "Organization/1"}, {"reference": "http://a.lu/Practitioner/2"})
    assert wrong(good, RESOLVED, profiles=URL) == []
    typed = observed({"type": "Organization", "identifier": {"value": "1"}})
    assert wrong(typed, RESOLVED, profiles=URL) == []
    assert wrong(observed({"reference": "Patient/1"}), RESOLVED, profiles=URL) == [
        ("slicing-closed", "Observation.performer[0]"), ("too-few", "Observation"),
    ]  # fmt: skip


def test_references_are_told_apart_by_a_value_of_what_they_lead_to() -> None:
    kinds = profile(
        "Observation",
        sliced("Observation.hasMember", ("value", "resolve().code")),
        a_slice("Observation.hasMember", "own", min=1,
                type=[{"code": "Reference", "targetProfile": ["urn:test:member"]}]),
    )  # fmt: skip
    code = {"coding": [{"system": "urn:oid:1.2", "code": "m"}]}
    fixed = {"id": "Observation.code", "path": "Observation.code", "patternCodeableConcept": code}
    member = profile("Observation", fixed, url="urn:test:member")
    inner = {"resourceType": "Observation", "id": "m", "status": "final", "code": code}
    outer = {**observed(), "performer": [{"reference": "Organization/1"}],
             "hasMember": [{"reference": "#m"}], "contained": [inner]}  # fmt: skip
    assert wrong(outer, kinds, member, profiles=URL) == []
    other = {**outer, "contained": [{**inner, "code": {"text": "other"}}]}
    assert ("too-few", "Observation") in wrong(other, kinds, member, profiles=URL)


def test_an_extension_that_is_not_at_hand_still_falls_into_its_slice() -> None:
    far = "http://hl7.org/fhir/StructureDefinition/not-at-hand"
    wanted = profile(
        "Patient",
        sliced("Patient.extension", ("value", "url")),
        a_slice("Patient.extension", "far", min=1, type=[{"code": "Extension", "profile": [far]}]),
    )
    held = {"resourceType": "Patient", "extension": [{"url": far, "valueString": "x"}]}
    assert wrong(held, wanted, profiles=URL) == []
    assert wrong({"resourceType": "Patient"}, wanted, profiles=URL) == [("too-few", "Patient")]


def test_of_two_profiles_one_of_which_is_not_at_hand_nothing_is_told_wrong() -> None:
    either = profile(
        "Parameters",
        {"id": "Parameters.parameter.resource", "path": "Parameters.parameter.resource",
         "type": [{"code": "Patient", "profile": ["urn:test:named", "urn:test:far"]}]},
    )  # fmt: skip
    named = profile("Patient", {"id": "Patient.name", "path": "Patient.name", "min": 1},
                    url="urn:test:named")  # fmt: skip
    asked = {"resourceType": "Parameters",
             "parameter": [{"name": "one", "resource": {"resourceType": "Patient"}}]}  # fmt: skip
    assert wrong(asked, either, named, profiles=URL) == []
    near = profile("Patient", url="urn:test:far")
    assert wrong(asked, either, named, near, profiles=URL) == []
    strict = profile("Patient", {"id": "Patient.gender", "path": "Patient.gender", "min": 1},
                     url="urn:test:far")  # fmt: skip
    assert wrong(asked, either, named, strict, profiles=URL) == [
        ("too-few", "Parameters.parameter[0].resource")
    ]


HOUSED = profile(
    "Patient",
    {"id": "Patient.managingOrganization", "path": "Patient.managingOrganization", "min": 1},
    url="urn:test:housed",
)
FOLDER = profile(
    "Bundle",
    sliced("Bundle.entry", ("profile", "resource"), rules="closed"),
    a_slice("Bundle.entry", "patient", min=1),
    part("Bundle.entry", "patient", "resource", min=1,
         type=[{"code": "Patient", "profile": ["urn:test:housed"]}]),
)  # fmt: skip
HOUSE = {"resourceType": "Organization", "id": "h", "name": "H"}
HOUSED_PATIENT = {"resourceType": "Patient", "managingOrganization": {"reference": "#h"}}


def test_what_an_entry_contains_belongs_to_it_when_slices_are_told_apart_by_profile() -> None:
    def folder(*entries: Resource) -> Resource:
        return {"resourceType": "Bundle", "type": "collection",
                "entry": [{"fullUrl": f"{UUID}{at}", "resource": each}
                          for at, each in enumerate(entries)]}  # fmt: skip

    held = {**HOUSED_PATIENT, "contained": [HOUSE]}
    assert wrong(folder(held), FOLDER, HOUSED, profiles=URL) == []
    assert ("reference-not-contained", "Bundle.entry[0].resource.managingOrganization") in wrong(
        folder(HOUSED_PATIENT), FOLDER, HOUSED, profiles=URL
    )
    # What another entry contains is not this one's.
    mixed = wrong(folder(held, HOUSED_PATIENT), FOLDER, HOUSED, profiles=URL)
    assert ("slicing-closed", "Bundle.entry[1]") in mixed


def test_what_is_contained_may_refer_to_what_is_contained_beside_it() -> None:
    element = {"id": "Observation.subject", "path": "Observation.subject",
               "type": [{"code": "Reference", "targetProfile": ["urn:test:housed"]}]}  # fmt: skip
    seen = profile("Observation", element)
    patient = {**HOUSED_PATIENT, "id": "p"}
    held = {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "subject": {"reference": "#p"}, "contained": [patient, HOUSE]}  # fmt: skip
    assert wrong(held, seen, HOUSED, profiles=URL) == []
    lost = wrong({**held, "contained": [patient]}, seen, HOUSED, profiles=URL)
    assert ("reference-target", "Observation.subject") in lost
