"""The command line: quick help, three languages, exit codes, errors one can act on."""

import json
from importlib.metadata import version
from pathlib import Path

import pikepdf
import pytest

from reports.cli import main
from reports.cli.console import Console
from reports.cli.failures import answer
from reports.cli.front import COMMANDS
from reports.cli.runs import exit_code
from reports.cli.settings import SPECIMEN, lab
from reports.cli.speech import Speech
from reports.cli.writing import write_report
from reports.render.canonical import to_json
from reports.render.model import Report
from test_suites.core.verdict import Verdict
from tests.reports import example

ROOT = Path(__file__).parents[2]
FRENCH = Console(speech=Speech(language="fr"), as_json=True)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders with a report each; their evidence is imagined, so it cannot be verified."""
    root = tmp_path_factory.mktemp("runs")
    made = []
    for name, report in (("good", example.good()), ("bad", example.bad())):
        folder = root / name
        folder.mkdir()
        write_report(folder, report, FRENCH)
        made.append(folder)
    return made[0], made[1]


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_help_names_every_command_in_the_language_asked_for(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--language", language, "--help"])
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    speech = Speech(language=language)
    for command in COMMANDS:
        assert speech.t(f"cli.command.{command.name}") in shown
    assert " ".join(speech.t("cli.argparse.usage").split()) in shown


def test_the_commands_are_those_that_are_promised() -> None:
    assert [command.name for command in COMMANDS] == [
        "demo",
        "sandbox",
        "serve",
        "world",
        "codes",
        "certificates",
        "personas",
        "population",
        "errors",
        "init",
        "doctor",
        "run",
        "assess",
        "portal",
        "organisation",
        "analysis",
        "dossier",
        "supplier",
        "study",
        "fuzz",
        "tls",
        "load",
        "judge",
        "report",
        "diff",
        "verify",
        "validate",
        "fhirpath",
        "spec",
        "import-package",
        "vendors",
        "selfcheck",
        "mutants",
        "stability",
        "bench",
        "identity",
        "bundle",
    ]


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"equalis {version('equalis-lab')}\n"


def test_no_command_at_all_shows_help_and_is_wrong_input(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "equalis" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["report"],
        ["report", "--language", "lb", "x"],
        ["run", "--out", "x"],
        ["report", "does-not-exist"],
        ["judge", "does-not-exist"],
        ["verify", "does-not-exist"],
        ["verify", "does-not-exist.pdf"],
        ["diff", "does-not-exist", "neither"],
        ["run", "--subject", "does-not-exist", "--out", "x"],
        ["run", "--subject", "does-not-exist", "--out", "x", "--scheme", "INT-DSP"],
    ],
    ids=" ".join,
)
def test_wrong_input_gets_exit_code_2_and_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("equalis")
    assert "Traceback" not in said


def test_an_error_is_json_when_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "does-not-exist", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["error"]["what"]
    assert said["error"]["where"] == "does-not-exist"
    assert said["error"]["mend"]


def test_a_wrong_subject_file_is_named_with_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "subject.toml"
    file.write_text('[product]\nvendor = "V"\nname = "N"\nversoin = "1"\n', encoding="utf-8")
    assert main(["run", "--subject", str(file), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert f"{file}:4: product.versoin" in said
    assert not (tmp_path / "out").exists()


def test_an_unexpected_error_is_the_labs_fault_without_a_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def command() -> int:
        raise LookupError("nobody thought of this")

    assert answer(command, speech=FRENCH.speech, words=["report"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" not in said
    logs = list((tmp_path / "var").glob("equalis-*.log"))
    assert len(logs) == 1
    assert logs[0].name in said
    assert "Traceback" in logs[0].read_text(encoding="utf-8")


def test_report_renders_again_in_another_language_and_leaves_the_master_alone(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, bad = folders
    before = (bad / "report.json").read_bytes()
    assert main(["report", str(bad), "--language", "de", "--json"]) == 0
    assert (bad / "report.json").read_bytes() == before
    assert '<html lang="de"' in (bad / "report.html").read_text(encoding="utf-8")
    said = json.loads(capsys.readouterr().out)
    assert said["outcome_with_assumed"] == "not-eligible"
    assert {Path(file).name for file in said["files"]} == {
        "report.json",
        "report.html",
        "report.pdf",
        "junit.xml",
    }


def test_diff_names_every_requirement_whose_verdict_differs(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = folders
    assert main(["diff", str(good), str(bad), "--json"]) == 1
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert {"requirement": "ERX-LAB-005", "before": "PASS", "after": "FAIL"} in changes
    assert {one["requirement"] for one in changes} == {
        "ERX-LAB-005",
        "ERX-LAB-007",
        "ERX-RES-004",
        "ERX-SEC-010",
        "ERX-SEC-015",
    }
    assert main(["diff", str(good), str(good)]) == 0


def test_diff_speaks_the_language_of_people(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = folders
    assert main(["diff", str(good), str(bad)]) == 1
    assert "ERX-LAB-005  Conforme → Non conforme" in capsys.readouterr().out


def test_verify_compares_the_pdf_with_the_report_beside_it(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = folders
    assert main(["verify", str(good / "report.pdf")]) == 0
    for name, source in (("report.pdf", good), ("report.json", bad)):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    assert main(["verify", str(tmp_path / "report.pdf")]) == 1
    assert "report.pdf" in capsys.readouterr().out


def test_verify_notices_a_pdf_without_its_source(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(tmp_path / "report.pdf")
    assert main(["verify", str(tmp_path / "report.pdf")]) == 1


def test_verify_notices_a_report_that_is_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = json.loads(to_json(example.good()))
    value["outcome"] = "granted"
    (tmp_path / "report.json").write_text(json.dumps(value), encoding="utf-8")
    assert main(["verify", str(tmp_path / "report.json"), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["intact"] is False
    assert "outcome" in said["problems"][0]


def test_the_lab_is_a_setting_and_a_specimen_by_default() -> None:
    assert lab({}) == SPECIMEN
    assert lab({"EQUALIS_LAB_NAME": "Labo X"}).name == "Labo X"


def undecided(verdict: Verdict) -> Report:
    return example.Example(broken={"ERX-LAB-005": verdict}).report()


def test_a_run_judged_bad_is_1_and_one_that_only_the_lab_keeps_open_is_3() -> None:
    assert exit_code(example.good()) == 0
    assert exit_code(example.bad()) == 1
    assert exit_code(undecided(Verdict.INCONCLUSIVE)) == 1
    assert exit_code(undecided(Verdict.ERROR)) == 3
