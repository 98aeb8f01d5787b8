"""The catalogue is whole, honest and in three languages; every mistake is named where it stands."""

import re
import shutil
from pathlib import Path

import pytest

from scenarios import Catalogue, DeclarationError, load_catalogue
from scenarios.model import Actor, Authority, Obligation, Scenario

ROOT = Path("scenarios")
HAPPY = "eprescription/ep-dispense-once.yaml"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT, tmp_path / "c", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "c"


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence in a file and return its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def mistake(folder: Path) -> DeclarationError:
    with pytest.raises(DeclarationError) as raised:
        load_catalogue(folder)
    return raised.value


def test_it_holds_what_was_promised(catalogue: Catalogue) -> None:
    assert len(catalogue.requirements) >= 65
    assert len(catalogue.scenarios) >= 24


@pytest.mark.parametrize("actor", [Actor.PRESCRIBER, Actor.LABORATORY, Actor.SERVICE])
def test_enough_binding_requirements_are_tested_to_decide(
    catalogue: Catalogue, actor: Actor
) -> None:
    binding = [
        r.id
        for r in catalogue.requirements
        if actor in r.actors
        and r.obligation is Obligation.MUST
        and r.authority is not Authority.ASSUMED
        and r.untested_because is None
        and r.condition is None
    ]
    assert len(binding) >= 10


def test_an_assumed_requirement_cites_our_own_words(catalogue: Catalogue) -> None:
    for requirement in catalogue.requirements:
        assumed = requirement.authority is Authority.ASSUMED
        assert assumed == (catalogue.source(requirement.source).publisher == "eQualis Lab")


def test_no_text_is_left_in_the_wrong_language(catalogue: Catalogue) -> None:
    for requirement in catalogue.requirements:
        text = requirement.text
        if len(text.fr) > 25:
            assert len({text.fr, text.en, text.de}) == 3
        assert not re.search(r"\b(the|der|und|must|software)\b", text.fr)
        assert not re.search(r"\b(le|les|des|une|der|und)\b", text.en)


def test_french_sets_a_hard_space_before_high_punctuation(catalogue: Catalogue) -> None:
    texts = [r.text.fr for r in catalogue.requirements]
    texts += [t for s in catalogue.scenarios for t in (s.title.fr, s.purpose.fr)]
    assert not [text for text in texts if re.search(r"[^\u00a0][;!?]|[^\u00a0\d]:", text)]


def test_every_requirement_with_a_capability_is_only_tested_where_it_is_needed(
    catalogue: Catalogue,
) -> None:
    conditions = {r.id: r.condition for r in catalogue.requirements if r.condition}
    stray = {
        (scenario.id, requirement)
        for scenario in catalogue.scenarios
        for requirement in scenario.cited() & set(conditions)
        if conditions[requirement] not in {*scenario.needs, "reserve"}
    }
    assert not stray


def test_the_digest_hangs_on_meaning_and_not_on_layout(catalogue: Catalogue, copy: Path) -> None:
    path = copy / HAPPY
    path.write_text("# a remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_catalogue(copy).digest == catalogue.digest
    change(copy, HAPPY, "BIO-0101", "BIO-0102")
    assert load_catalogue(copy).digest != catalogue.digest


def test_nouns_are_found_by_id(catalogue: Catalogue) -> None:
    assert catalogue.requirement("ERX-SRV-001").source == "DECK-2022"
    assert catalogue.source("GDPR").authority is Authority.LAW
    assert isinstance(catalogue.scenario("ep-dispense-once"), Scenario)
    assert "anna-weber" in catalogue.dataset("erx-standard").personas
    with pytest.raises(KeyError):
        catalogue.requirement("ERX-SRV-999")


MISTAKES = [
    (HAPPY, "id: ep-dispense-once", "id: ep-other", "id", "id.not-file"),
    (HAPPY, "actors: [", "actors: [pharmacist, ", "actors[0]", "prescriber"),
    (HAPPY, "operation: prescribe", "operation: prescribes", "steps[0].operation", "prescribe"),
    (HAPPY, "as: dr-meyer", "as: dr-nobody", "steps[0].as", "persona.unknown(name=dr-nobody)"),
    (HAPPY, "bind: rx", "bind: ry", "steps[1].parameters.paper", "binding.unknown"),
    (
        HAPPY,
        "check: retrieves-by-code",
        "chek: x",
        "steps[1].expect[0].chek",
        "field.unknown() declaration.hint.nearest-of(nearest=check",
    ),
    (
        HAPPY,
        "ERX-LAB-001, check",
        "ERX-LAB-999, check",
        "steps[1].expect[0].requirement",
        "requirement.unknown(name=ERX-LAB-999)",
    ),
    (HAPPY, "ERX-LAB-001, check", "LAB1, check", "steps[1].expect[0].requirement", "pattern"),
    (HAPPY, "[submission,", "[submision,", "steps[0].expect_all[0]", "set.unknown"),
    (
        HAPPY,
        "{patient: anna-weber",
        "{patient: nobody",
        "steps[0].parameters.patient",
        "persona.unknown",
    ),
    (HAPPY, "{patient: ", "{pet: x, patient: ", "steps[0].parameters.pet", "parameter.unknown"),
    (HAPPY, "{code: BIO-0101}", "{kode: 1}", "steps[0].parameters.lines[0]", "parameter.line"),
    (HAPPY, "dataset: erx-standard", "dataset: x", "dataset", "dataset.unknown(name=x)"),
    (HAPPY, "title:\n  fr: ", "title:\n  it: ", "title.it", "field.unknown"),
    (HAPPY, "  - id: dispense", "  - id: prescribe", "steps[1].id", "step.repeated"),
    (
        "requirements/service.yaml",
        "source: DECK-2022",
        "source: DECK-1999",
        "requirements[0].source",
        "source.unknown(name=DECK-1999)",
    ),
    (
        "requirements/service.yaml",
        "authority: national",
        "authority: law",
        "requirements[0].authority",
        "authority.differs(source=DECK-2022, authority=national",
    ),
    (
        "requirements/laboratory.yaml",
        "    untested_because:",
        "    condition: x\n    untested_becaus:",
        "requirements[15].untested_becaus",
        "field.unknown",
    ),
    ("sources.yaml", "sources:", "source:", "", "key.only"),
    ("datasets.yaml", "- anna-weber", "- Anna Weber", "datasets[0].personas[0]", "pattern"),
]


@pytest.mark.parametrize(("file", "old", "new", "field", "message"), MISTAKES)
def test_a_mistake_is_named_with_file_and_field(  # noqa: PLR0917  a table's columns
    copy: Path, file: str, old: str, new: str, field: str, message: str
) -> None:
    change(copy, file, old, new)
    error = mistake(copy)
    every = (error, *error.others)
    assert any(
        e.file == Path(file).name and e.field == field and message in f"{e.what} {e.hint}"
        for e in every
    ), str(error)


def test_a_mistake_is_named_with_its_line(copy: Path) -> None:
    line = change(copy, HAPPY, "operation: prescribe", "operation: prescribes")
    assert mistake(copy).line == line
    assert str(mistake(copy)).startswith(f"ep-dispense-once.yaml:{line}: steps[0].operation: ")


def test_all_mistakes_of_a_file_are_named_at_once(copy: Path) -> None:
    change(copy, HAPPY, "as: dr-meyer", "as: Dr Meyer")
    change(copy, HAPPY, "dataset: erx-standard", "dataset: Erx Standard")
    change(copy, HAPPY, "operation: dispense", "operation: dispenses")
    assert len(mistake(copy).others) >= 1


def test_what_is_not_yaml_is_named_with_its_line(copy: Path) -> None:
    change(copy, HAPPY, "dataset: erx-standard", "dataset: [erx-standard")
    assert mistake(copy).message_id == "declaration.yaml.broken"
    assert mistake(copy).line


def test_a_key_that_is_there_twice_is_refused(copy: Path) -> None:
    line = change(copy, HAPPY, "dataset:", "dataset: x\ndataset:")
    error = mistake(copy)
    assert (error.line, error.field) == (line + 1, "dataset")


def test_a_requirement_nobody_tests_needs_a_reason(copy: Path) -> None:
    (copy / "eprescription" / "sv-capabilities.yaml").unlink()
    error = mistake(copy)
    found = [str(e.what) for e in error.every()]
    assert "declaration.requirement.untested(requirement=ERX-SRV-029, actors=service)" in found


def test_a_reason_for_not_testing_goes_when_a_test_comes(copy: Path) -> None:
    change(copy, HAPPY, "ERX-SRV-010", "ERX-SRV-035")
    error = mistake(copy)
    assert "declaration.requirement.tested(requirement=ERX-SRV-035)" in [
        str(e.what) for e in error.every()
    ]


def test_an_expectation_may_only_bind_whom_the_requirement_binds(copy: Path) -> None:
    change(
        copy,
        HAPPY,
        "ERX-LAB-001, check: retrieves-by-code, about: sender",
        "ERX-LAB-001, check: retrieves-by-code, about: service",
    )
    error = mistake(copy)
    assert any(e.message_id == "declaration.requirement.not-binding" for e in error.every())


def test_an_actor_keeps_its_persona(copy: Path) -> None:
    change(copy, "eprescription/ep-two-patients.yaml", "as: dr-meyer", "as: dr-lopes")
    assert "one-persona" in str(mistake(copy).hint)


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    assert mistake(tmp_path).message_id == "declaration.file.missing"
