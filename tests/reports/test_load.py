"""The command load: from a server to report.json, and how it ends when things go wrong."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from reference_server.app.asgi import App
from reference_server.population.personas import load as load_people
from reports.cli import load, main
from reports.labelling.scheme import load_scheme
from reports.render.canonical import read_report
from reports.render.model import Report
from reports.render.page import render_html
from scenarios import load_catalogue
from scenarios.model import Operation
from test_suites.core.verdict import Fact, Verdict
from test_suites.engine.own import own_server
from test_suites.engine.people import personas
from test_suites.load.service import reference_service
from tests.reports.pages import read, residue

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "test_suites" / "subjects" / "examples" / "server.toml"
EQUALIS = (sys.executable, "-m", "reports.cli")
SHORT = ("--rate", "5", "--seconds", "5")
PATIENCE = 60.0


def verdicts(report: Report) -> dict[str, Verdict]:
    """Return how each requirement ended."""
    return {one.id: one.verdict for one in report.requirements}


def generator_was_late(report: Report) -> bool:
    """Tell whether this machine was too busy to measure anything, which is then said."""
    return any(one.message_id.endswith("load-generator-late") for one in report.findings)


def mistreating(status: int | None, *, seconds: float = 0.0) -> Callable[[App], App]:
    """Return a wrapping that makes the FHIR API slow, or refuse everything."""

    def wrap(app: App) -> App:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI's own
            path = str(scope.get("path", ""))
            if "/fhir/" not in path:
                await app(scope, receive, send)
                return
            await asyncio.sleep(seconds)
            if status is None:
                await app(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        return wrapped

    return wrap


def running() -> set[str]:
    """Return the command lines of everything that this process has started and that runs."""
    found = psutil.Process().children(recursive=True)
    return {line for each in found if (line := command_line(each))}


def command_line(process: psutil.Process) -> str:
    """Return how a process was started; nothing where it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_the_scheme_lists_what_the_load_scenarios_test_and_nothing_else() -> None:
    catalogue = load_catalogue()
    scenarios = [s for s in catalogue.scenarios if Operation.LOAD in s.activities()]
    cited = frozenset.union(*(scenario.cited() for scenario in scenarios))
    (module,) = load_scheme("PRF-eRX").modules
    assert module.listed() == cited
    assert {r.id for r in catalogue.requirements if r.id.startswith("ERX-PRF-")} == cited
    musts = {one for one in cited if catalogue.requirement(one).obligation == "MUST"}
    assert set(module.required) == musts


def test_the_people_of_the_load_scenarios_are_there() -> None:
    people = personas(load_people())
    for scenario in load_catalogue().scenarios:
        for step in scenario.acts():
            if step.operation is Operation.LOAD:
                patients = step.parameters["patients"]
                assert isinstance(patients, list)
                assert set(map(str, patients)) <= set(people)


@pytest.mark.slow
def test_without_a_subject_the_reference_is_started_loaded_and_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = running()
    code = main(["load", *SHORT, "--out", str(tmp_path / "run")])
    assert running() == before
    report = read_report(tmp_path / "run")
    kept = b"".join(each.read_bytes() for each in (tmp_path / "run" / "exhibits").iterdir())
    assert not re.search(rb"eyJ[\w-]+\.eyJ[\w-]+\.", kept)
    said = capsys.readouterr().out
    assert re.search(r"récupération\s+25\s+0(\s+\d+ ms){4}\n", said)
    assert {finding.check for finding in report.findings} == {
        "load-percentile",
        "load-failures",
        "load-pace",
    }
    if generator_was_late(report):  # the machine of the test, not the server
        return
    assert code == 0, verdicts(report)
    assert set(verdicts(report).values()) == {Verdict.PASS}
    assert main(["verify", str(tmp_path / "run")]) == 0
    content = (tmp_path / "run" / "report.json").read_bytes()
    assert main(["judge", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "report.json").read_bytes() == content
    for language in ("fr", "en", "de"):
        page = render_html(report, language=language)
        assert residue(read(page), language) == set()
        assert not re.search(r"\d\.\d{4,} ?ms", page)


@pytest.mark.slow
def test_a_slow_server_fails_the_requirement_on_its_answers(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with own_server(folder, wrap=mistreating(None, seconds=1.3)) as subject:
        words = ["--subject", str(subject), *SHORT, "--out", str(tmp_path / "run")]
        code = main(["load", *words])
    report = read_report(tmp_path / "run")
    if generator_was_late(report):
        return
    assert code == 1
    found = verdicts(report)
    assert found["ERX-PRF-001"] is Verdict.FAIL
    assert found["ERX-PRF-003"] is Verdict.WARN
    assert found["ERX-PRF-004"] is Verdict.PASS
    broken = next(one for one in report.findings if one.requirement == "ERX-PRF-001")
    assert broken.fact is Fact.BROKEN
    assert re.fullmatch(r"1[34]\d\d ms", broken.actual)


@pytest.mark.slow
def test_a_server_that_answers_500_to_everything_fails_and_nothing_crashes(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with own_server(folder, wrap=mistreating(500)) as subject:
        words = ["--subject", str(subject), *SHORT, "--out", str(tmp_path / "run")]
        code = main(["load", *words, "--json"])
    report = read_report(tmp_path / "run")
    if generator_was_late(report):
        return
    assert code == 1
    broken = [one for one in report.findings if one.fact is Fact.BROKEN]
    assert {one.requirement for one in broken} == {"ERX-PRF-004", "ERX-PRF-005"}
    assert {one.actual for one in broken} == {"25 / 25", "0 / 25"}
    kinds = next(one.params["kinds"] for one in broken if "kinds" in one.params)
    assert kinds == "submit-prescription 500 (25)"
    assert verdicts(report)["ERX-PRF-001"] is Verdict.INCONCLUSIVE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """The subject file of a reference service that runs as a process of its own."""
    folder = tmp_path / "served"
    folder.mkdir()
    with reference_service(folder) as subject:
        yield subject


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_ends_everything_it_has_started(tmp_path: Path, number: int) -> None:
    words = (*EQUALIS, "load", "--seconds", "60", "--out", str(tmp_path / "run"))
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        started = everything_of(process.pid)
        os.kill(process.pid, number)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Interrompu."
    _, alive = psutil.wait_procs(started, timeout=10)
    assert not alive
    assert not (tmp_path / "run" / "report.json").exists()


def everything_of(pid: int) -> list[psutil.Process]:
    """Return what a load run has started, as soon as its generator is there."""
    parent = psutil.Process(pid)
    gone: list[psutil.Process] = []
    for _ in range(int(PATIENCE / 0.1)):
        found = parent.children(recursive=True)
        if any("load.generator" in command_line(each) for each in found):
            return found
        # Waits a tenth of a second for something to end, which nothing does.
        gone, _ = psutil.wait_procs(found or [parent], timeout=0.1)
    raise AssertionError(f"no generator came; ended: {gone}")


@pytest.mark.slow
def test_a_generator_that_dies_is_the_labs_fault_and_said(served: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = (*EQUALIS, "load", "--subject", str(served), "--seconds", "60", "--out", str(out))
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        for each in everything_of(process.pid):
            if "load.generator" in command_line(each):
                each.kill()
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "load-generator-ended:-9" in said
    assert set(verdicts(read_report(out)).values()) == {Verdict.ERROR}


def refused(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must be refused in every language; return what it says in French."""
    said = {}
    for language in ("fr", "en", "de"):
        assert main(["load", *words, "--language", language]) == 2
        said[language] = capsys.readouterr().err
    assert len(set(said.values())) == 3
    return said["fr"].replace("\u00a0", " ")


@pytest.mark.parametrize(
    "words",
    [
        ("--rate", "0"),
        ("--rate", "101"),
        ("--seconds", "3601"),
        ("--seconds", "-1"),
        ("--users", "1001"),
    ],
)
def test_more_than_this_lab_allows_is_refused(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(*words, capsys=capsys)
    assert "pas permise" in said
    assert " ".join(words) in said


def test_a_product_that_is_no_server_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    subject = ROOT / "test_suites" / "vendors" / "prescriber.toml"
    said = refused("--subject", str(subject), "--out", "/nowhere", capsys=capsys)
    assert "pas un serveur" in said
    assert "ce fichier" in refused("--subject", "/nowhere", capsys=capsys)


def test_a_server_to_which_nobody_can_sign_in_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXAMPLE.read_text("utf-8").partition("[[server.clients]]")[0]
    subject = tmp_path / "server.toml"
    subject.write_text(text.replace("trust_pem", "# trust_pem"), encoding="utf-8")
    said = refused("--subject", str(subject), capsys=capsys)
    assert "accès pour « dr-meyer »" in said


def test_a_host_that_is_not_listed_is_refused_before_a_single_packet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(EXAMPLE, tmp_path / "server.toml")
    subject = tmp_path / "server.toml"
    address = "https://erx.example.org/integration"
    text = re.sub(r'base_url = ".*"', f'base_url = "{address}"', subject.read_text("utf-8"))
    subject.write_text(text, encoding="utf-8")
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: asked.append(given))
    monkeypatch.setattr(socket.socket, "connect", lambda *given: asked.append(given))
    said = refused("--subject", str(subject), "--out", str(tmp_path / "run"), capsys=capsys)
    assert "erx.example.org" in said
    assert asked == []
    assert not (tmp_path / "run").exists()


def test_a_lab_without_its_generator_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "is_there", lambda: False)
    assert "générateur de charge" in refused(capsys=capsys)


def test_a_folder_that_is_taken_is_refused(
    tmp_path: Path, served: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "x").touch()
    said = refused("--subject", str(served), "--out", str(tmp_path / "run"), capsys=capsys)
    assert "ce dossier contient déjà quelque chose" in said


def test_what_is_wrong_is_told_as_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", "--rate", "0", "--json", "--out", str(tmp_path)]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["where"] == "--rate 0"
