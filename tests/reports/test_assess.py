"""The command assess: from the first question to findings in an ordinary report."""

import datetime as dt
import io
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from reports.cli.assessed import standing
from reports.cli.front import main
from reports.render.canonical import published_schema, read_report
from reports.render.model import FindingPart, Report
from reports.render.page import render_html, render_print
from scenarios import load_catalogue
from scenarios.model import Operation
from test_suites.engine.plan import make_plan
from test_suites.subjects.reader import read_subject
from tests.reports import example
from tests.reports.pages import read, residue

ABOUT = ["Cabinet du Parc", "2", "1"]
YES = ["o"] * 12
ONE_NO = [*ABOUT, *["o"] * 11, "n"]
MIXED = [*ABOUT, "n", "p", "s", "o", "o", "x", "o", "x", "o", "o", "o", "o"]
TODAY = dt.date(2026, 11, 22)
Assess = Callable[..., int]


@pytest.fixture(scope="module")
def assess() -> Assess:
    """Return the command, with somebody at standard input who says these lines."""

    def run(lines: list[str], *words: str) -> int:
        typed = "".join(f"{line}\n" for line in lines).encode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
            return main(["assess", "--short", *words])

    return run


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, assess: Assess) -> Path:
    folder = tmp_path_factory.mktemp("assess") / "mixed"
    assert assess(MIXED, "--out", str(folder)) == 1
    return folder


@pytest.fixture
def folder(mixed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(mixed, tmp_path / "run"))


def by_question(report: Report) -> dict[str, FindingPart]:
    return {finding.step.upper(): finding for finding in report.findings}


def test_every_measure_in_place_is_good_and_every_answer_a_finding(
    tmp_path: Path, assess: Assess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assess([*ABOUT, *YES], "--out", str(tmp_path / "a"), "--json") == 0
    report = read_report(tmp_path / "a")
    assert (report.kind, report.scheme.id) == ("self-assessment", "CESAR-KO")
    assert (report.outcome, report.outcome_with_assumed) == ("undecided", "eligible")
    assert {(f.fact, f.verdict, f.mode) for f in report.findings} == {("held", "PASS", "declared")}
    assert len(report.findings) == len(report.requirements) == 12
    result = json.loads(capsys.readouterr().out)
    assert (result["complete"], result["open"], result["to_find_out"]) == (True, 0, 0)
    assert {one["state"] for one in result["measures"]} == {"in-place"}


def test_one_no_is_one_open_measure_and_judged_bad(
    tmp_path: Path, assess: Assess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assess(ONE_NO, "--out", str(tmp_path / "a")) == 1
    report = read_report(tmp_path / "a")
    broken = [finding for finding in report.findings if finding.fact != "held"]
    assert [(f.step, f.verdict, f.severity, f.actual) for f in broken] == [
        ("b3", "FAIL", "critical", "no")
    ]
    assert report.outcome_with_assumed == "not-eligible"
    told = capsys.readouterr().out
    assert "Il manque au moins une mesure indispensable" in told
    assert "fixez avec votre prestataire la date" in told


def test_what_nobody_knows_leaves_it_open_and_is_nobodys_consequence(
    tmp_path: Path, assess: Assess
) -> None:
    assert assess([*ABOUT, "s", *YES[1:]], "--out", str(tmp_path / "a")) == 1
    assert read_report(tmp_path / "a").outcome_with_assumed == "undecided"


def test_each_kind_of_answer_has_its_verdict(mixed: Path) -> None:
    report = read_report(mixed)
    found = by_question(report)
    shown = {one: (found[one].fact, found[one].verdict) for one in ("P2", "A1", "A2", "E1", "E5")}
    assert shown == {
        "P2": ("broken", "FAIL"),
        "A1": ("broken", "FAIL"),
        "A2": ("unobserved", "INCONCLUSIVE"),
        "E1": ("held", "PASS"),
        "E5": ("unobserved", "NOT_APPLICABLE"),
    }
    assert {f.caused_by for f in report.findings} == {None}
    notes = {r.id: r.note.message_id for r in report.requirements if r.note}
    assert notes["CSR-DEV-003"] == "report.note.not-concerned"
    states = [one.state.value for one in standing(report)]
    assert states[:6] == ["open", "open", "to-find-out", "in-place", "in-place", "not-concerned"]


def test_the_evidence_names_a_role_and_no_person(mixed: Path) -> None:
    report = read_report(mixed)
    assert report.subject.practice is not None
    assert report.subject.practice.model_dump() == {"size": "small", "answered_by": "owner"}
    assert (report.subject.vendor, report.subject.product) == ("Cabinet du Parc", "CESAR")
    answers = [json.loads(file.read_bytes()) for file in (mixed / "exhibits").iterdir()]
    assert {tuple(sorted(answer)) for answer in answers} == {
        ("answer", "answered", "bank", "by", "format", "question", "reason")
    }
    assert {answer["by"] for answer in answers} == {"owner"}


def test_only_its_owner_can_read_the_folder_and_no_draft_is_left(mixed: Path) -> None:
    for path in (mixed, *mixed.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert not [path for path in mixed.iterdir() if "draft" in path.name]


def test_the_report_is_valid_by_its_schema_and_whole_without_the_assumed(mixed: Path) -> None:
    value = json.loads((mixed / "report.json").read_bytes())
    jsonschema.Draft202012Validator(json.loads(published_schema())).validate(value)
    assert [count["mandatory"] for count in value["counts"]["authorities"]] == [0, 0, 0, 12]


def test_judging_again_changes_no_byte(folder: Path) -> None:
    before = {
        name: (folder / name).read_bytes() for name in ("report.json", "report.html", "junit.xml")
    }
    assert main(["judge", str(folder)]) == 1
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert main(["verify", str(folder)]) == 0


def test_a_changed_answer_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoilt = next(f for f in (folder / "exhibits").iterdir() if b'"no"' in f.read_bytes())
    spoilt.write_bytes(spoilt.read_bytes().replace(b'"no"', b'"yes"'))
    assert main(["verify", str(folder), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert len(result["records"]) == 1
    assert spoilt.name in result["problems"][0]


def test_one_changed_byte_of_the_journal_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = folder / "journal.jsonl"
    content = journal.read_bytes()
    journal.write_bytes(content.replace(b'"declared"', b'"attested"', 1))
    assert main(["verify", str(folder), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["records"]) == 1


@pytest.mark.parametrize("language", ["fr", "en", "de"])
@pytest.mark.parametrize("render", [render_html, render_print])
def test_the_page_speaks_to_a_practice_in_one_language(
    mixed: Path, render: Callable[..., str], language: str
) -> None:
    page = read(render(read_report(mixed), language=language))
    assert page.balanced
    assert residue(page, language) <= {"Cabinet", "du", "Parc"}
    ids = page.ids()
    assert len(ids) == len(set(ids))
    links = [e.attributes["href"] for e in page.all("a") if "href" in e.attributes]
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= set(ids)
    text = " ".join(page.text)
    assert not re.search(r"Éligible|Eligible|[Ee]ligible|opposable|binding requirements", text)


def test_the_page_says_what_it_is_not_and_what_to_do_first(mixed: Path) -> None:
    text = " ".join(" ".join(read(render_html(read_report(mixed))).text).split())
    assert "ni label, ni certificat, ni conseil juridique" in text
    assert text.index("Premier pas") < text.index("Question 1 sur 12")
    assert "Cette semaine, demandez la liste de tous les comptes actifs" in text
    assert "Réponses données par" in text


def test_a_label_report_says_nothing_of_measures() -> None:
    text = render_html(example.good())
    assert "mesures indispensables" not in text
    assert "essai de conformité" in text


def test_whoever_works_alone_is_spared_one_question(tmp_path: Path, assess: Assess) -> None:
    words = ("--out", str(tmp_path / "a"), "--size", "solo")
    assert assess(["", "2", "b", "2", *YES[1:]], *words) == 0
    report = read_report(tmp_path / "a")
    assert by_question(report)["P2"].verdict == "NOT_APPLICABLE"
    assert report.subject.vendor == "Cabinet anonyme"
    assert report.outcome_with_assumed == "eligible"


def test_an_interrupted_assessment_goes_on_where_it_was(
    tmp_path: Path, assess: Assess, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a"
    assert assess(MIXED[:6], "--out", str(folder), "--json") == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"complete": False, "resume": str(folder)}
    assert f"--resume {folder}" in shown.err
    draft = folder / "draft.json"
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["draft.json"]
    assert assess([], "--out", str(folder)) == 2
    assert "--resume" in capsys.readouterr().err
    assert assess(MIXED[6:], "--resume", str(folder)) == 1
    assert by_question(read_report(folder))["A2"].verdict == "INCONCLUSIVE"
    assert not draft.exists()
    assert assess([], "--resume", str(folder)) == 2


def test_a_run_that_was_cut_off_is_made_anew_from_the_draft(tmp_path: Path, assess: Assess) -> None:
    folder = tmp_path / "a"
    assert assess(MIXED[:-1], "--out", str(folder)) == 2
    (folder / "journal.jsonl").write_text('{"torn', encoding="utf-8")
    (folder / "exhibits").mkdir()
    assert assess(MIXED[-1:], "--resume", str(folder)) == 1
    assert main(["verify", str(folder)]) == 0


def test_where_nothing_was_answered_nothing_is_kept(tmp_path: Path, assess: Assess) -> None:
    assert assess([], "--out", str(tmp_path / "a")) == 2
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "content", ["", "{", '{"bank": "0.0.1"}', '{"bank": "1.0.0", "answers": {"Z9": {}}}', "[]"]
)
def test_a_draft_that_cannot_be_used_is_wrong_input(
    tmp_path: Path, assess: Assess, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "draft.json").write_text(content, encoding="utf-8")
    assert assess([], "--resume", str(tmp_path)) == 2
    assert "brouillon" in capsys.readouterr().err
    assert assess([], "--resume", str(tmp_path / "nowhere")) == 2


def test_plans_of_a_practice_hold_its_questions_and_nobody_elses_do(mixed: Path) -> None:
    catalogue = load_catalogue()
    subject = read_subject(mixed / "subject.toml", today=TODAY)
    asked = make_plan(subject, catalogue, activities=frozenset({Operation.DECLARE}), only=True)
    assert [case.id for case in asked.cases] == ["cs-knock-out::practice"]
    assert make_plan(subject, catalogue).cases == ()
    vendors = Path("test_suites/vendors")
    for file in sorted(vendors.glob("*.toml")):
        vendor = read_subject(file, today=TODAY)
        plan = make_plan(vendor, catalogue, activities=frozenset({Operation.DECLARE}))
        concerned = {case.scenario for case in plan.cases}
        concerned |= {exclusion.scenario for exclusion in plan.exclusions}
        assert "cs-knock-out" not in concerned


def at_a_terminal(folder: Path, typed: list[str], *, last: bytes) -> tuple[int, str]:
    """Run the command at a terminal of its own; each line is typed when its prompt has come."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "reports.cli", "assess", "--short", "--out", str(folder)]
    environment = {**os.environ, "COLUMNS": "40"}
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        for line in [*(f"{one}\n".encode() for one in typed), last]:
            at = len(shown)
            while not re.search(rb"\xc2\xa0: $", shown[at:]):
                shown += os.read(ours, 4096)
            if line == b"\x03":
                os.killpg(process.pid, signal.SIGINT)
            else:
                os.write(ours, line)
        while chunk := read_rest(ours):
            shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def read_rest(terminal: int) -> bytes:
    """Return more of what a terminal showed; nothing where its program has ended."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_at_a_terminal_it_goes_through_to_the_report(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    returned, shown = at_a_terminal(folder, ["", "?", "2", "1", *YES[1:], "?", "n"], last=b"\n")
    assert returned == 1
    assert "Il manque au moins une mesure indispensable" in shown
    assert by_question(read_report(folder))["B3"].verdict == "FAIL"


@pytest.mark.parametrize(("last", "code"), [(b"\x03", 130), (b"\x04", 2)], ids=["ctrl-c", "ctrl-d"])
def test_leaving_a_terminal_keeps_the_answers_and_says_how_to_go_on(
    tmp_path: Path, last: bytes, code: int
) -> None:
    folder = tmp_path / "a"
    returned, shown = at_a_terminal(folder, [*ABOUT, "o", "n"], last=last)
    assert returned == code
    assert f"equalis assess --resume {folder}" in shown.replace("\r\n", "\n")
    answers = json.loads((folder / "draft.json").read_bytes())["answers"]
    assert {one: answers[one]["answer"] for one in answers} == {"P2": "yes", "A1": "no"}
    lines = [line for line in shown.splitlines() if not line.startswith("Vos réponses")]
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in shown
