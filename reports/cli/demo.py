"""The command demo: runs both example products side by side and shows where their reports are.

Each product has a process of its own that is nothing but `equalis run`; this one only waits,
passes progress on and writes the page that leads to both reports.
"""

import shutil
import subprocess
import sys
import time
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from reports.cli.console import Console
from reports.cli.failures import BAD, GOOD, LAB_FAULT
from reports.cli.folders import tell_report
from reports.cli.speech import InputError
from reports.cli.writing import existing_report, make_folder, summary
from reports.labelling.decision import Outcome
from reports.render.index import MEANINGS, Entry, render_index

INDEX = "index.html"
PRODUCTS = ("prescriber", "laboratory")
"""What is demonstrated: the two ends of a prescription. Other example products have `run`."""
# The vendors' own declarations; data, nothing of theirs is imported.
SUBJECTS = Path(str(resources.files("test_suites"))) / "vendors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the process of one product ended; `said` is the end of what it wrote."""

    vendor: str
    code: int
    said: tuple[str, ...]


def execute(name: str, arguments: Namespace) -> int:
    """Run both products; 0 exactly when both are eligible, assumed requirements included."""
    del name
    console, out = Console.of(arguments), arguments.out
    started = time.monotonic()
    _make_room(out)
    console.tell("cli.demo.start")
    with ThreadPoolExecutor(max_workers=len(PRODUCTS)) as pool:
        ended = tuple(pool.map(lambda vendor: _run(vendor, out, console), PRODUCTS))
    failed = [one for one in ended if one.code not in {GOOD, BAD} or not _has_report(out, one)]
    if failed:
        return _failed(failed, console)
    entries = tuple(_entry(out, vendor) for vendor in PRODUCTS)
    index = out / INDEX
    index.write_text(render_index(entries, language=arguments.language), encoding="utf-8")
    _tell(entries, index, time.monotonic() - started, console)
    outcomes = {entry.report.outcome_with_assumed for entry in entries}
    return GOOD if outcomes == {Outcome.ELIGIBLE} else BAD


def _make_room(out: Path) -> None:
    """Take away an earlier demonstration; anything else in the folder is left alone."""
    ours = {*PRODUCTS, INDEX}
    if out.exists() and not out.is_dir():
        raise InputError("cli.wrong.not-a-folder", where=str(out), mend="cli.mend.out")
    present = {path.name for path in out.iterdir()} if out.is_dir() else set()
    runs = [out / vendor for vendor in PRODUCTS if vendor in present]
    if present - ours or not all((run / "journal.jsonl").is_file() for run in runs):
        raise InputError("cli.wrong.out-taken", where=str(out), mend="cli.mend.out")
    for run in runs:
        shutil.rmtree(run)
    make_folder(out)
    (out / INDEX).unlink(missing_ok=True)


def _run(vendor: str, out: Path, console: Console) -> Ended:
    """Run one product in its own process and pass its progress on."""
    words = [sys.executable, "-m", "reports.cli", "run"]
    words += ["--subject", str(SUBJECTS / f"{vendor}.toml"), "--out", str(out / vendor)]
    words += ["--language", console.speech.language]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    said: list[str] = []
    with process:
        for line in process.stderr or ():
            said.append(line.rstrip())
            console.progress(f"[{vendor}] {line.rstrip()}")
    return Ended(vendor=vendor, code=process.returncode, said=tuple(said[-8:]))


def _has_report(out: Path, one: Ended) -> bool:
    """Whether a run came as far as its report."""
    return (out / one.vendor / "report.json").is_file()


def _failed(failed: list[Ended], console: Console) -> int:
    """Say that the lab itself failed; its process has said why."""
    console.result(
        {"error": {one.vendor: {"code": one.code, "said": list(one.said)} for one in failed}}
    )
    for one in failed:
        console.tell("cli.demo.failed", product=one.vendor, code=one.code)
    return LAB_FAULT


def _entry(out: Path, vendor: str) -> Entry:
    """Return what the index page says of one run."""
    folder = out / vendor
    return Entry(
        folder=vendor,
        shown=str(folder),
        report=existing_report(folder),
        present=frozenset(name for name in MEANINGS if (folder / name).is_file()),
    )


def _tell(entries: tuple[Entry, ...], index: Path, seconds: float, console: Console) -> None:
    """Sum up: outcomes and files."""
    console.result(
        {
            "index": str(index),
            "seconds": round(seconds, 1),
            **{entry.folder: summary(entry.report) for entry in entries},
        }
    )
    console.line()
    for entry in entries:
        tell_report(entry.report, console)
        for name, _ in entry.files:
            console.line(f"    {entry.shown}/{name}")
    console.tell("cli.result.local")
    console.tell("cli.demo.done", seconds=round(seconds, 1))
    console.tell("cli.demo.open", file=index)
