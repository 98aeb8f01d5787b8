"""Regulation (EU) 2025/327, Annex II 3.2: what a log must tell of each access to health data."""

import json
from datetime import datetime, timedelta

import pytest

from reference_server.national.identifiers import CNS_PROVIDER_CODE, EHEALTH_ID, MATRICULE
from tests.reference_server.audit.office import ANNA, Json, Office, values
from tests.reference_server.prescriptions.town import PEOPLE, Town

LABORATORY = PEOPLE.organizations["labo-nord"].cns_code
DOCTOR = PEOPLE.practitioners["dr-meyer"]
PRACTICE = PEOPLE.organizations[DOCTOR.organization].cns_code


@pytest.fixture
def accesses(town: Town, office: Office) -> list[Json]:
    """Scripted accesses: written, retrieved by a laboratory, read and searched by the doctor."""
    submitted = town.seen_by(town.prescribe(), "labo-nord")
    town.get(f"Task/{submitted.task_id}", who="dr-meyer")
    town.get("Task", who="dr-meyer")
    events = [json.loads(stored.event) for stored in town.trail()]
    assert len(events) == 4
    assert office.whole()
    return events


def test_annex_ii_3_2_a_the_provider_or_individual_who_had_access(accesses: list[Json]) -> None:
    for event, organization in zip(
        accesses, (PRACTICE, LABORATORY, PRACTICE, PRACTICE), strict=True
    ):
        assert values(event, "agent", system=CNS_PROVIDER_CODE) == [organization]
    assert [values(event, "agent", system=EHEALTH_ID) for event in accesses] == [
        [DOCTOR.ehealth_id],
        [],
        [DOCTOR.ehealth_id],
        [DOCTOR.ehealth_id],
    ]


def test_annex_ii_3_2_b_the_natural_person_whose_data_it_was(accesses: list[Json]) -> None:
    for event in accesses:
        assert values(event, "entity", system=MATRICULE) == [ANNA]


def test_annex_ii_3_2_c_the_categories_of_data(accesses: list[Json]) -> None:
    for event in accesses:
        labels = [
            label["code"] for each in event["entity"] for label in each.get("securityLabel", ())
        ]
        assert set(labels) == {"ePrescription"}


def test_annex_ii_3_2_d_the_time_and_date_of_access(town: Town, accesses: list[Json]) -> None:
    for event, stored in zip(accesses, town.trail(), strict=True):
        told = datetime.fromisoformat(event["recorded"])
        assert told.utcoffset() is not None
        assert abs(told - stored.at) < timedelta(milliseconds=1)
        assert event["_recorded"]["extension"][0]["valueCode"] == "Europe/Luxembourg"


def test_annex_ii_3_2_e_the_origins_of_the_data(accesses: list[Json]) -> None:
    for event in accesses:
        assert values(event, "entity", system=CNS_PROVIDER_CODE) == [PRACTICE]
