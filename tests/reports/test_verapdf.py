"""veraPDF, an independent validator, on the PDFs we call PDF/A-3a; needs Maven and a JDK."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES
from reports.render.pdf import render_pdf
from tests.reports import example

PEER = Path(__file__).parent / "verapdf"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("mvn") is None or shutil.which("javac") is None,
        reason="veraPDF is run as an independent peer; Maven and a JDK 17 are not on this machine",
    ),
]


@pytest.fixture(scope="module")
def verapdf(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Build the peer outside the tree; return the command that takes files."""
    place = tmp_path_factory.mktemp("verapdf")
    shutil.copytree(PEER, place, dirs_exist_ok=True)
    build = ["mvn", "-q", "-B", "compile", "dependency:build-classpath"]
    subprocess.run([*build, "-Dmdep.outputFile=classpath"], cwd=place, check=True)
    libraries = (place / "classpath").read_text("utf-8").strip()
    return ("java", "-cp", os.pathsep.join((str(place / "target/classes"), libraries)), "Validate")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["good", "bad"])
def test_verapdf_finds_the_report_compliant(
    verapdf: tuple[str, ...], tmp_path: Path, kind: str, language: str
) -> None:
    report = example.good() if kind == "good" else example.bad()
    file = tmp_path / f"{kind}-{language}.pdf"
    file.write_bytes(render_pdf(report, language=language))
    answer = subprocess.run([*verapdf, str(file)], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "compliant=true" in answer.stdout
