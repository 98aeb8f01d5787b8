"""The command `spec`: writes the package, lists it, says what is wrong."""

import json
from pathlib import Path

import pytest

from reference_server.fhir.validation.validator import Validator
from reference_server.specification.model import PACKAGES
from reports.cli import main


def test_the_package_is_written_and_the_validator_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "national.tgz"
    assert main(["spec", "--out", str(file)]) == 0
    assert "reconstruction" in capsys.readouterr().out
    url = "https://www.esante.lu/fhir-spec/StructureDefinition/erx-patient"
    assert Validator(packages=(file,)).profile(url) is not None


def test_the_numbers_are_told_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "national.tgz"
    assert main(["spec", "--json", "--out", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["package"] == "lu.equalis.eprescription#0.1.0-reconstruction"
    assert told["artefacts"] > 30
    assert told["examples"] >= 56


def test_without_a_file_the_artefacts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec", "--json", "--base", "https://example.org/spec"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "https://example.org/spec/StructureDefinition/erx-task" in {e["url"] for e in listed}
    assert main(["spec"]) == 0
    assert "StructureDefinition" in capsys.readouterr().out


@pytest.mark.parametrize("base", ["esante.lu", "https://exa mple.org/"])
def test_a_base_that_is_no_address_is_wrong_input(
    base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spec", "--language", "en", "--base", base]) == 2
    assert "canonical base" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nowhere" / "national.tgz"
    assert main(["spec", "--json", "--out", str(file)]) == 2
    assert str(file) in json.loads(capsys.readouterr().out)["error"]["what"]


def test_a_package_compared_with_itself_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "national.tgz"
    assert main(["spec", "--language", "en", "--out", str(file), "--against", str(file)]) == 0
    assert "0 differences" in capsys.readouterr().out


def test_what_another_package_changes_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    codes = {
        "resourceType": "CodeSystem",
        "url": "https://www.esante.lu/fhir-spec/CodeSystem/erx-task-input",
        "content": "complete",
        "concept": [{"code": "ligne"}],
    }
    (other / "codes.json").write_text(json.dumps(codes), encoding="utf-8")
    assert main(["spec", "--against", str(other)]) == 0
    shown = capsys.readouterr().out
    assert "+ https://www.esante.lu/fhir-spec/CodeSystem/erx-task-input concept[ligne]" in shown
    assert "- https://www.esante.lu/fhir-spec/StructureDefinition/erx-line\n" in shown
    assert main(["spec", "--json", "--against", str(other)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["kind"] for each in lines} == {"added", "removed"}


def test_what_is_no_package_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spec", "--language", "en", "--against", str(tmp_path / "none.tgz")]) == 2
    assert "none.tgz" in capsys.readouterr().err


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_written_by_its_name(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.tgz"
    assert main(["spec", "--json", "--package", name, "--out", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["package"].startswith(f"lu.equalis.{name}#")
    assert Validator(packages=(file,)).broken == {}
