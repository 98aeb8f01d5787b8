"""The example of a server's subject file works as it is written, step by step like a newcomer."""

import json
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from reference_server.population.personas import load
from reports.labelling.decision import Outcome
from reports.render.canonical import read_report
from reports.render.model import Report
from scenarios import load_catalogue
from scenarios.errors import DeclarationError
from test_suites.core.verdict import Verdict
from test_suites.engine.plan import make_plan
from test_suites.subjects.reader import parse_subject, read_subject

EXAMPLE = Path("test_suites/subjects/examples/server.toml").resolve()
EQUALIS = (sys.executable, "-m", "reports.cli")
DEFAULT_PORT = ":8443/"
SECONDS = 180
TODAY = date(2026, 11, 22)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, port: int) -> Iterator[None]:
    words = (*EQUALIS, "serve", "--folder", str(folder), "--port", str(port), "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            told = json.loads(server.stdout.readline())
            assert Path(told["passwords"]) == folder / "people"
            yield
        finally:
            server.terminate()


def test_the_example_names_everybody_a_server_can_be_asked_by() -> None:
    subject = parse_subject(EXAMPLE.read_text("utf-8"), file="server.toml", today=TODAY)
    catalogue = load_catalogue()
    plan = make_plan(subject, catalogue)
    assert {each.reason for each in plan.exclusions} <= {"environment", "not-asked"}
    assert plan.cases
    people = load().practitioners
    assert subject.server is not None
    named = {each.persona: each.username for each in subject.server.clients if each.username}
    cast = {persona for dataset in catalogue.datasets for persona in dataset.personas}
    assert named == {name: people[name].ehealth_id for name in cast & people.keys()}


def test_every_file_that_is_not_beside_the_subject_file_is_named(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    with pytest.raises(DeclarationError) as raised:
        read_subject(tmp_path / "server.toml", today=TODAY)
    mistakes = raised.value.every()
    assert {each.message_id for each in mistakes} == {"declaration.file.missing"}
    named = {each.field for each in mistakes}
    assert {"server.trust_pem", "server.clients[0].password_file"} <= named
    lines = EXAMPLE.read_text("utf-8").splitlines()
    assert all("= " in lines[(each.line or 0) - 1] for each in mistakes)


@pytest.mark.slow
def test_a_newcomer_serves_copies_the_example_and_gets_a_report(tmp_path: Path) -> None:
    folder, port = tmp_path / "serve", free_port()
    with served(folder, port):
        for secret in re.findall(r'_file = "(.+)"', EXAMPLE.read_text("utf-8")):
            assert stat.S_IMODE((folder / secret).stat().st_mode) == 0o600
        subject = folder / "server.toml"
        shutil.copy(EXAMPLE, subject)
        # Tests may run beside each other; a newcomer has the port of the example for himself.
        text = subject.read_text("utf-8")
        subject.write_text(text.replace(DEFAULT_PORT, f":{port}/"), encoding="utf-8")
        reports = [judged(subject, tmp_path / name) for name in ("first", "again")]
    for report in reports:
        assert report.outcome is not Outcome.NOT_ELIGIBLE
        assert report.outcome_with_assumed is Outcome.ELIGIBLE
        good = {Verdict.PASS, Verdict.NOT_APPLICABLE}
        assert {each.verdict for each in report.requirements} <= good
        assert {each.verdict for each in report.findings} <= good


def judged(subject: Path, out: Path) -> Report:
    """Run the command as it stands in the example, and return its report."""
    words = (*EQUALIS, "run", "--subject", str(subject), "--out", str(out))
    subprocess.run(words, check=True, timeout=SECONDS, capture_output=True)
    assert (out / "report.html").is_file()
    return read_report(out)
