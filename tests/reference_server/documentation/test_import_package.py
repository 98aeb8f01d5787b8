"""`equalis import-package` brings a package in, tells what it changes, or why it cannot."""

import json
from pathlib import Path

import pytest

from reference_server.app.copies.folder import Folder
from reference_server.app.worlds import open_world
from reference_server.services.documentation.store import shelf_of
from reports.cli import main
from tests.reference_server.documentation.conftest import package, packed, stricter_line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Folder(path=tmp_path).create("integration")
    return tmp_path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agency.tgz"
    path.write_bytes(package(stricter_line))
    return path


def versions(folder: Path) -> list[str]:
    world = open_world(
        "integration", origin="https://localhost", database=folder / "integration.db"
    )
    try:
        held = (each.release for each in shelf_of(world).held)
        return [each.version for each in held if each.slot == "lu.equalis.eprescription"]
    finally:
        world.close()


def test_what_changes_is_listed_and_kept(
    folder: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-package", str(file), "--folder", str(folder), "--language", "en"]) == 0
    told = capsys.readouterr().out
    assert "takes the place of lu.equalis.eprescription#0.1.0-reconstruction" in told
    assert "~ StructureDefinition/erx-line" in told
    assert "! ServiceRequest.reasonCode min: 0 → 1" in told
    assert "- ValueSet/erx-cancel-reason" in told
    assert "+ ValueSet/own-set" in told
    assert "1 new, 1 removed, 1 changed; 1 stricter changes." in told
    assert versions(folder) == ["0.1.0-reconstruction", "0.2.0"]


def test_a_dry_run_tells_the_same_and_keeps_nothing(
    folder: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-package", str(file), "--folder", str(folder), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["totals"] == {"added": 1, "removed": 1, "changed": 1, "stricter": 1}
    assert not told["kept"]
    (change,) = told["stricter"]["StructureDefinition/erx-line"]
    assert (change["element"], change["before"], change["after"]) == (
        "ServiceRequest.reasonCode",
        "0",
        "1",
    )
    assert versions(folder) == ["0.1.0-reconstruction"]


def test_a_package_under_another_base_is_compared_under_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "https://example.org/fhir"
    file = tmp_path / "other.tgz"
    assert main(["spec", "--base", other, "--out", str(file)]) == 0
    capsys.readouterr()
    where = ["--folder", str(folder), "--dry-run", "--json"]
    assert main(["import-package", str(file), *where, "--base", other]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["changed"] == 0


def test_what_a_package_needs_and_is_not_here_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def needy(content: dict[str, dict[str, object]]) -> None:
        content["package/package.json"]["dependencies"] = {"hl7.fhir.eu.base": "0.1.0"}

    file = tmp_path / "needy.tgz"
    file.write_bytes(package(needy))
    assert main(["import-package", str(file), "--folder", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == ["hl7.fhir.eu.base#0.1.0"]


@pytest.mark.parametrize(
    "options", [["--world", "none"], ["--base", "esante.lu"], ["--replaces", "lu.nobody"]]
)
def test_wrong_input_is_told_and_changes_nothing(
    folder: Path, file: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-package", str(file), "--folder", str(folder), *options]) == 2
    told = capsys.readouterr()
    assert options[1] in told.err
    assert "Traceback" not in told.err
    assert versions(folder) == ["0.1.0-reconstruction"]


def test_a_file_that_is_no_package_is_wrong_input(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.tgz"
    for content in (b"nothing", packed({"package/package.json": b"{"})):
        broken.write_bytes(content)
        assert main(["import-package", str(broken), "--folder", str(folder), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["what"]
    assert main(["import-package", str(tmp_path / "none.tgz"), "--folder", str(folder)]) == 2


def test_a_code_system_that_is_broken_keeps_the_whole_package_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(content: dict[str, dict[str, object]]) -> None:
        content["package/CodeSystem-erx-task-input.json"]["concept"] = "none"

    file = tmp_path / "broken.tgz"
    file.write_bytes(package(broken))
    assert main(["import-package", str(file), "--folder", str(folder)]) == 2
    assert capsys.readouterr().err
    assert versions(folder) == ["0.1.0-reconstruction"]
