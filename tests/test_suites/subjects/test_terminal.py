"""A person at a real terminal, and no terminal at all: what is said, asked, kept and left."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from test_suites.core.transcript import ExhibitKind
from test_suites.core.verdict import Mode
from test_suites.engine.journal import read

BY_HAND = """
[product]
vendor = "V"
name = "N"
version = "1"
[[roles]]
actor = "prescriber"
[operator]
kind = "console"
"""
SECONDS = 120
# The child makes the terminal its own, as a login shell does, so that Ctrl-C reaches it.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@dataclass(slots=True)
class Terminal:
    """Owns the keyboard and the screen of a program, which is read up to what was awaited."""

    end: int
    program: subprocess.Popen[bytes]
    screen: str = ""

    def until(self, text: str) -> str:
        """Return what stood on the screen before a text comes."""
        ends = time.monotonic() + SECONDS
        while text not in self.screen:
            ready, _, _ = select.select([self.end], [], [], max(0.0, ends - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.screen}"
            self.screen += os.read(self.end, 65536).decode("utf-8", "replace")
        before, _, self.screen = self.screen.partition(text)
        return before

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self.end, text.encode())

    def rest(self) -> str:
        """Return what is written until the program ends."""
        try:
            while piece := os.read(self.end, 65536):
                self.screen += piece.decode("utf-8", "replace")
        except OSError:  # the terminal's other end is closed: Linux says so with an error
            pass
        return self.screen


def command(subject: Path, out: Path) -> Sequence[str]:
    words = ("run", "--subject", str(subject), "--out", str(out), "--language", "de")
    return ("-m", "reports.cli", *words)


@contextmanager
def at_terminal(*words: str) -> Iterator[Terminal]:
    own, others = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, *words],
        stdin=others, stdout=others, stderr=others, start_new_session=True,
    )  # fmt: skip
    os.close(others)
    with program:
        try:
            yield Terminal(end=own, program=program)
        finally:
            program.kill()
            os.close(own)


@pytest.fixture
def subject(tmp_path: Path) -> Path:
    path = tmp_path / "subject.toml"
    path.write_text(BY_HAND, encoding="utf-8")
    return path


def test_a_person_is_asked_in_the_language_chosen_and_ctrl_c_ends_the_run(
    subject: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with at_terminal(*command(subject, out)) as terminal:
        settings = terminal.until("Eingabetaste, wenn das Produkt bereit ist: ")
        assert "richten Sie das Produkt so ein" in settings
        assert "prescriber-app" in settings
        assert "test-91" not in settings
        terminal.type("\n")
        terminal.until("wartet auf Sie: verordnen Sie, und drucken Sie die Seite")
        told = terminal.until("Wie endete der Vorgang?")
        assert "Patient: " in told
        assert "Analyse BIO-" in told
        terminal.type("x\n")
        terminal.until("Wie endete der Vorgang?")
        terminal.type("1\n")
        terminal.until("Ein angezeigter Satz")
        terminal.type("Gedrückt wurde nichts\n")
        terminal.until("Seine Stufe?")
        terminal.type("i\n")
        terminal.until("Ein angezeigter Satz")
        terminal.type("\n")
        terminal.until("Pfad der Datei")
        terminal.type("\n")
        terminal.until("Angezeigte Verordnungsnummer")
        terminal.type("\n")
        terminal.until("nennen Sie das Protokoll des Produkts")
        terminal.until("Pfad der Datei")
        terminal.type("half a na\x03")
        said = terminal.rest()
        assert terminal.program.wait(timeout=SECONDS) == 130
    assert "Traceback" not in said
    record = read(out)
    assert record.footer is None
    assert not (out / "report.json").exists()
    exhibits = record.transcripts[0].exhibits
    assert {(each.kind, each.content) for each in exhibits} == {
        (ExhibitKind.ANSWER, b"done"),
        (ExhibitKind.SHOWN, "Gedrückt wurde nichts".encode()),
    }
    assert {each.mode for each in exhibits} == {Mode.ATTESTED}


def test_the_end_of_the_input_ends_the_run_as_wrong_input(subject: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with at_terminal(*command(subject, out)) as terminal:
        terminal.until("Eingabetaste, wenn das Produkt bereit ist: ")
        terminal.type("\x04")
        said = terminal.rest()
        assert terminal.program.wait(timeout=SECONDS) == 2
    assert "niemand ist da" in said
    assert read(out).footer is None


def test_without_a_terminal_nothing_is_written(subject: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = subprocess.run(
        [sys.executable, *command(subject, out)],
        input="1\n1\n", capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "niemand ist da" in ended.stderr
    assert str(subject) in ended.stderr
    assert ended.stdout == ""
    assert not out.exists()
