"""A newcomer's morning: from clone to the first accepted prescription, to the first finding.

Every command is read from START.md and typed as it stands there, so that page and test cannot part.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reference_server.text import Catalogue
from tests.house.tree import ROOT, files
from tests.reports.newcomer.start_page import blocks, commands, named

CLIENT = Path(__file__).parent / "client.py"
SECONDS = 180
NOT_INSTALLED = 3
BOX = "my-sandbox"
MAKE = f"./equalis sandbox {BOX}"
TEXTS = Catalogue.load(ROOT / "test_suites" / "messages")
QUESTIONS = ("seated", "ended", "shown", "level", "file", "number")
ELSEWHERE = frozenset({"java", "dotnet"})
"""Programs that not every machine has; the page offers them beside the first."""


def clone(folder: Path) -> Path:
    """Return a fresh tree of what is or would be committed."""
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def typed(command: str, folder: Path, *, code: int | None = 0) -> str:
    """Type a command into a shell and return what it writes."""
    ended = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        timeout=SECONDS,
    )  # fmt: skip
    assert code in {None, ended.returncode}, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


@contextmanager
def in_another_terminal(command: str, folder: Path) -> Iterator[Path]:
    """Leave a command running; give the file with all that it writes."""
    written = folder / "server.txt"
    with written.open("wb") as out, subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"], cwd=folder, stdout=out, stderr=out,
        start_new_session=True,
    ) as running:  # fmt: skip
        try:
            yield written
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(timeout=SECONDS)


def wait_for(text: str, file: Path) -> None:
    ends = time.monotonic() + SECONDS
    while text not in file.read_text("utf-8"):
        assert time.monotonic() < ends, file.read_text("utf-8")
        select.select([], [], [], 0.05)


@dataclass(slots=True, kw_only=True)
class Newcomer:
    """Owns what was read from the page; works the client as its own maker would."""

    folder: Path
    page: str

    def prescribe(
        self, patient: Mapping[str, str], codes: list[str], **at: str
    ) -> dict[str, object]:
        """Let the client prescribe; return what its screen shows."""
        sandbox = self.folder / BOX
        rows = named(self.page)
        doctor = dict(zip(("name", "ehealth_id", "cns_code"), rows["Claire Meyer"], strict=False))
        given, _, family = doctor.pop("name").partition(" ")
        base = next(row[1] for name, row in rows.items() if name == "URL de base")
        password = sandbox / rows["Claire Meyer"][4]
        options = {
            "base-url": base,
            "trust": str(sandbox / "ca.pem"),
            "username": doctor["ehealth_id"],
            "password-file": str(password),
            "page": str(sandbox / "first-prescription.pdf"),
            "out": str(self.folder / "printed.pdf"),
            **at,
        }
        wish = {
            "patient": patient,
            "doctor": {**doctor, "given": given, "family": family},
            "analyses": codes,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        ended = subprocess.run(
            [sys.executable, "-I", "-S", str(CLIENT), *words], input=json.dumps(wish),
            capture_output=True, text=True, check=False, timeout=SECONDS, cwd=self.folder,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        shown: dict[str, object] = json.loads(ended.stdout)
        return shown

    def patient(self, name: str) -> dict[str, str]:
        """Return a patient of the page's table."""
        row = named(self.page)[name]
        given, _, family = name.partition(" ")
        keys = ("matricule", "birth_date", "gender")
        return {**dict(zip(keys, row[1:4], strict=True)), "given": given, "family": family}


@dataclass(slots=True, kw_only=True)
class AtTerminal:
    """Owns a terminal at which the lab asks, and answers as a person does who reads the screen."""

    newcomer: Newcomer
    end: int
    screen: str = ""
    asked: list[str] = field(default_factory=list)
    _answers: list[str] = field(default_factory=list)

    def answer_all(self) -> None:
        """Answer every question until the program ends."""
        while (question := self._next()) is not None:
            self.asked.append(question)
            if question == "ended":
                self._answers = list(self._did())
            answer = self._answers.pop(0) if self._answers and question != "seated" else ""
            os.write(self.end, f"{answer}\n".encode())

    def _next(self) -> str | None:
        """Return the question the screen ends with; None at the end."""
        prompts = {TEXTS.render(f"engine.console.ask-{name}", {}, "fr"): name for name in QUESTIONS}
        fresh = ""
        ends = time.monotonic() + SECONDS
        while True:
            for prompt, name in prompts.items():
                if fresh.endswith(prompt):
                    return name
            ready, _, _ = select.select([self.end], [], [], max(0.0, ends - time.monotonic()))
            assert ready, self.screen
            try:
                piece = os.read(self.end, 65536).decode("utf-8", "replace")
            except OSError:  # the program has ended
                return None
            if not piece:
                return None
            self.screen += piece
            fresh += piece

    def _did(self) -> Iterator[str]:
        """Do what the screen says; return the answers to what is asked then."""
        settings = dict(re.findall(r"^ *(\w+) = (\S+)\r?$", self.screen, re.MULTILINE))
        told = re.findall(
            r"Patient\s: (.+?) (\S+), matricule (\d+), date de naissance (\S+),", self.screen
        )
        family, given, matricule, born = told[-1]
        patient = self.newcomer.patient(f"{given} {family}")
        assert (patient["matricule"], patient["birth_date"]) == (matricule, born)
        secrets = {
            Path(found).suffix: found
            for found in re.findall(r" (/\S+\.\w+)\r?$", self.screen, re.MULTILINE)
        }
        shown = self.newcomer.prescribe(
            patient,
            re.findall(r"Analyse (BIO-\d+)", self.screen),
            **{
                "base-url": settings["base_url"],
                "username": settings["username"],
                "trust": secrets[".pem"],
                "password-file": secrets[".password"],
            },
        )
        yield "1"
        for sentence in shown["shown"]:  # type: ignore[attr-defined]  # a list of sentences
            yield str(sentence)
            yield "i" if shown["status"] == 200 else "e"
        yield ""
        yield str(self.newcomer.folder / "printed.pdf") if shown["status"] == 200 else ""
        yield str(shown["number"])


def at_terminal(command: str, newcomer: Newcomer) -> tuple[AtTerminal, int]:
    """Type a command at a terminal and answer what it asks; return what was seen and the code."""
    own, others = pty.openpty()
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=newcomer.folder, stdin=others, stdout=others,
        stderr=others, start_new_session=True,
    ) as program:  # fmt: skip
        os.close(others)
        person = AtTerminal(newcomer=newcomer, end=own)
        try:
            person.answer_all()
            return person, program.wait(timeout=SECONDS)
        finally:
            program.kill()
            os.close(own)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose first command has installed what is needed."""
    here = clone(tmp_path_factory.mktemp("newcomer") / "equalis-lab")
    first = subprocess.run(
        ["./equalis", "--help"], cwd=here, capture_output=True, text=True, check=False, timeout=600
    )
    if first.returncode == NOT_INSTALLED:
        pytest.skip(f"the packages cannot be installed here now: {first.stderr[-300:]}")
    assert first.returncode == 0, first.stderr
    return here


@pytest.mark.slow
def test_a_newcomer_gets_from_the_clone_to_a_prescription_and_to_a_finding(folder: Path) -> None:
    typed(f"{MAKE} --port 0", folder)
    page = (folder / BOX / "START.md").read_text("utf-8")
    serve, *rest = commands(page)
    judged = next(line for line in rest if line.startswith("./equalis run "))
    newcomer = Newcomer(folder=folder, page=page)
    with in_another_terminal(serve, folder) as written:
        wait_for("Ctrl-C", written)
        for line in rest:
            if line == judged or (
                line.split()[0] in ELSEWHERE and not shutil.which(line.split()[0])
            ):
                continue
            said = typed(line, folder)
            if line.startswith(("python3", "java")):
                assert re.match(r"OK B-\w{5}-\w{5}-\w ", said)
        shown = newcomer.prescribe(newcomer.patient("Anna Weber"), ["BIO-0101"])
        assert shown["status"] == 200, shown
        assert str(shown["number"]).startswith("B-")
        assert (folder / "printed.pdf").read_bytes().startswith(b"%PDF-")
        wait_for("$submit-prescription 200", written)

    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text + "\n", encoding="utf-8")
    person, code = at_terminal(judged, newcomer)
    assert code == 1, person.screen
    assert person.asked[:2] == ["seated", "ended"]
    report = json.loads((folder / BOX / "my-run" / "report.json").read_text("utf-8"))
    assert report["subject"]["product"] == "MyProduct"
    broken = [one for one in report["findings"] if one["fact"] == "broken"]
    assert [one["requirement"] for one in broken if one["about"] == "prescriber"] == ["ERX-RES-011"]
    assert (folder / BOX / "my-run" / "report.html").is_file()
    assert broken[0]["request_id"]
    told = [line for line in commands((folder / "README.md").read_text("utf-8")) if BOX in line]
    assert told[:1] == [MAKE]
    assert set(told[1:]) <= set(commands(page))
