"""Wrong input gets one clear sentence in each language, exit code 2 and no stack trace."""

import errno
import html
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, default_catalogue, system_reason
from reports.cli import main
from reports.cli.campaign import why_not
from reports.cli.speech import Speech
from reports.render.canonical import to_json
from test_suites.proof.defects import load_defects
from tests.reports import example
from tests.reports.pages import read, residue

ROOT = Path(__file__).parents[2]
LABORATORY = ROOT / "test_suites" / "vendors" / "laboratory.toml"

Told = Callable[..., str]


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Told:
    """Run a command that must be refused, in every language; return what it said in French."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("no folder, no database\n" * 99, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for name, content in (("broken", b'{"a":'), ("other", b'{"a": 1}'), ("binary", b"\xff\xfe")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_bytes(content)

    def refused(*words: object) -> str:
        said = {}
        for language in LANGUAGES:
            assert main([*map(str, words), "--language", language]) == 2
            out, said[language] = capfd.readouterr()
            assert out == ""
            assert not re.search(r"Traceback|Errno|Error\b|validation", said[language])
            bare = re.sub(r"equalis:|\"[^\"]*\"|'[^']*'|\S*[./_-]\S*", "", said[language])
            assert residue(read(f"<p>{html.escape(bare)}</p>"), language) == set(), said[language]
        assert len(set(said.values())) == len(LANGUAGES)
        return said["fr"].replace("\u00a0", " ")

    return refused


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


@pytest.mark.parametrize("command", ["report", "judge", "verify", "diff"])
@pytest.mark.parametrize("folder", ["nowhere", "empty", "a-file"])
def test_what_is_no_run_folder_is_said_to_be_none(told: Told, command: str, folder: str) -> None:
    again = [folder] if command == "diff" else []
    assert folder in told(command, folder, *again)


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("broken", "JSON valable : ligne 1"),
        ("other", "report.json: format"),
        ("binary", "JSON valable : ligne 1"),
    ],
)
def test_a_broken_report_is_told_with_its_place(told: Told, folder: str, sentence: str) -> None:
    assert sentence in told("report", folder)
    assert sentence in told("diff", folder, folder)


def test_verify_speaks_of_a_broken_report_in_our_own_words(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    assert callable(told)
    assert main(["verify", "other/report.json"]) == 1
    assert "(format\u00a0: Ce champ obligatoire manque.)" in capfd.readouterr().out
    Path("report.pdf").write_bytes(b"no PDF")
    assert main(["verify", "report.pdf"]) == 1
    assert "pas un PDF lisible" in capfd.readouterr().out


@pytest.mark.parametrize("out", ["a-file/x", "/proc/nowhere/x"])
def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(told: Told, out: str) -> None:
    assert out in told("demo", "--out", out)
    assert out in told("run", "--subject", LABORATORY, "--out", out)


def test_a_report_that_cannot_be_written_beside_its_source_is_told(told: Told) -> None:
    Path("empty/report.json").write_bytes(to_json(example.good()))
    Path("empty/report.html").mkdir()
    assert "report.html" in told("report", "empty")


def test_a_wrong_subject_file_is_told_in_each_language(told: Told) -> None:
    Path("s.toml").write_text('[product]\nvendor = "V"\nname = "N"\nversoin = "1"\n', "utf-8")
    said = told("run", "--subject", "s.toml", "--out", "out")
    assert "s.toml:4: product.versoin\n" in said
    assert "Vouliez-vous dire « version » ?" in said
    assert "dossier ; un fichier" in told("run", "--subject", "empty", "--out", "out")
    assert not Path("out").exists()


def test_a_wrong_subject_file_is_an_object_for_programs(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    assert callable(told)
    Path("s.toml").write_text('[product]\nvendor = "V"\nname = "N"\nversoin = "1"\n', "utf-8")
    assert main(["run", "--subject", "s.toml", "--out", "out", "--json"]) == 2
    error = json.loads(capfd.readouterr().out)["error"]
    every = [error, *error["others"]]
    assert [(one["file"], one["line"], one["field"]) for one in every] == [
        ("s.toml", 1, "product.version"),
        ("s.toml", 1, "roles"),
        ("s.toml", 4, "product.versoin"),
    ]
    assert every[2]["message_id"] == "declaration.field.unknown"
    assert every[2]["message"].startswith("Ce champ ")
    assert "version" in every[2]["hint"]


@pytest.mark.parametrize("vendor", ["laboratory", "prescriber"])
def test_a_defect_that_no_product_has_is_answered_with_those_there_are(
    told: Told, vendor: str
) -> None:
    said = told("vendors", vendor, "--defect", "WRNG")
    own = [defect.name for defect in load_defects() if defect.vendor == vendor]
    assert own
    assert all(name in said for name in own)


def test_the_nearest_defect_is_named_first(told: Told) -> None:
    assert "Vouliez-vous dire « logs-token »" in told(
        "vendors", "laboratory", "--defect", "log-token"
    )


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_is_told(told: Told, port: str) -> None:
    told("vendors", "laboratory", f"--port={port}")
    told("serve", f"--port={port}", "--folder", "serving")


def test_a_port_in_use_is_told(told: Told, taken: int) -> None:
    told("vendors", "laboratory", "--port", taken)
    assert f"127.0.0.1:{taken}" in told("serve", "--port", taken, "--folder", "serving")


@pytest.mark.parametrize(
    "words",
    [
        ("--folder", "a-file/x"),
        ("--folder", "a-file"),
        ("--environment", "Up per"),
        ("--environment", "a", "--environment", "b", "--database", "one.db"),
        ("--workers", "0"),
        ("--workers", "2", "--database", ":memory:"),
        ("--database", "postgres://x"),
        ("--database", "a-file"),
        ("--database", "nowhere/x.db"),
        ("--host", "203.0.113.7"),
    ],
    ids=" ".join,
)
def test_a_service_that_cannot_start_says_why(told: Told, words: tuple[str, ...]) -> None:
    told("serve", "--port", "0", *words)


def test_a_service_that_cannot_start_says_so_to_programs(
    told: Told, capfd: pytest.CaptureFixture[str]
) -> None:
    assert callable(told)
    assert main(["serve", "--port", "99999", "--json"]) == 2
    assert "65535" in json.loads(capfd.readouterr().out)["error"]["what"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_a_product_fails_to_be_driven_has_a_sentence(language: str) -> None:
    source = "".join(
        file.read_text("utf-8") for file in (ROOT / "test_suites" / "subjects").glob("*.py")
    )
    codes = set(re.findall(r"OperatorError\(\"([a-z-]+)\"\)", source))
    assert len(codes) >= 6
    for code in (*codes, "driver-ConnectError", "driver-status-500", "driver-ReadError"):
        said = why_not(code)
        assert Speech(language=language).t(said.message_id, **said.params)
        assert (said.message_id == "cli.product.other") == (code == "driver-ReadError")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_the_system_has_a_sentence(language: str) -> None:
    for number in errno.errorcode:
        message_id, params = system_reason(OSError(number, "English"))
        assert "English" not in default_catalogue().render(message_id, params, language)


def test_a_scenario_that_does_not_exist_is_told_before_anything_runs(told: Told) -> None:
    words = ("run", "--subject", LABORATORY, "--out", "out", "--scenario", "ep-nothing")
    assert "ep-nothing" in told(*words)
    assert not Path("out").exists()


def test_a_folder_that_is_no_sandbox_is_told_and_left_alone(told: Told) -> None:
    assert "other" in told("sandbox", "other")
    assert "a-file" in told("sandbox", "a-file")
    assert "empty" in told("serve", "--sandbox", "empty")
    assert [path.name for path in Path("other").iterdir()] == ["report.json"]
