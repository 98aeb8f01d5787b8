"""The directories take in only whom they may."""

from dataclasses import replace
from datetime import date

import pytest

from reference_server.app import open_world
from reference_server.national.matricule import MatriculeMode, make_matricule
from reference_server.ports import OrganizationRecord, PatientRecord, PractitionerRecord
from reference_server.services.patients.errors import MatriculePossiblyReal, MatriculeWrong
from reference_server.services.patients.rules.matricule import check_matricule
from reference_server.services.patients.store.directory import Directory as Patients
from reference_server.services.providers.errors import IdentifierMalformed
from reference_server.services.providers.store.directory import Directory as Providers
from reference_server.world import Settings

TODAY = date(2026, 11, 22)
SYNTHETIC = make_matricule(date(1984, 3, 17), sequence=903)
OUTSIDE = make_matricule(date(1984, 3, 17), sequence=899)
DUMMY = "7000010105084"


def test_a_number_outside_the_declared_block_may_be_real() -> None:
    check_matricule(SYNTHETIC, today=TODAY, settings=Settings())
    with pytest.raises(MatriculePossiblyReal):
        check_matricule(OUTSIDE, today=TODAY, settings=Settings())


def test_production_takes_real_numbers_and_another_block_may_be_declared() -> None:
    check_matricule(OUTSIDE, today=TODAY, settings=Settings(refuse_possibly_real=False))
    check_matricule(OUTSIDE, today=TODAY, settings=Settings(synthetic_block=range(890, 900)))


def test_a_dummy_is_taken_in_test_mode_only() -> None:
    check_matricule(DUMMY, today=TODAY, settings=Settings(matricule_mode=MatriculeMode.TEST))
    with pytest.raises(MatriculeWrong):
        check_matricule(DUMMY, today=TODAY, settings=Settings())


@pytest.mark.parametrize("mode", MatriculeMode)
@pytest.mark.parametrize("at", [11, 12])
def test_a_wrong_check_digit_is_wrong_in_every_mode(at: int, mode: MatriculeMode) -> None:
    wrong = SYNTHETIC[:at] + str((int(SYNTHETIC[at]) + 1) % 10) + SYNTHETIC[at + 1 :]
    with pytest.raises(MatriculeWrong):
        check_matricule(wrong, today=TODAY, settings=Settings(matricule_mode=mode))


def test_the_directories_hold_to_their_rules() -> None:
    world = open_world("integration", origin="https://127.0.0.1:8443")
    patient = PatientRecord(
        matricule=OUTSIDE, family="A", given="B", birth_date=date(1984, 3, 17), gender="female"
    )
    practice = OrganizationRecord(cns_code="1234567", name="A", role="prescriber")
    person = PractitionerRecord(
        ehealth_id="123",
        cns_code="12345678",
        family="A",
        given="B",
        profession="PS-001",
        speciality="general-medicine",
        organization="12345678",
    )
    with world.store.write() as tx:
        with pytest.raises(MatriculePossiblyReal):
            Patients(world).add(tx, patient)
        providers = Providers(world)
        with pytest.raises(IdentifierMalformed):
            providers.add_organization(tx, practice)
        with pytest.raises(IdentifierMalformed):
            providers.add_practitioner(tx, person)
        providers.add_organization(tx, replace(practice, cns_code="12345678"))
        providers.add_practitioner(tx, replace(person, ehealth_id="9100000041"))
        assert providers.practitioner(tx, "9100000041") is not None
    world.close()
