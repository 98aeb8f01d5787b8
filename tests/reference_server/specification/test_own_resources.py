"""What the directory and the audit of the reference write keeps to the national profiles."""

import json
from datetime import UTC, datetime

import pytest

from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.kernel.access import Caller
from reference_server.kernel.interaction import Interaction
from reference_server.population.directory import synthetic_directory
from reference_server.ports import AuditEntry, AuditOutcome
from reference_server.services.audit.fhir.event import to_fhir
from reference_server.services.providers.fhir.resources import of_organization, of_practitioner
from reference_server.specification import every
from reference_server.specification.model import Resource

_PROFILES = {
    "Practitioner": "directory-practitioner",
    "Organization": "directory-organization",
    "PractitionerRole": "directory-practitioner-role",
    "Location": "directory-location",
    "HealthcareService": "directory-healthcare-service",
    "Endpoint": "directory-endpoint",
    "AuditEvent": "audit-event",
}


@pytest.fixture(scope="module")
def judge() -> Validator:
    library = Library()
    for each in every():
        library.lay(each.resources)
    return Validator(library=library)


def wrong(judge: Validator, resource: Resource) -> list[Issue]:
    (root,) = {each.settings.root for each in every()}
    # IHE's own profiles, which the services claim, are judged with IHE's package.
    plain = {name: value for name, value in resource.items() if name != "meta"}
    profile = f"{root}/StructureDefinition/{_PROFILES[resource['resourceType']]}"
    found = judge.issues(json.dumps(plain).encode(), profiles=[profile])
    return [each for each in found if each.severity in {Severity.ERROR, Severity.FATAL}]


def test_every_entry_of_the_directory_fits(judge: Validator) -> None:
    organizations, people = synthetic_directory(40)
    entries = [each for record in organizations for each in of_organization(record)]
    entries += [e for record in people for e in of_practitioner(record, certificate=b"0\x03")]
    judged = [each for each in entries if each["resourceType"] in _PROFILES]
    assert {each["resourceType"] for each in judged} == _PROFILES.keys() - {"AuditEvent"}
    assert [issue for each in judged for issue in wrong(judge, each)] == []


@pytest.mark.parametrize("outcome", [AuditOutcome.SUCCESS, AuditOutcome.REFUSED])
@pytest.mark.parametrize("interaction", [each for each in Interaction if each != "authorize"])
def test_every_trace_of_an_access_fits(
    judge: Validator, interaction: Interaction, outcome: AuditOutcome
) -> None:
    caller = Caller(
        client_id="app", subject="s", role="prescriber", scopes=frozenset(), token_id="t",
        ehealth_id="9100000017", organization="80000012", profession="PS-001", correlation="r",
    )  # fmt: skip
    entry = AuditEntry(
        action="read-prescription", outcome=outcome, request_id="r", caller=caller,
        interaction=interaction, patient="1984031790315", entities=("Task/1",),
        refusal="" if outcome is AuditOutcome.SUCCESS else "forbidden",
    )  # fmt: skip
    event = to_fhir(entry, number=1, at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
                    base_url="https://a.example/x")  # fmt: skip
    assert wrong(judge, event) == []
