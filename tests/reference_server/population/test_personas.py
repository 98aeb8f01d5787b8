"""The synthetic population is complete, plausible and surely nobody."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from reference_server.app import open_world
from reference_server.national.matricule import is_synthetic, matricule_faults
from reference_server.population import Outcome, PopulationError, load, seed
from reference_server.population.personas import read
from reference_server.ports import PATIENTS, PROVIDERS
from reference_server.text import LANGUAGES
from reference_server.world import Settings

PEOPLE = load()
TODAY = date(2026, 11, 22)


def test_everybody_the_scenarios_count_on_is_there() -> None:
    assert set(PEOPLE.patients) >= {
        "anna-weber",
        "joao-ferreira-da-silva",
        "lea-muller",
        "marie-therese-schmit-reuter",
        "zoe-lefevre",
        "tun-hoffmann",
        "paul-klein",
        "nobody-known",
    }
    doctors, officers = (
        {"dr-meyer", "dr-lopes", "dr-wagner"},
        {"agent-thoma", "agent-weis", "officer-krier", "auditor-hengen"},
    )
    assert set(PEOPLE.practitioners) == doctors | officers
    assert set(PEOPLE.organizations) == {
        "cabinet-meyer",
        "cabinet-lopes",
        "labo-nord",
        "labo-sud",
        "pharmacie-centrale",
        "cellule-identite",
        "guichet",
        "inspection",
    }
    assert set(PEOPLE.clients) == {
        "prescriber-app",
        "labo-nord-app",
        "labo-nord-index-app",
        "labo-nord-feed-app",
        "labo-sud-app",
        "labo-sud-feed-app",
        "pharmacie-centrale-app",
        "guichet-app",
        "traces-app",
        "labo-nord-traces-app",
        "labo-nord-annuaire-app",
        "annuaire-app",
        "cesar-app",
    }


def test_ten_ordinary_people_try_a_product_at_its_edges() -> None:
    people = PEOPLE.ordinary.values()
    assert len(people) >= 10
    assert {one.gender for one in people} == {"female", "male", "other", "unknown"}
    ages = [TODAY.year - one.birth_date.year for one in people]
    assert min(ages) == 0
    assert max(ages) > 100
    names = [f"{one.given} {one.family}" for one in people]
    assert max(len(name) for name in names) > 60
    for odd in "-'ãŁśễÉ":
        assert any(odd in name for name in names), odd
    assert any((one.birth_date.month, one.birth_date.day) == (2, 29) for one in people)


def test_each_outcome_has_exactly_one_patient() -> None:
    assert sorted(one.outcome or "" for one in PEOPLE.magic.values()) == sorted(Outcome)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_says_in_every_language_what_they_are_for(language: str) -> None:
    abouts = [one.about for one in PEOPLE.patients.values()]
    abouts += [one.about for one in PEOPLE.practitioners.values()]
    abouts += [one.about for one in PEOPLE.organizations.values()]
    abouts += [one.about for one in PEOPLE.clients.values()]
    said = [about.spoken(language) for about in abouts]
    assert len(set(said)) == len(said)
    if language == "fr":
        assert [text for text in said if re.search(r"[^\u00a0][:;!?]", text)] == []


def test_the_time_told_of_the_slow_patient_is_the_worlds() -> None:
    for language in LANGUAGES:
        about = PEOPLE.patients["marc-lentz"].about.spoken(language)
        assert f" {Settings().slow_seconds:.0f} " in about


@pytest.mark.parametrize("name", PEOPLE.patients)
def test_a_patient_is_plausible_and_synthetic(name: str) -> None:
    patient = PEOPLE.patients[name]
    assert matricule_faults(patient.matricule, today=TODAY) == ()
    assert is_synthetic(patient.matricule)
    assert (patient.birth_date.month, patient.birth_date.day) != (1, 1)


def test_identifiers_are_unique() -> None:
    matricules = [patient.matricule for patient in PEOPLE.patients.values()]
    codes = [organization.cns_code for organization in PEOPLE.organizations.values()]
    codes += [person.cns_code for person in PEOPLE.practitioners.values()]
    assert len(set(matricules)) == len(matricules)
    assert len(set(codes)) == len(codes)


def test_a_seeded_world_knows_everybody_but_nobody_known() -> None:
    world = open_world("integration", origin="https://127.0.0.1:8443")
    for _ in range(2):
        seed(world)
    with world.store.read() as tx:
        found = {
            name: world.port(PATIENTS).by_matricule(tx, patient.matricule)
            for name, patient in PEOPLE.patients.items()
        }
        doctor = world.port(PROVIDERS).practitioner(tx, "9100000017")
        laboratory = world.port(PROVIDERS).organization(tx, "90200116")
        assert world.port(PROVIDERS).practitioner(tx, "0000000000") is None
        assert world.port(PROVIDERS).organization(tx, "00000000") is None
    assert {name for name, record in found.items() if record is None} == {"nobody-known"}
    klein, weber = found["paul-klein"], found["anna-weber"]
    assert klein is not None
    assert klein.deceased_on == date(2026, 2, 11)
    assert weber is not None
    assert (weber.deceased_on, weber.family) == (None, "Weber")
    assert doctor is not None
    assert (doctor.family, doctor.organization) == ("Meyer", "90100112")
    assert laboratory is not None
    assert laboratory.role == "laboratory"
    world.close()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"matricule": "1984031790316"}, "check digit"),
        ({"matricule": "198403179031"}, "pattern"),
        ({"birth_date": "1984-03-18"}, "another birth date"),
        ({"matricule": "1984031700118", "birth_date": "1984-03-17"}, "check digit|block"),
        ({"gender": "f"}, "female"),
        ({"nickname": "x"}, "nickname"),
        ({"about": {"fr": "x", "en": "x"}}, "about.de"),
        ({"outcome": "sleepy"}, "outcome"),
        ({"outcome": "deceased"}, "outcome deceased"),
        ({"in_directory": False}, "outcome unknown"),
        ({"outcome": "merged", "merged_into": "nobody"}, "no ordinary patient"),
        ({"outcome": "merged", "merged_into": "anna"}, "no ordinary patient"),
    ],
)
def test_a_wrong_file_says_where_and_why(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    weber = PEOPLE.patients["anna-weber"].model_dump(mode="json")
    content: dict[str, object] = {"version": "1.0.0", "patients": {"anna": {**weber, **changed}}}
    content |= {"organizations": {}, "practitioners": {}, "clients": {}}
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(PopulationError, match=reason) as raised:
        read(file)
    assert "people.yaml" in str(raised.value)


def test_a_person_of_an_unknown_organisation_is_refused(tmp_path: Path) -> None:
    meyer = PEOPLE.practitioners["dr-meyer"].model_dump(mode="json")
    content: dict[str, object] = {"version": "1.0.0", "patients": {}, "organizations": {}}
    content |= {"practitioners": {"m": meyer}, "clients": {}}
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(PopulationError, match="no organisation 'cabinet-meyer'"):
        read(file)
