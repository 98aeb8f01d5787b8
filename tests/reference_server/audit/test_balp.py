"""Every event is an AuditEvent that keeps to the profile of IHE BALP it claims."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from reference_server.app.wiring import SERVICES
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.validator import Validator
from reference_server.kernel.interaction import Interaction
from reference_server.ports import AuditEntry, AuditOutcome
from reference_server.services.audit.fhir.event import BALP, to_fhir
from reference_server.services.audit.syslog.dicom import read_audit_message
from tests.reference_server.audit.office import ANNA, Json, Office
from tests.reference_server.audit.test_feed import MESSAGE
from tests.reference_server.audit.test_trail import CALLER
from tests.reference_server.prescriptions.town import Town

BASE = "https://127.0.0.1:8443/integration"
AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
FULL = AuditEntry(
    action="read-task",
    outcome=AuditOutcome.SUCCESS,
    request_id="r-1",
    caller=replace(CALLER, purpose="TREAT"),
    patient=ANNA,
    entities=("Task/1", "Prescription/2"),
    categories=("ePrescription",),
    origins=("90100112",),
    address="192.0.2.7",
    consent="Consent/1",
)
PLAIN = ("create", "read", "update", "delete", "search")


@cache
def validator() -> Validator:
    """Read IHE's own package, which lies beside the public suites."""
    suites = os.environ.get("EQUALIS_PUBLIC_SUITES")
    package = Path(suites or "/nowhere").parent / "packages" / "ihe.iti.balp.tgz"
    if not package.is_file():
        pytest.skip("EQUALIS_PUBLIC_SUITES names no folder beside packages/ihe.iti.balp.tgz")
    return Validator(packages=[package])


def faults(event: Json, *profiles: str) -> list[str]:
    raw = json.dumps(event).encode()
    return [
        f"{each.expression} {each.rule} {dict(each.params)}"
        for each in validator().issues(raw, profiles=profiles)
        if each.severity in {Severity.ERROR, Severity.FATAL}
    ]


def event_of(interaction: str, **changed: object) -> Json:
    entry = replace(FULL, interaction=Interaction(interaction), **changed)  # type: ignore[arg-type]  # one field at a time
    if interaction == "search":
        entry = replace(entry, query="/fhir/Task?status=requested")
    return to_fhir(entry, number=7, at=AT, base_url=BASE)


@pytest.mark.parametrize("interaction", [each.value for each in Interaction])
@pytest.mark.parametrize("patient", [ANNA, None])
@pytest.mark.parametrize("caller", [FULL.caller, None])
def test_an_event_keeps_to_the_profile_it_claims(
    interaction: str, patient: str | None, caller: object
) -> None:
    event = event_of(interaction, patient=patient, caller=caller)
    assert faults(event, *event.get("meta", {}).get("profile", ())) == []


@pytest.mark.parametrize("interaction", PLAIN)
def test_the_profile_is_the_one_of_the_act_and_of_patients(interaction: str) -> None:
    name = "Query" if interaction == "search" else interaction.capitalize()
    start = f"{BALP}/StructureDefinition/IHE.BasicAudit."
    assert event_of(interaction)["meta"]["profile"] == [f"{start}Patient{name}"]
    assert event_of(interaction, patient=None)["meta"]["profile"] == [f"{start}{name}"]


@pytest.mark.parametrize(
    ("interaction", "profile"),
    [("authorize", "AuthZconsent"), ("disclose", "PrivacyDisclosure.Source")],
)
def test_decisions_and_disclosures_have_profiles_of_their_own(
    interaction: str, profile: str
) -> None:
    claimed = event_of(interaction)["meta"]["profile"]
    assert claimed == [f"{BALP}/StructureDefinition/IHE.BasicAudit.{profile}"]


def test_no_service_takes_consents_or_discloses_yet_as_spec_says() -> None:
    routers = [router for service in SERVICES for router in service.routers]
    used = {route.interaction for router in routers for route in router.routes}
    assert not used & {Interaction.AUTHORIZE, Interaction.DISCLOSE}


def test_an_event_read_from_an_audit_message_is_a_sound_audit_event_and_claims_no_profile() -> None:
    event = read_audit_message(MESSAGE.encode())
    assert "meta" not in event
    # A sender's own words for a code are kept as they came.
    assert [each for each in faults(event) if ".display display " not in each] == []


def test_a_profile_that_is_not_kept_to_is_noticed() -> None:
    event = event_of("read")
    event["action"] = "U"
    assert faults(event, *event["meta"]["profile"]) != []


def test_a_refusal_claims_no_pattern_of_success() -> None:
    refused = event_of("read", outcome=AuditOutcome.REFUSED, refusal="role-not-allowed")
    assert "meta" not in refused
    assert (refused["outcome"], refused["outcomeDesc"]) == ("4", "role-not-allowed")
    assert faults(refused) == []


def test_what_a_whole_day_of_prescriptions_leaves_is_valid(town: Town, office: Office) -> None:
    submitted = town.prescribe()
    town.seen_by(submitted, "labo-nord")
    town.reserve(submitted.task_id)
    town.release(submitted.task_id)
    town.get("Task", who="dr-meyer")
    town.get(f"Task/{submitted.task_id}", who="pharmacie-centrale")
    town.cancel(submitted.task_id)
    office.found("date=ge2020-01-01")
    profiles = set()
    for stored in town.trail():
        event = json.loads(stored.event)
        assert event["id"] == str(stored.number)
        claimed = event.get("meta", {}).get("profile", [])
        profiles.update(claimed)
        assert faults(event, *claimed) == [], stored.entry.action
    kinds = {profile.rpartition(".")[2] for profile in profiles}
    assert {"PatientCreate", "PatientRead", "PatientUpdate", "PatientQuery", "Query"} <= kinds


@pytest.mark.parametrize(
    ("token_id", "policy"),
    [
        (CALLER.token_id, [f"urn:uuid:{CALLER.token_id}"]),
        ("a token/1", ["data:,a%20token%2F1"]),
        ("", None),
    ],
)
def test_the_token_is_named_by_a_uri(token_id: str, policy: list[str] | None) -> None:
    event = event_of("read", caller=replace(CALLER, token_id=token_id))
    person = next(agent for agent in event["agent"] if "role" in agent)
    assert person.get("policy") == policy


def test_a_record_that_fhir_has_no_type_for_is_identified() -> None:
    event = event_of("update", entities=("Task/1", "Client/lab-app", "https://a.example/x"))
    told = [each["what"] for each in event["entity"]]
    assert {"reference": "Task/1"} in told
    assert {"identifier": {"value": "Client/lab-app"}} in told
    assert {"reference": "https://a.example/x"} in told


def test_the_time_is_told_with_the_zone_of_the_clock() -> None:
    event = event_of("read")
    assert event["recorded"] == "2026-07-01T12:00:00.000+02:00"
    assert event["_recorded"]["extension"][0]["valueCode"] == "Europe/Luxembourg"
