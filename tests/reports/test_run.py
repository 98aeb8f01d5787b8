"""From a real run to its report and back: run, judge again, verify, and noticing every change."""

import datetime as dt
import io
import json
import re
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from reports.cli import main
from reports.cli.console import Console
from reports.cli.judging import judge_folder
from reports.cli.settings import SPECIMEN
from reports.cli.speech import Speech
from reports.cli.writing import write_report
from reports.render.canonical import published_schema, read_report, to_json
from reports.render.page import render_html
from scenarios import load_catalogue
from test_suites.engine.plan import Plan, make_plan
from test_suites.engine.run import run_campaign
from test_suites.subjects.reader import parse_subject
from tests.reports.pages import read, residue

LABORATORY = Path(__file__).parents[2] / "test_suites" / "vendors" / "laboratory.toml"
CASES = ("ep-dispense-once::laboratory", "ep-tampered-code::laboratory")
TODAY = dt.date(2026, 11, 22)
SILENT = Console(speech=Speech(language="fr"), as_json=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real cases with the example laboratory, judged and reported."""
    out = tmp_path_factory.mktemp("run") / "laboratory"
    catalogue = load_catalogue()
    subject = parse_subject(LABORATORY.read_text("utf-8"), file="subject.toml", today=TODAY)
    whole = make_plan(subject, catalogue)
    plan = Plan(
        catalogue_digest=whole.catalogue_digest,
        cases=tuple(case for case in whole.cases if case.id in CASES),
    )
    run_campaign(subject, plan, out, lambda _: None, subject_file=LABORATORY)
    write_report(out, judge_folder(out, scheme_id="INT-eRX", lab=SPECIMEN), SILENT)
    return out


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy that a test may harm."""
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    return copy


def test_a_run_folder_holds_the_evidence_and_every_form_of_the_report(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == {
        "subject.toml",
        "plan.json",
        "journal.jsonl",
        "exhibits",
        "report.json",
        "report.html",
        "report.pdf",
        "junit.xml",
    }


def test_a_real_report_is_valid_by_its_schema_and_cites_what_it_shows(finished: Path) -> None:
    value = json.loads((finished / "report.json").read_bytes())
    jsonschema.Draft202012Validator(json.loads(published_schema())).validate(value)
    assert [case["id"] for case in value["cases"]] == list(CASES)
    excerpts = {excerpt["record"] for excerpt in value["excerpts"]}
    cited = {one["evidence"]["record"] for one in value["findings"] if one["evidence"]}
    assert cited
    assert excerpts == cited


def test_no_secret_of_the_run_reaches_a_report(finished: Path) -> None:
    text = (finished / "report.html").read_text("utf-8") + (finished / "report.json").read_text()
    # A signed token in full: header, claims and signature.
    assert not re.search(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20}", text)
    assert "BEGIN PRIVATE KEY" not in text
    assert "redacted." in text


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_real_report_holds_no_word_of_another_language(finished: Path, language: str) -> None:
    html = render_html(read_report(finished), language=language)
    assert residue(read(html), language) == set()


def test_judging_again_gives_the_same_report_byte_for_byte(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "report.json").read_bytes()
    main(["judge", str(folder)])
    assert (folder / "report.json").read_bytes() == before
    assert Speech(language="fr").t("cli.judge.same") in capsys.readouterr().out


def test_cases_that_were_not_run_leave_the_outcome_open(finished: Path) -> None:
    report = read_report(finished)
    assert report.outcome_with_assumed == "undecided"
    assert main(["judge", str(finished)]) == 1


def test_verify_finds_an_untouched_folder_intact(finished: Path) -> None:
    assert main(["verify", str(finished)]) == 0
    assert main(["verify", str(finished / "report.json")]) == 0


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_one_changed_byte_of_the_journal_is_named_by_its_record(
    folder: Path, at: float, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = folder / "journal.jsonl"
    content = bytearray(journal.read_bytes())
    place = int(len(content) * at)
    content[place] = ord("x") if content[place] != ord("x") else ord("y")
    journal.write_bytes(content)
    assert main(["verify", str(folder), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["records"][0] == bytes(content[:place]).count(b"\n") + 1
    assert main(["judge", str(folder)]) == 2


def test_a_changed_exhibit_is_noticed(folder: Path) -> None:
    exhibit = next((folder / "exhibits").iterdir())
    exhibit.write_bytes(exhibit.read_bytes() + b" ")
    assert main(["verify", str(folder)]) == 1


def test_a_report_that_says_better_than_the_evidence_is_noticed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "report.json"
    value = json.loads(file.read_bytes())
    value["outcome"] = value["outcome_with_assumed"] = "eligible"
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert main(["verify", str(folder), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert any("report.json" in problem for problem in said["problems"])
    assert any("report.pdf" in problem for problem in said["problems"])


def test_a_run_without_a_footer_is_no_result(folder: Path) -> None:
    journal = folder / "journal.jsonl"
    *lines, _footer = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines))
    assert main(["verify", str(folder)]) == 1
    assert main(["judge", str(folder)]) == 2


def test_without_pango_everything_but_the_pdf_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What WeasyPrint's import does on a system without Pango.
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    console = Console(speech=Speech(language="fr"), as_json=False)
    written = write_report(folder, read_report(folder), console)
    assert [path.name for path in written] == ["report.json", "report.html", "junit.xml"]
    assert not (folder / "report.pdf").exists()
    assert "libpango-1.0-0 libpangoft2-1.0-0" in said.getvalue()


def test_the_number_of_a_report_comes_from_its_evidence(finished: Path) -> None:
    first = judge_folder(finished, scheme_id="INT-eRX", lab=SPECIMEN)
    second = judge_folder(
        finished, scheme_id="INT-eRX", lab=SPECIMEN.model_copy(update={"name": "Labo X"})
    )
    assert first.report_number == second.report_number
    assert to_json(first) != to_json(second)


@pytest.mark.slow
def test_the_demo_finds_both_example_products_eligible(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(tmp_path / "demo"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    for vendor in ("prescriber", "laboratory"):
        assert said[vendor]["outcome_with_assumed"] == "eligible"
        assert (tmp_path / "demo" / vendor / "report.pdf").is_file()
    assert (tmp_path / "demo" / "index.html").is_file()
    assert main(["demo", "--out", str(tmp_path)]) == 2
