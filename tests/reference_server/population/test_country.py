"""The synthetic country: alike for a seed, surely nobody's numbers, and the life that it has."""

import json
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from reference_server.national.matricule import is_synthetic, matricule_faults
from reference_server.population import load
from reference_server.population.country.mistakes import KINDS, duplicate
from reference_server.population.country.people import (
    AS_OF,
    MOST,
    Calendar,
    Inhabitant,
    inhabitants,
)
from reports.cli import main

SIZE = 3000


@pytest.fixture(scope="module")
def people() -> tuple[Inhabitant, ...]:
    return tuple(inhabitants(SIZE, seed=11))


def test_a_seed_gives_the_same_people_however_many_are_taken(
    people: tuple[Inhabitant, ...],
) -> None:
    assert tuple(islice(inhabitants(MOST, seed=11), 500)) == people[:500]
    assert tuple(inhabitants(500, seed=12)) != people[:500]


def test_every_number_is_valid_synthetic_and_one_persons(people: tuple[Inhabitant, ...]) -> None:
    numbers = [str(each.traits.matricule) for each in people]
    assert len(set(numbers)) == SIZE
    assert all(is_synthetic(number) for number in numbers)
    assert not any(matricule_faults(number, today=AS_OF) for number in numbers)
    assert all(
        number[:8] == each.traits.birth_date.replace("-", "")
        for number, each in zip(numbers, people, strict=True)
    )


def test_a_full_day_passes_a_birth_on_and_nobodys_number_is_taken_twice() -> None:
    personas = frozenset(each.matricule for each in load().patients.values())
    calendar, day = Calendar(personas), date(1984, 3, 17)
    given = [calendar.number(day) for _ in range(150)]
    numbers = {number for _, number in given}
    assert len(numbers) == 150
    assert not numbers & personas
    assert {born for born, _ in given} == {day, date(1984, 3, 16)}


def test_nobody_is_born_on_the_first_of_january(people: tuple[Inhabitant, ...]) -> None:
    assert not any(each.traits.birth_date.endswith("-01-01") for each in people)


def test_the_country_has_its_households_twins_homonyms_moves_and_marriages(
    people: tuple[Inhabitant, ...],
) -> None:
    names = [(each.traits.birth_family, each.traits.given[0]) for each in people]
    assert len(set(names)) < SIZE
    assert any(each.traits.multiple_birth for each in people)
    assert any(each.traits.used_family for each in people)
    assert any(each.former for each in people)
    assert {"LU", "FR", "DE", "BE"} == {each.traits.addresses[0].country for each in people}
    assert people[-1].household < 0.7 * SIZE
    assert len({each.community for each in people}) >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mistake_happens_and_says_so(
    people: tuple[Inhabitant, ...], kind: str
) -> None:
    random = Random(1)  # noqa: S311 - repeatable on purpose
    made = [duplicate(each, random, kinds=(kind,), keep_number=True) for each in people]
    changed = [(one, two) for one, two in zip(people, made, strict=True) if two.kinds]
    assert changed
    assert all(one.traits != two.traits and one.number == two.person for one, two in changed)


def test_the_command_writes_the_same_files_again(tmp_path: Path) -> None:
    words = ["population", "--size", "200", "--seed", "5", "--duplicates", "40", "--out"]
    for name in ("one", "two"):
        assert main([*words, str(tmp_path / name)]) == 0
    for name in ("persons", "duplicates"):
        one, two = (tmp_path / run / f"{name}.ndjson" for run in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    lines = (tmp_path / "one" / "duplicates.ndjson").read_text("utf-8").splitlines()
    assert len(lines) == 40
    assert {"person", "kinds", "traits"} == set(json.loads(lines[0]))


def test_the_command_writes_fhir_patients(tmp_path: Path) -> None:
    out = tmp_path / "fhir"
    assert main(["population", "--size", "3", "--format", "fhir", "--out", str(out)]) == 0
    patients = [json.loads(each) for each in (out / "persons.ndjson").read_text().splitlines()]
    assert [each["resourceType"] for each in patients] == ["Patient"] * 3


@pytest.mark.parametrize(
    "wrong", [("--size", "0"), ("--size", str(MOST + 1)), ("--size", "2", "--duplicates", "3")]
)
def test_wrong_numbers_are_refused_and_nothing_is_written(
    wrong: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["population", *wrong, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err
    assert not (tmp_path / "out").exists()
