"""The commands validate and fhirpath, as a person and as a build server use them."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.cli.front import main

GOOD = {
    "resourceType": "Patient",
    "gender": "female",
    "name": [{"family": "Weber", "given": ["Anna"]}],
}


def written(folder: Path, name: str, content: Any) -> str:  # noqa: ANN401  JSON
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(file)


def test_each_file_gets_an_outcome_on_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, "good.json", GOOD)
    assert main(["validate", "--json", good]) == 0
    bad = written(tmp_path, "bad.json", {**GOOD, "gender": "w"})
    assert main(["validate", "--json", good, bad]) == 1
    outcomes = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["resourceType"] for each in outcomes] == ["OperationOutcome"] * 3
    assert outcomes[-1]["issue"][0]["expression"] == ["Patient.gender"]


def test_a_file_that_cannot_be_read_does_not_keep_others_from_being_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = written(tmp_path, "bad.json", {**GOOD, "gender": "w"})
    assert main(["validate", "--language", "en", str(tmp_path / "absent.json"), bad]) == 2
    told = capsys.readouterr()
    assert "absent.json: this resource cannot be read" in told.err
    assert "bad.json:1:" in told.out
    assert "[binding-required]  Patient.gender" in told.out


def test_sarif_names_rule_and_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = written(tmp_path, "bad.json", {**GOOD, "gender": "w"})
    assert main(["validate", "--sarif", bad]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("binding-required", "error")
    assert first["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "binding-required"


def test_sarif_s_addresses_and_columns_are_what_its_readers_take_them_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    family = "\N{GRINNING FACE}"
    absolute = written(tmp_path, "a.json", {**GOOD, "name": [{"family": family}], "gender": "w"})
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "--sarif", absolute, "a.json"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {
        f"file://{absolute}",
        "a.json",
    }
    assert run["columnKind"] == "unicodeCodePoints"
    column = Path(absolute).read_text(encoding="utf-8").index('"w"') + 1
    assert places[0]["region"] == {"startLine": 1, "startColumn": column}


def test_sarif_tells_which_file_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, absent = written(tmp_path, "a good one.json", GOOD), str(tmp_path / "absent.json")
    assert main(["validate", "--sarif", "--language", "en", absent, good]) == 2
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == f"file://{absent}"
    assert "does not exist" in told["message"]["text"]
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"].rpartition("/")[2]
        for result in run["results"]
        for place in result["locations"]
    }
    assert uris <= {"a%20good%20one.json"}


def test_a_package_that_is_none_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, "good.json", GOOD)
    absent = str(tmp_path / "absent.tgz")
    assert main(["validate", "--language", "en", "--package", absent, good]) == 2
    assert "this FHIR package cannot be read" in capsys.readouterr().err


def test_an_expression_gives_a_line_of_json_for_each_item(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, "good.json", GOOD)
    assert main(["fhirpath", "name.given | gender", good]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ["Anna", "female"]
    xml = '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>'
    assert main(["fhirpath", "active", written(tmp_path, "p.xml", xml)]) == 0
    assert capsys.readouterr().out == "true\n"


@pytest.mark.parametrize(
    ("expression", "content"), [("name.", GOOD), ("name.givn", GOOD), ("name", "{"), ("name", "<a")]
)
def test_what_gives_no_result_is_wrong_input(
    expression: str,
    content: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fhirpath", expression, written(tmp_path, "p", content)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_to_be_supported_and_absent_is_told_where_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    element = {"id": "Patient.birthDate", "path": "Patient.birthDate", "mustSupport": True}
    profile = {
        "resourceType": "StructureDefinition", "url": "urn:p", "type": "Patient",
        "derivation": "constraint", "differential": {"element": [element]},
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    }  # fmt: skip
    (tmp_path / "profiles").mkdir()
    written(tmp_path / "profiles", "p.json", profile)
    good = written(tmp_path, "good.json", GOOD)
    asked = ["validate", "--language", "en", "--profile", "urn:p", "--package",
             str(tmp_path / "profiles"), good]  # fmt: skip
    assert main(asked) == 0
    assert "must-support-absent" not in capsys.readouterr().out
    assert main([*asked, "--must-support"]) == 0
    assert "Patient.birthDate be supported" in capsys.readouterr().out


def test_a_wrong_expression_is_explained_in_the_readers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, "good.json", GOOD)
    assert main(["fhirpath", "--language", "de", "name.nom", good]) == 2
    assert "hat kein Element nom" in capsys.readouterr().err
