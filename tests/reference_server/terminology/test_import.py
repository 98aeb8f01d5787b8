"""A file of one's own: the agency's list with its rules and history, and FHIR resources."""

import json
from pathlib import Path

import pytest

from reference_server.app.copies.folder import Folder
from reference_server.app.worlds import open_world
from reference_server.ports import ANALYSES as PORT
from reference_server.services.terminology.catalogue.importing import ImportOutcome, read_list
from reference_server.services.terminology.catalogue.shapes import ShapeFaultError
from reference_server.services.terminology.store import (
    history,
    import_analyses,
    import_resources,
)
from reference_server.world import World
from reports.cli.front import main
from tests.reference_server.standing import refusal_codes, trail_of
from tests.reference_server.terminology.asking import ANALYSES, BASE, Asker, Json

LOOKUP = "/CodeSystem/$lookup"
LOINC = "http://loinc.org"


def entry(code: str = "A-1", more: Json | None = None) -> Json:
    return {"Code": code, "Name": "Glucose", "Specimen": "Sérum", **(more or {})}


def file_of(*entries: Json, version: str = "1") -> bytes:
    return json.dumps({"Version": version, "BioPrescCodes": list(entries)}).encode()


def choice() -> Json:
    system = f"{BASE}/CodeSystem/BioPrescConditions"
    return {
        "Code": "FASTING",
        "Name": "À jeun",
        "CodeSystem": system,
        "AddOriginalText": False,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Folder(path=tmp_path).create("integration")
    return tmp_path


@pytest.mark.parametrize("name", ["Code", "Name", "Specimen"])
def test_an_entry_must_have_code_name_and_specimen(name: str) -> None:
    broken = {key: value for key, value in entry().items() if key != name}
    found = read_list(file_of(broken))
    assert found.outcome is ImportOutcome.ERROR
    assert [each.where for each in found.findings] == [f"BioPrescCodes[0].{name}"]


@pytest.mark.parametrize("name", ["Code", "Name", "CodeSystem", "AddOriginalText"])
@pytest.mark.parametrize("which", ["Conditions", "TargetSites"])
def test_a_condition_or_site_must_be_whole(which: str, name: str) -> None:
    broken = {key: value for key, value in choice().items() if key != name}
    found = read_list(file_of(entry(more={which: [choice(), broken]})))
    assert found.outcome is ImportOutcome.ERROR
    assert [each.where for each in found.findings] == [f"BioPrescCodes[0].{which}[1].{name}"]


def test_an_act_needs_its_code_and_nothing_else() -> None:
    assert (
        read_list(file_of(entry(more={"CNSActs": [{"Code": "S-1"}]}))).outcome is ImportOutcome.OK
    )
    assert (
        read_list(file_of(entry(more={"CNSActs": [{"Label": "x"}]}))).outcome is ImportOutcome.ERROR
    )


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"BioPrescCodes": {}}'])
def test_a_file_without_the_list_is_an_error(content: bytes) -> None:
    assert read_list(content).outcome is ImportOutcome.ERROR


def test_an_act_without_a_price_is_a_warning_and_the_list_is_taken_in(world: World) -> None:
    content = file_of(entry(more={"CNSActs": [{"Code": "S-1"}, {"Code": "S-2"}]}))
    found = import_analyses(world, content, prices=frozenset({"S-1"}))
    assert (found.outcome, found.added) == (ImportOutcome.WARNING, ("A-1",))
    assert [each.where for each in found.findings] == ["A-1/S-2"]


def test_a_change_makes_the_next_version_and_sameness_none(world: World) -> None:
    first = import_analyses(world, file_of(entry("A-1"), entry("A-2")))
    assert (first.added, first.changed) == (("A-1", "A-2"), ())
    again = import_analyses(world, file_of(entry("A-1"), entry("A-2"), version="2"))
    assert again.unchanged == ("A-1", "A-2")
    changed = import_analyses(world, file_of(entry("A-1", {"Name": "Glycémie"}), version="3"))
    assert (changed.changed, changed.unchanged) == (("A-1",), ())
    versions = [(number, kept.name) for number, _, kept in history(world, "A-1")]
    assert versions == [(1, "Glucose"), (2, "Glycémie")]
    assert [number for number, _, _ in history(world, "A-2")] == [1]


def test_a_file_with_an_error_changes_nothing(world: World) -> None:
    import_analyses(world, file_of(entry("A-1")))
    assert import_analyses(world, file_of(entry("A-2"), {})).outcome is ImportOutcome.ERROR
    assert set(world.port(PORT).current()) == {"A-1"}


def test_an_import_stands_in_the_audit_trail(world: World) -> None:
    import_analyses(world, file_of(entry()))
    assert "import-codes" in {each.entry.action for each in trail_of(world)}


def test_what_is_brought_is_answered_at_once_and_the_synthetic_list_is_gone(
    asker: Asker,
) -> None:
    assert asker.get(LOOKUP, system=ANALYSES, code="BIO-0101").status_code == 200
    import_analyses(asker.world, file_of(entry("A-1", {"Conditions": [choice()]})))
    assert asker.told(LOOKUP, system=ANALYSES, code="A-1")["display"] == "Glucose"
    gone = asker.get(LOOKUP, system=ANALYSES, code="BIO-0101")
    assert refusal_codes(gone) == ["terminology-code-unknown"]
    assert set(asker.world.port(PORT).current()) == {"A-1"}


def test_a_licensed_list_of_ones_own_is_looked_up(asker: Asker) -> None:
    undecided = asker.get(LOOKUP, system=LOINC, code="x-1")
    assert refusal_codes(undecided) == ["terminology-code-undecided"]
    own = {
        "resourceType": "CodeSystem",
        "url": LOINC,
        "status": "active",
        "content": "fragment",
        "concept": [{"code": "x-1", "display": "Own", "property": [{"code": "CLASS"}]}],
    }
    assert import_resources(asker.world, [own]) == 1
    assert asker.told(LOOKUP, system=LOINC, code="x-1")["display"] == "Own"
    missing = asker.get(LOOKUP, system=LOINC, code="x-2")
    assert refusal_codes(missing) == ["terminology-code-undecided"]


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "CodeSystem", "content": "complete"},
        {"resourceType": "CodeSystem", "url": "urn:x", "content": "complete", "concept": [{}]},
        {"resourceType": "ValueSet", "url": "urn:x", "compose": []},
        {"resourceType": "ConceptMap", "url": "urn:x", "group": [{"element": [{"target": 1}]}]},
    ],
)
def test_what_cannot_be_walked_through_is_not_taken_in(world: World, broken: Json) -> None:
    with pytest.raises(ShapeFaultError):
        import_resources(world, [broken])


def test_the_command_brings_a_list_into_a_world(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "list.json"
    file.write_bytes(file_of(entry(more={"CNSActs": [{"Code": "S-1"}]}), version="2027-01"))
    prices = folder / "prices.txt"
    prices.write_text("S-9\n", encoding="utf-8")
    arguments = ["codes", str(file), "--folder", str(folder), "--prices", str(prices), "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["version"], told["added"]) == ("WARNING", "2027-01", ["A-1"])
    world = open_world(
        "integration", origin="https://localhost", database=folder / "integration.db"
    )
    assert set(world.port(PORT).current()) == {"A-1"}
    world.close()


def test_the_command_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "list.json"
    file.write_bytes(file_of({}))
    here = ["--folder", str(folder)]
    assert main(["codes", str(file), *here]) == 1
    assert "ERROR" in capsys.readouterr().out
    assert main(["codes", str(folder / "none.json"), *here]) == 2
    assert main(["codes", str(file), *here, "--world", "none"]) == 2
    file.write_text('{"resourceType": "Patient"}', encoding="utf-8")
    assert main(["codes", str(file), *here]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_command_brings_a_resource_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "codes.json"
    resource = {"resourceType": "ValueSet", "url": "urn:x", "compose": {"include": []}}
    file.write_text(json.dumps(resource), encoding="utf-8")
    assert main(["codes", str(file), "--folder", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"resources": 1}
