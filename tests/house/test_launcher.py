"""The launcher: what it hands over, when it makes things anew, what it says when it cannot."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.cli.bundle import this_platform
from tests.house.tree import ROOT, files

TOOLS = ("dirname", "head", "id", "mkdir", "readlink", "rm", "sha256sum", "tail", "uname")
APT_LINE = "sudo apt-get install -y python3 python3-venv libpango-1.0-0 libpangoft2-1.0-0"
ECHO = '#!/bin/sh\nprintf "<%s>" "$@"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A tree with a launcher, on a machine that has neither Python nor uv, only plain tools."""

    root: Path
    bin: Path

    @property
    def environment(self) -> Path:
        lock = hashlib.sha256((self.root / "requirements.lock").read_bytes()).hexdigest()
        return self.root / f".venv-lab-{lock[:12]}"

    def script(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def make_ready(self) -> None:
        """As the launcher leaves it: the environment, its stamp, the link."""
        (self.environment / "bin").mkdir(parents=True)
        (self.environment / "bin/python").symlink_to(sys.executable)
        self.script(self.environment / "bin/equalis", ECHO)
        project = hashlib.sha256((self.root / "pyproject.toml").read_bytes()).hexdigest()
        stamp = f"{self.root}\n{project}\n"
        (self.environment / "equalis-stamp").write_text(stamp, encoding="utf-8")
        (self.root / ".venv").symlink_to(self.environment.name)

    def run(
        self, *arguments: str, launcher: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [launcher or self.root / "equalis", *arguments],
            cwd=cwd or self.root,
            env={"PATH": str(self.bin)},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(root=tmp_path.resolve() / "a tree", bin=tmp_path / "bin")
    machine.root.mkdir()
    machine.bin.mkdir()
    for name in ("equalis", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, machine.root / name)
    for name in TOOLS:
        found = shutil.which(name)
        assert found, f"{name} is part of every Debian"
        (machine.bin / name).symlink_to(found)
    machine.script(machine.bin / "id", "#!/bin/sh\necho 1000\n")
    return machine


def test_arguments_arrive_unchanged_and_no_python_is_started_on_the_way(machine: Machine) -> None:
    machine.make_ready()
    ran = machine.run("demo", "--out", "two words", "*", "")
    assert (ran.returncode, ran.stdout) == (0, "<demo><--out><two words><*><>")
    assert ran.stderr == ""


def test_it_works_from_any_folder_and_through_a_link(machine: Machine, tmp_path: Path) -> None:
    machine.make_ready()
    link = tmp_path / "link"
    link.symlink_to("a tree/equalis")
    assert machine.run("x", launcher=link, cwd=tmp_path).stdout == "<x>"


def change_lock(machine: Machine) -> None:
    with (machine.root / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("    # via nobody\n")


def change_project(machine: Machine) -> None:
    with (machine.root / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("# changed\n")


def lose_stamp(machine: Machine) -> None:
    (machine.environment / "equalis-stamp").unlink()


def cut_stamp(machine: Machine) -> None:
    (machine.environment / "equalis-stamp").write_text(f"{machine.root}\n", encoding="utf-8")


def lose_interpreter(machine: Machine) -> None:
    (machine.environment / "bin/python").unlink()
    (machine.environment / "bin/python").symlink_to("gone")


def lose_command(machine: Machine) -> None:
    (machine.environment / "bin/equalis").unlink()


def lose_link(machine: Machine) -> None:
    (machine.root / ".venv").unlink()


def come_from_elsewhere(machine: Machine) -> None:
    stamp = machine.environment / "equalis-stamp"
    text = stamp.read_text(encoding="utf-8")
    stamp.write_text(text.replace(str(machine.root), "/elsewhere"), encoding="utf-8")


@pytest.mark.parametrize(
    "amiss",
    [
        change_lock,
        change_project,
        lose_stamp,
        cut_stamp,
        lose_interpreter,
        lose_command,
        lose_link,
        come_from_elsewhere,
    ],
)
def test_an_environment_that_is_not_as_it_should_be_is_not_used(
    machine: Machine, amiss: object
) -> None:
    machine.make_ready()
    assert callable(amiss)
    amiss(machine)
    ran = machine.run("x")
    assert (ran.returncode, ran.stdout) == (2, ""), "this machine cannot make one, and must say so"
    assert APT_LINE in ran.stderr


def test_without_python_it_names_the_packages_and_ends_with_2(machine: Machine) -> None:
    ran = machine.run("demo")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == f"equalis: {APT_LINE}"


def test_a_python_that_is_too_old_is_named(machine: Machine) -> None:
    machine.script(
        machine.bin / "python3", '#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2\nexit 1\n'
    )
    ran = machine.run("demo")
    assert ran.returncode == 2
    assert "Python 3.11 or newer" in ran.stderr
    assert "Python 3.9.2" in ran.stderr


def without_pango(machine: Machine) -> None:
    """Give the machine a Python that can load no Pango and make no environment."""
    machine.script(
        machine.bin / "python3",
        '#!/bin/sh\ncase "$*" in *CDLL*libpango* | *"-m venv"*) exit 1 ;; esac\n'
        f'exec "{sys.executable}" "$@"\n',
    )


def test_without_pango_it_says_so_once_and_goes_on(machine: Machine) -> None:
    without_pango(machine)
    ran = machine.run("demo")
    first, how, then, *_ = ran.stderr.splitlines()
    assert first.startswith("equalis: without Pango reports are HTML and JSON, not PDF")
    assert how == "equalis: sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0"
    assert then.startswith("equalis: preparing .venv-lab-")
    assert ran.returncode == 3, "this Python can make no environment"


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("plan9-mips-cp399\n\n", "this archive is for plan9-mips-cp399;"),
        (f"{this_platform()}\nglibc 99.1\n", f"is for {this_platform()}, glibc 99.1 or newer;"),
    ],
)
def test_an_archive_for_another_kind_of_machine_is_refused_in_a_sentence(
    machine: Machine, platform: str, told: str
) -> None:
    machine.script(machine.bin / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (machine.root / "wheels").mkdir()
    (machine.root / "wheels/PLATFORM").write_text(platform, encoding="utf-8")
    ran = machine.run("demo")
    assert ran.returncode == 2
    refusal, here = ran.stderr.splitlines()
    assert told in refusal
    assert here.startswith(f"equalis: {this_platform()} ")
    assert not machine.environment.exists()


@pytest.mark.parametrize("command", [("dash", "-n"), ("shellcheck",)])
def test_the_launcher_is_plain_posix_shell(command: tuple[str, ...]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    checked = subprocess.run(
        [*command, ROOT / "equalis"], capture_output=True, check=False, text=True
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "copy"
    for path in files():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    return root


@pytest.mark.slow
def test_two_first_calls_at_once_make_one_environment(copied_tree: Path) -> None:
    """Fetches every library of the lock: the one test that needs the package index."""
    clean = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    calls = [
        subprocess.Popen(
            [copied_tree / "equalis", "--help"],
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [(*call.communicate(timeout=600), call.returncode) for call in calls]
    assert [code for _, _, code in ended] == [0, 0], ended
    assert sum("preparing" in said for _, said, _ in ended) == 1
    made = [path.name for path in copied_tree.glob(".venv-lab-*")]
    assert made == [(copied_tree / ".venv").readlink().name]
