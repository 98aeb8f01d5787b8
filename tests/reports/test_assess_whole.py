"""The command assess, whole: from the first question to the result and an ordinary report."""

import io
import json
import stat
import sys
from pathlib import Path

import pytest

from reports.cesar.replies import Replies, Reply
from reports.cesar.result import Result
from reports.cli.front import main
from reports.cli.whole import REPLIES, RESULT
from reports.render.canonical import read_report

ABOUT = ["1", "2", "n", "n", "1"]
KNOCK_OUTS = ["3"] * 10 + ["0", "3"]
REST = ["3"] * 60


def assess(monkeypatch: pytest.MonkeyPatch, lines: list[str], *words: str) -> int:
    typed = "".join(f"{line}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    return main(["assess", *words])


@pytest.mark.slow
def test_a_practice_gets_band_number_first_actions_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a"
    assert assess(monkeypatch, [*ABOUT, *KNOCK_OUTS, *REST], "--out", str(folder)) == 1
    shown = capsys.readouterr()
    assert "la meilleure classe possible est C" in " ".join(shown.err.split())
    assert "Résultat\u00a0: classe C." in shown.out
    assert "Une copie est-elle hors de portée" in shown.out
    assert "Effet sur le score" in shown.out
    result = Result.model_validate_json((folder / RESULT).read_bytes())
    assert (result.band, result.uncapped, result.open) == ("C", "A", ("B2",))
    report = read_report(folder)
    assert (report.kind, report.outcome_with_assumed) == ("self-assessment", "not-eligible")
    assert [f.step for f in report.findings if f.fact == "broken"] == ["b2"]
    answers = [json.loads(file.read_bytes()) for file in (folder / "exhibits").iterdir()]
    assert {one["ladder"]["level"] for one in answers} == {0, 3}
    assert not (folder / REPLIES).exists()
    for path in (folder, *folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_vendor_stops_goes_on_and_gets_a_result_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, english = tmp_path / "v", ("--language", "en")
    lines = [*["n"] * 7, "3", "4", "q"]
    words = ("--instrument", "vendor", "--out", str(folder), *english)
    assert assess(monkeypatch, lines, *words) == 2
    assert f"--resume {folder}" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == [REPLIES]
    assert assess(monkeypatch, ["3"] * 65, "--resume", str(folder), "--json", *english) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["complete"], told["instrument"], told["band"]) == (True, "vendor", "A")
    assert told["files"] == [str(folder / RESULT)]
    assert [path.name for path in folder.iterdir()] == [RESULT]


def test_answers_to_another_version_of_the_bank_are_not_mixed_with_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "v"
    words = ("--instrument", "vendor", "--out", str(folder))
    assert assess(monkeypatch, [*["n"] * 7, "3", "q"], *words) == 2
    file = folder / REPLIES
    file.write_text(file.read_text("utf-8").replace('"2.1.0"', '"1.9.0"'), encoding="utf-8")
    capsys.readouterr()
    assert assess(monkeypatch, [], "--resume", str(folder)) == 2
    assert "autre version des questions" in capsys.readouterr().err


def test_nothing_answered_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assess(monkeypatch, [], "--out", str(tmp_path / "n")) == 2
    assert "rien n\u2019a été enregistré" in capsys.readouterr().err
    assert not (tmp_path / "n").exists()


def test_the_short_questions_are_not_for_a_vendor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assess(monkeypatch, [], "--short", "--instrument", "vendor") == 2
    assert "--short" in capsys.readouterr().err


def test_answers_to_2_0_0_are_taken_over_and_what_means_something_else_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "v"
    folder.mkdir()
    levels = {"VP1": Reply(level=2), "VP2": Reply(level=5)}
    kept = Replies(instrument="vendor", version="2.0.0", replies=levels)
    (folder / REPLIES).write_text(kept.model_dump_json(), encoding="utf-8")
    assert assess(monkeypatch, ["q"], "--resume", str(folder), "--language", "de") == 2
    said = capsys.readouterr().err
    assert "Beibehaltene Antworten: 1." in said
    assert "Ein Mitbewerber hat den Export geladen" in said
    now = Replies.model_validate_json((folder / REPLIES).read_bytes())
    assert set(now.replies) == {"VP1"}
    assert now.version != "2.0.0"
