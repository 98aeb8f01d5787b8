"""The samples and the happy path run as they are, against a sandbox that is served."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reference_server.app.kit.boxes import Served, made, served

ACCEPTED = re.compile(r"OK B-\w{5}-\w{5}-\w \(stamped\.pdf\), X-Request-Id ([0-9a-f-]{36})\n")
HTTPYAC = os.environ.get("EQUALIS_HTTPYAC") or shutil.which("httpyac")
"""The command line of the `.http` dialect; `npm install httpyac` brings it."""
REQUESTS = 9


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "box"
    made(folder, "--port", "0")
    return folder


@pytest.fixture(scope="module")
def running(box: Path) -> Iterator[Served]:
    with served(box) as one:
        yield one


def ran(*command: str, seconds: int = 120) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)


def check_accepted(ended: "subprocess.CompletedProcess[str]", box: Path, running: Served) -> None:
    """Assert that a sample got a prescription, whose id is told, and the page to print."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = ACCEPTED.fullmatch(ended.stdout)
    assert told is not None, ended.stdout
    assert told[1] in running.lines.read_text("utf-8")
    assert (box / "stamped.pdf").read_bytes() != (box / "first-prescription.pdf").read_bytes()


def test_the_python_sample_gets_a_prescription_accepted(box: Path, running: Served) -> None:
    # Isolated: it sees the standard library and itself, nothing of ours and no package.
    sample = box / "samples/python/first_prescription.py"
    check_accepted(ran(sys.executable, "-I", "-S", str(sample)), box, running)


def test_the_python_sample_tells_of_every_fault(box: Path, running: Served, tmp_path: Path) -> None:
    assert running.base
    source = (box / "samples/python/first_prescription.py").read_text("utf-8")
    wrong = box / "samples/python/wrong.py"
    wrong.write_text(source.replace('"BIO-0101"', '"BIO-9999", "BIO-0301"'), encoding="utf-8")
    ended = ran(sys.executable, "-I", "-S", str(wrong))
    assert ended.returncode == 1
    assert ended.stdout.startswith("KO 422, X-Request-Id ")
    assert "line-code-unknown: " in ended.stdout
    assert "line-code-motivation-missing: " in ended.stdout
    assert "Bundle.entry[" in ended.stdout
    assert not list(tmp_path.iterdir())


def test_the_python_sample_trusts_nobody_else(box: Path, running: Served, tmp_path: Path) -> None:
    assert running.base
    made(tmp_path / "other")
    shutil.copytree(box / "samples", tmp_path / "samples")
    for name in ("people", "first-prescription.pdf"):
        (tmp_path / name).symlink_to(box / name)
    (tmp_path / "ca.pem").symlink_to(tmp_path / "other/ca.pem")
    ended = ran(sys.executable, "-I", "-S", str(tmp_path / "samples/python/first_prescription.py"))
    assert ended.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in ended.stderr


@pytest.mark.slow
def test_the_java_sample_gets_a_prescription_accepted(box: Path, running: Served) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java on this machine")
    sample = box / "samples/java/FirstPrescription.java"
    check_accepted(ran(java, str(sample)), box, running)


@pytest.mark.slow
def test_the_csharp_sample_gets_a_prescription_accepted(box: Path, running: Served) -> None:
    dotnet = shutil.which("dotnet")
    if dotnet is None:
        pytest.skip("there is no dotnet on this machine")
    check_accepted(ran(dotnet, "run", "--project", str(box / "samples/csharp")), box, running)


@pytest.mark.slow
def test_the_happy_path_runs_as_it_is(box: Path, running: Served) -> None:
    if HTTPYAC is None:
        pytest.skip("httpyac is neither on PATH nor named by EQUALIS_HTTPYAC")
    ended = subprocess.run(
        [HTTPYAC, "send", "--all", f"{box.name}/happy-path.http", "--output=short", "--no-color"],
        cwd=box.parent, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{REQUESTS} requests processed ({REQUESTS} succeeded)" in ended.stdout
    assert "✖" not in ended.stdout
    lines = running.lines.read_text("utf-8").splitlines()[-REQUESTS:]
    assert [line.split()[2].rpartition("/")[2] for line in lines] == [
        "openid-configuration", "auth", "login", "token", "$submit-prescription", "token",
        "$retrieve-prescription", "$reserve", "$dispense",
    ]  # fmt: skip
    assert len({line.split()[-1] for line in lines}) == REQUESTS
