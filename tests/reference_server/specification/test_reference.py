"""Specification and reference service mean the same: what one takes, the other calls valid."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from reference_server.app.kit.folder import Wishes
from reference_server.app.kit.make import make_sandbox
from reference_server.fhir.validation.validator import Validator
from reference_server.national import identifiers
from reference_server.national.bio_presc_codes import bio_presc_codes
from reference_server.national.prescription_number import make_prescription_number
from reference_server.population import load
from reference_server.services.prescriptions.fhir.arguments import CANCEL_REASONS
from reference_server.services.prescriptions.fhir.query import SEARCH_PARAMETERS
from reference_server.services.prescriptions.fhir.task import LINE_PROGRESS, TASK_STATUS, to_task
from reference_server.services.prescriptions.model import (
    Identifier,
    Line,
    Prescription,
    Reservation,
    State,
)
from reference_server.services.prescriptions.router import ROUTER
from reference_server.services.prescriptions.rules.all_faults import form_faults
from reference_server.specification import Specification
from scenarios.catalogue import load_catalogue
from test_suites.core.persona import Persona, PersonaKind
from test_suites.engine.players.document import Draft, write_document
from test_suites.engine.players.wishes import LineWish

_SUBMISSION = f"{identifiers.CANONICAL}/StructureDefinition/erx-submission"
_TASK = f"{identifiers.CANONICAL}/StructureDefinition/erx-task"


def errors(validator: Validator, content: bytes, profile: str) -> list[tuple[str, str]]:
    found = validator.issues(content, profiles=(profile,))
    return [
        (issue.rule, issue.expression) for issue in found if issue.severity in {"error", "fatal"}
    ]


def test_the_first_prescription_of_the_sandbox_is_valid(
    validator: Validator, tmp_path: Path
) -> None:
    folder = tmp_path / "sandbox"
    make_sandbox(folder, Wishes(name=None, host=None, port=None, reached_as=()), language="fr")
    content = (folder / "first-prescription.json").read_bytes()
    assert errors(validator, content, _SUBMISSION) == []


@pytest.mark.parametrize(
    "lines",
    [
        (LineWish(code="BIO-0101"),),
        (LineWish(code="BIO-0301", display="Vitamine D (25-OH)", reason="Ostéoporose"),),
        (LineWish(code="BIO-0403", count=6), LineWish(code="BIO-0201", display="TSH")),
        tuple(LineWish(code=code, reason="Bilan") for code in bio_presc_codes()),
    ],
    ids=["one line", "a motivated line", "a series", "the whole catalogue"],
)
def test_what_the_labs_own_prescriber_writes_is_valid(
    validator: Validator, lines: tuple[LineWish, ...]
) -> None:
    assert errors(validator, _written(lines), _SUBMISSION) == []


def test_a_line_without_the_motivation_it_needs_is_not_valid(validator: Validator) -> None:
    found = errors(validator, _written((LineWish(code="BIO-0301"),)), _SUBMISSION)
    assert found == [("invariant", "Bundle.entry[3].resource")]


def _written(lines: tuple[LineWish, ...]) -> bytes:
    people = load()
    patient = people.patients["anna-weber"]
    doctor = people.practitioners["dr-meyer"]
    numbers = itertools.count(1)
    return write_document(
        Draft(
            identifier=UUID(int=10**30).urn,
            patient=Persona(
                id="anna-weber",
                kind=PersonaKind.PATIENT,
                matricule=patient.matricule,
                family=patient.family,
                given=patient.given,
                gender=patient.gender,
                birth_date=patient.birth_date.isoformat(),
            ),
            matricule=patient.matricule,
            prescriber=Persona(
                id="dr-meyer",
                kind=PersonaKind.PRACTITIONER,
                family=doctor.family,
                given=doctor.given,
                ehealth_id=doctor.ehealth_id,
                cns_code=doctor.cns_code,
            ),
            lines=lines,
            written=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
            urn=lambda: UUID(int=next(numbers)).urn,
        )
    )


def test_the_valid_submissions_have_no_fault_of_form_for_the_reference(
    specification: Specification,
) -> None:
    for example in specification.examples:
        if example.about == "erx-submission" and example.breaks is None:
            assert form_faults(example.resource, "Bundle") == ()


def test_the_code_systems_hold_the_codes_of_the_reference(specification: Specification) -> None:
    codes = {
        each["url"]: {concept["code"] for concept in each.get("concept", ())}
        for each in specification.of_type("CodeSystem")
    }
    assert codes[identifiers.BIO_PRESC_CODES] == set(bio_presc_codes())
    assert codes[identifiers.ERX_BUSINESS_STATUS] == {state.value for state in State}
    assert codes[identifiers.ERX_CANCEL_REASON] == CANCEL_REASONS
    assert codes[identifiers.ERX_TASK_INPUT] == {"line"}
    assert codes[identifiers.ERX_TASK_OUTPUT] == {"dispensation"}
    assert {identifiers.ERX_REFUSAL, identifiers.ERX_REQUIREMENT} <= codes.keys()


def test_the_statuses_of_a_task_are_those_of_the_reference(specification: Specification) -> None:
    found = next(s for s in specification.of_type("ValueSet") if s["id"] == "erx-task-status")
    listed = {each["code"] for each in found["compose"]["include"][0]["concept"]}
    assert listed == set(TASK_STATUS.values())


def test_every_identifier_system_has_its_naming_system(specification: Specification) -> None:
    named = {
        one["value"]
        for each in specification.of_type("NamingSystem")
        for one in each["uniqueId"]
        if one["type"] == "uri"
    }
    systems = {
        identifiers.MATRICULE,
        identifiers.EHEALTH_ID,
        identifiers.CNS_PROVIDER_CODE,
        identifiers.DSP_PATIENT_ID,
        identifiers.PROFESSIONS,
        identifiers.PRESCRIPTION_NUMBER,
    }
    assert systems <= named


def test_the_capability_statement_tells_the_routes_of_the_reference(
    specification: Specification,
) -> None:
    (statement,) = specification.of_type("CapabilityStatement")
    (rest,) = statement["rest"]
    (task,) = rest["resource"]
    operations = {each["code"]: each for each in specification.of_type("OperationDefinition")}
    routes = {route.path.rpartition("$")[2]: route for route in ROUTER.routes if "$" in route.path}
    assert operations.keys() == routes.keys()
    for code, operation in operations.items():
        assert operation["instance"] is ("{id}" in routes[code].path)
    told = {each["name"] for each in (*rest["operation"], *task["operation"])}
    assert told == routes.keys()
    searched = {each["name"] for each in task["searchParam"]}
    assert searched == set(SEARCH_PARAMETERS) - {"_count", "_format"}


@pytest.mark.parametrize("state", list(State))
def test_the_task_that_the_reference_answers_is_valid_in_every_state(
    validator: Validator, state: State
) -> None:
    at = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    held = Reservation(organization="80000012", until=at, state_before=State.ACTIVE)
    done = 2 if state is State.COMPLETED else 0
    line = Identifier(system=identifiers.URI_SYSTEM, value=UUID(int=7).urn)
    prescription = Prescription(
        task_id="t1",
        number=make_prescription_number(123456789),
        organization="80000012",
        prescriber="9100000017",
        matricule="1984031790315",
        birth_date=date(1984, 3, 17),
        authored_on=at,
        submitted_at=at,
        expires_at=at,
        changed_at=at,
        state=state,
        reservation=held if state is State.IN_PROGRESS else None,
        cancel_reason="error" if state is State.CANCELLED else None,
        lines=(Line(identifier=line, code="BIO-0101", ordered=2, dispensed=done),),
        dispensations=(line,) if done else (),
    )
    task = to_task(prescription)
    assert errors(validator, msgspec.json.encode(task), _TASK) == []


def test_every_requirement_that_a_rule_cites_is_in_the_catalogue(
    specification: Specification,
) -> None:
    cited = {
        constraint["requirements"]
        for profile in specification.of_type("StructureDefinition")
        for element in profile["differential"]["element"]
        for constraint in element.get("constraint", ())
        if "requirements" in constraint
    }
    assert cited
    assert cited <= {each.id for each in load_catalogue().requirements}


def test_the_extension_of_the_task_is_the_specifications(specification: Specification) -> None:
    assert LINE_PROGRESS in {each["url"] for each in specification.of_type("StructureDefinition")}
