"""The command fuzz: what it finds, how it ends, and whom it never speaks to."""

import json
from pathlib import Path

import pytest

from reports.cli import main
from test_suites.engine.own import own_server

HEAD = '[product]\nvendor = "V"\nname = "N"\nversion = "1"\n'


def report(folder: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((folder / "report.json").read_text("utf-8"))
    return content


def declared(folder: Path, text: str) -> Path:
    file = folder / "subject.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def test_the_reference_is_tried_judged_and_reported_under_its_own_scheme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["--operation", "health", "--max-examples", "1", "--seed", "7", "--out", str(out)]
    assert main(["fuzz", *words]) == 0
    said = capsys.readouterr().out
    assert "graine 7" in said
    assert "Requêtes générées" in said
    told = report(out)
    assert told["scheme"]["id"] == "ROB-eRX"  # type: ignore[index]  # JSON
    assert {one["id"][:7] for one in told["requirements"]} == {"ERX-ROB"}  # type: ignore[attr-defined]  # JSON
    # Judged again without its report, a run is judged by the rules that it was planned for.
    (out / "report.json").unlink()
    assert main(["judge", str(out)]) == 0
    assert main(["verify", str(out)]) == 0
    assert report(out)["scheme"]["id"] == "ROB-eRX"  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-examples", "0"], "--max-examples 0"),
        (["--seconds", "-1"], "--seconds -1"),
        (["--seed", "-1"], "--seed -1"),
        (["--subject", "nowhere.toml"], "nowhere.toml"),
        (["--planted", "--subject", "nowhere.toml"], "--planted"),
    ],
)
def test_wrong_words_are_named(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fuzz", *words, "--out", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_another_machine_is_never_tried_without_somebodys_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = '[[roles]]\nactor = "service"\n[server]\nbase_url = "https://192.0.2.1/erx"\n'
    file = declared(tmp_path, server)
    assert main(["fuzz", "--subject", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "192.0.2.1" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_product_that_is_no_server_has_nothing_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = declared(tmp_path, '[[roles]]\nactor = "laboratory"\n[operator]\nkind = "console"\n')
    assert main(["fuzz", "--subject", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "pas un serveur" in capsys.readouterr().err


def test_without_an_access_it_says_whose_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = '[[roles]]\nactor = "service"\n[server]\nbase_url = "https://127.0.0.1:1/erx"\n'
    file = declared(tmp_path, server)
    assert main(["fuzz", "--subject", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "dr-meyer" in capsys.readouterr().err


def test_an_unknown_activity_cannot_be_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--subject", "x.toml", "--out", str(tmp_path / "run"), "--with", "magic"]
    assert main(words) == 2
    assert "magic" in capsys.readouterr().err


@pytest.mark.slow
def test_the_planted_error_is_found_and_the_honest_reference_is_not_blamed(tmp_path: Path) -> None:
    assert main(["fuzz", "--out", str(tmp_path / "good"), "--seed", "1"]) == 0
    assert main(["fuzz", "--planted", "--out", str(tmp_path / "bad"), "--seed", "1"]) == 1
    findings = report(tmp_path / "bad")["findings"]
    broken = [one for one in findings if one["fact"] == "broken"]  # type: ignore[attr-defined]  # JSON
    assert [(one["requirement"], one["actual"]) for one in broken] == [("ERX-ROB-001", "500")]
    assert "_count=-" in broken[0]["curl"]


@pytest.mark.slow
def test_a_campaign_of_a_server_may_include_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with own_server(tmp_path / "own") as file:
        code = main(["run", "--subject", str(file), "--out", str(out), "--with", "fuzz"])
    assert code == 0
    told = report(out)
    cases = {one["id"]: one["verdict"] for one in told["cases"]}  # type: ignore[attr-defined]  # JSON
    assert cases["fz-every-operation::service"] == "PASS"
    assert len(cases) > 10
    assert told["scheme"]["id"] == "INT-eRX"  # type: ignore[index]  # JSON
