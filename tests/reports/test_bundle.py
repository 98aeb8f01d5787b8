"""One archive installs and runs the demonstration on a machine that has no internet."""

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.cli.bundle import Packed, archive, this_platform
from reports.cli.front import main
from reports.cli.wheels import licences, oldest_libc
from tests import offline
from tests.house.tree import ROOT, files

FILES = (
    Packed(path="wheels/b-1-py3-none-any.whl", content=b"wheel"),
    Packed(path="equalis", content=b"#!/bin/sh\n", executable=True),
)


def members(content: bytes) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """The files of an archive, under their names in its folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        found = {}
        for member in tar:
            opened = tar.extractfile(member)
            assert opened is not None
            found[member.name.partition("/")[2]] = (member, opened.read())
        return found


def test_the_same_files_in_any_order_give_the_same_bytes() -> None:
    assert archive("a", FILES) == archive("a", tuple(reversed(FILES)))


def test_an_archive_says_nothing_of_who_made_it_and_when() -> None:
    for member, _ in members(archive("a", FILES)).values():
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert member.mtime == 315532800
        assert member.mode in {0o644, 0o755}


def test_the_manifest_vouches_for_every_other_file() -> None:
    found = members(archive("a", FILES))
    _, manifest = found.pop("MANIFEST")
    assert manifest.decode().splitlines() == [
        f"{hashlib.sha256(content).hexdigest()}  {name}"
        for name, (_, content) in sorted(found.items())
    ]


@pytest.mark.parametrize(
    ("names", "libc"),
    [
        (["a-1-py3-none-any.whl"], ""),
        (["a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_28_x86_64.whl"], "glibc 2.17"),
        (
            ["a-1-cp311-abi3-manylinux_2_34_x86_64.whl", "b-1-cp311-cp311-manylinux1_x86_64.whl"],
            "glibc 2.34",
        ),
    ],
)
def test_the_c_library_that_all_wheels_can_live_with_is_found(names: list[str], libc: str) -> None:
    assert oldest_libc(names) == libc


def test_where_nothing_can_be_fetched_a_sentence_says_so_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    out = tmp_path / "lab.tar.gz"
    assert main(["bundle", "--out", str(out), "--language", "en"]) == 2
    said = capsys.readouterr().err
    assert "the libraries could not be fetched" in said
    assert "Nothing was written." in said
    assert list(tmp_path.iterdir()) == []


def test_interrupted_it_leaves_nothing_half_written(tmp_path: Path) -> None:
    out, temporary = tmp_path / "out", tmp_path / "temporary"
    for folder in (out, temporary):
        folder.mkdir()
    (out / "lab.tar.gz").write_bytes(b"of yesterday")
    with subprocess.Popen(
        [sys.executable, "-m", "reports.cli", "bundle", "--out", out / "lab.tar.gz"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    ) as making:
        while not any(temporary.iterdir()):
            assert making.poll() is None
        making.send_signal(signal.SIGINT)
    assert making.returncode == 130
    assert [path.read_bytes() for path in out.iterdir()] == [b"of yesterday"]
    assert not any(temporary.glob("equalis-bundle-*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An archive of this tree as it stands, made in a copy that git knows nothing of."""
    tree = tmp_path_factory.mktemp("tree") / "copy"
    for path in files():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tree / path)
    for stray in ("reports/client.pem", "reports/__pycache__/x.pyc", "var/run/journal.jsonl"):
        (tree / stray).parent.mkdir(parents=True, exist_ok=True)
        (tree / stray).write_bytes(b"not for others")
    out = tmp_path_factory.mktemp("made")
    ran = subprocess.run(
        [sys.executable, "-m", "reports.cli", "bundle", "--json", "--out", out],
        cwd=tree,
        capture_output=True,
        check=False,
        text=True,
    )
    if ran.returncode == 2:
        pytest.skip(f"an archive is made where there is a network: {ran.stdout[-300:]}")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["platform"] == this_platform()
    yield Path(json.loads(ran.stdout)["file"])
    shutil.rmtree(out)


@pytest.mark.slow
def test_the_archive_holds_the_tree_and_the_wheels_and_no_stray_file(made: Path) -> None:
    assert made.name.endswith(f"-{this_platform()}.tar.gz")
    names = set(members(made.read_bytes()))
    assert {str(path) for path in files()} <= names
    wheels = {name for name in names if name.endswith(".whl")}
    beside = {"MANIFEST", "LICENCES.txt", "wheels/PLATFORM"}
    assert names == {str(path) for path in files()} | wheels | beside


@pytest.mark.slow
def test_every_wheel_states_a_licence(made: Path, tmp_path: Path) -> None:
    with tarfile.open(made) as tar:
        tar.extractall(tmp_path, filter="data")
    [root] = tmp_path.iterdir()
    wheels = tuple(sorted((root / "wheels").glob("*.whl")))
    assert len(wheels) > 50
    told = licences(wheels)
    assert told == (root / "LICENCES.txt").read_text(encoding="utf-8")
    assert ": ?" not in told


@pytest.mark.slow
@pytest.mark.skipif(bool(offline.why_not()), reason=offline.why_not())
def test_the_demonstration_runs_from_the_archive_without_network_and_without_pango(
    made: Path, tmp_path: Path
) -> None:
    with tarfile.open(made) as tar:
        tar.extractall(tmp_path / "a folder", filter="data")
    [root] = (tmp_path / "a folder").iterdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "bin/python3").symlink_to(Path(sys.executable).resolve())
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path / "home")}
    words = ["./equalis", "demo", "--json", "--language", "en"]
    ran = offline.run(words, cwd=root, env=environment, hidden=offline.pango())
    assert ran.returncode == 0, ran.stderr
    assert "without Pango reports are HTML and JSON, not PDF" in ran.stderr
    said = json.loads(ran.stdout)
    for vendor in ("prescriber", "laboratory"):
        assert said[vendor]["outcome_with_assumed"] == "eligible"
        written = {path.name for path in (root / "var/demo" / vendor).iterdir()}
        assert {"report.json", "report.html", "junit.xml"} <= written
        assert "report.pdf" not in written
    assert "report.pdf" not in (root / "var/demo/index.html").read_text(encoding="utf-8")
    judged = offline.run(
        ["./equalis", "judge", "var/demo/prescriber", "--json"],
        cwd=root,
        env=environment,
        hidden=offline.pango(),
    )
    assert judged.returncode == 0, judged.stderr
    assert not any(file.endswith(".pdf") for file in json.loads(judged.stdout)["files"])
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(bool(offline.why_not()), reason=offline.why_not())
def test_what_is_installed_needs_no_network(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def equalis(*words: str) -> str:
        command = [sys.executable, "-m", "reports.cli", *words]
        ran = offline.run(command, cwd=tmp_path, env=environment)
        assert ran.returncode == 0, (words, ran.stdout[-2000:], ran.stderr[-2000:])
        return ran.stdout

    equalis("demo")
    run = "var/demo/laboratory"
    assert (tmp_path / run / "report.pdf").is_file()
    for command in ("judge", "report", "verify"):
        equalis(command, run)
    equalis("diff", run, run)
    assert all(json.loads(line)["verdict"] for line in equalis("selfcheck", "--json").splitlines())
    vendor = [sys.executable, "-m", "reports.cli", "vendors", "laboratory", "--port", "0"]
    with subprocess.Popen(
        offline.offline(vendor), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline().startswith("READY ")
        started.terminate()
