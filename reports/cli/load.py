"""The command load: puts a server under load, judges it and shows the figures.

Without a subject file a server process of the reference service is started and stopped again.
"""

import contextlib
import datetime as dt
import json
import signal
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from reports.cli.campaign import Asked
from reports.cli.console import Console
from reports.cli.options import LOAD_LIMITS, LOAD_OUT
from reports.cli.runs import campaign
from reports.cli.speech import InputError
from scenarios import load_catalogue
from scenarios.errors import Phrase
from scenarios.model import Operation
from test_suites.core.message import JsonValue
from test_suites.engine.journal import read
from test_suites.engine.plan import make_plan
from test_suites.load.activity import (
    LOAD_JSON,
    Budget,
    make,
)
from test_suites.load.process import is_there
from test_suites.load.service import reference_service
from test_suites.subjects.reader import read_subject

SCHEME: Final = "PRF-eRX"
_COLUMNS: Final = ("p50", "p95", "p99", "max")
_WIDTH: Final = 26


def execute(name: str, arguments: Namespace) -> int:
    """Load a server, and return the exit code of its judgement."""
    del name
    console = Console.of(arguments)
    budget = _budget(arguments)
    if not is_there():
        raise InputError("cli.wrong.no-locust", where="locust", mend="cli.mend.no-locust")
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    out = arguments.out or LOAD_OUT / stamp
    with _ended_together(), _subject(arguments.subject, console) as subject:
        _must_have_a_case(subject)
        asked = Asked(scheme=SCHEME, activities={Operation.LOAD: make(budget)}, only=True)
        code = campaign(subject, out, asked, console)
    for line in figures(_measured(out), console):
        console.line(line)
    return code


@contextlib.contextmanager
def _ended_together() -> Iterator[None]:
    """Let whoever ends this program end what it has started, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _budget(arguments: Namespace) -> Budget:
    """Return how much is asked for; raises InputError beyond this lab's limits."""
    given = {option: getattr(arguments, option) for option in LOAD_LIMITS}
    for option, value in given.items():
        if value is not None and not 1 <= value <= LOAD_LIMITS[option]:
            raise InputError(
                "cli.wrong.load-limit",
                where=f"--{option} {value}",
                detail=f"1 … {LOAD_LIMITS[option]}",
            )
    return Budget(**given)


@contextlib.contextmanager
def _subject(file: Path | None, console: Console) -> Iterator[Path]:
    """Give the subject file; without one, of a reference service that is started for this."""
    if file is not None:
        if not file.exists():
            raise InputError("cli.wrong.no-file", where=str(file))
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="equalis-load-") as folder:
        console.progress(console.t("cli.load.reference"))
        with reference_service(Path(folder)) as own:
            yield own


def _must_have_a_case(file: Path) -> None:
    """Raise InputError where the subject file leaves nothing to load."""
    subject = read_subject(file, today=dt.datetime.now(dt.UTC).date())
    if not subject.is_server():
        raise InputError(
            "cli.wrong.load-no-server", where=str(file), mend="cli.mend.load-no-server"
        )
    activities = frozenset({Operation.LOAD})
    plan = make_plan(subject, load_catalogue(), activities=activities, only=True, scheme=SCHEME)
    if not plan.cases:
        first = plan.exclusions[0]
        detail = Phrase(first.message_id, {name: str(v) for name, v in first.params.items()})
        raise InputError("cli.wrong.load-left-out", where=str(file), detail=detail)


def _measured(folder: Path) -> Mapping[str, JsonValue]:
    """Return what the run measured; where it measured nothing, the code of what went wrong."""
    transcripts = read(folder).transcripts
    exhibits = (each for transcript in transcripts for each in transcript.exhibits)
    found = next((each for each in exhibits if each.name == LOAD_JSON), None)
    value = None if found is None else json.loads(found.content)
    if isinstance(value, dict):
        return value
    told = (each.detail for transcript in transcripts for each in transcript.steps if each.detail)
    return {"code": next(told, "-")}


def figures(content: Mapping[str, JsonValue], console: Console) -> Iterator[str]:
    """Yield the lines that show a measurement: a table, the pace, the generator's health."""
    if "operations" not in content:
        code = content.get("sign_in") or content.get("code")
        yield console.t("cli.load.nothing", code=code)
        return
    journeys, generator = content["journeys"], content["generator"]
    operations, settings = content["operations"], content["settings"]
    if not (
        isinstance(journeys, dict)
        and isinstance(generator, dict)
        and isinstance(settings, dict)
        and isinstance(operations, list)
    ):
        return
    yield ""
    heads = [console.t("cli.load.requests"), console.t("cli.load.failed"), *_COLUMNS]
    yield _row(console.t("cli.load.operation"), heads)
    for each in operations:
        if isinstance(each, dict):
            yield _operation(each, console)
    yield console.t(
        "cli.load.pace",
        rate=settings["rate"],
        ended=journeys["ended"],
        planned=journeys["planned"],
        seconds=settings["seconds"],
    )
    late = generator["late_ms"]
    yield console.t(
        "cli.load.generator",
        cpu=f"{_number(generator['cpu_percent']):.0f}",
        late="-" if not isinstance(late, dict) else f"{_number(late['p95']):.0f}",
    )


def _operation(figures: Mapping[str, JsonValue], console: Console) -> str:
    """Return one operation's line: counts, then times in whole milliseconds."""
    times = figures["milliseconds"]
    shown = times if isinstance(times, dict) else {}
    cells = [f"{_number(shown[name]):.0f} ms" if name in shown else "-" for name in _COLUMNS]
    name = console.t(f"cli.load.operation.{figures['operation']}")
    return _row(name, [str(figures["requests"]), str(figures["failed"]), *cells])


def _row(name: str, cells: list[str]) -> str:
    return f"  {name:<{_WIDTH}}" + "".join(f"{cell:>11}" for cell in cells)


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
