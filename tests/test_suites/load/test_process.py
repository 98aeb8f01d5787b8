"""Whatever becomes of the generator, the lab says so in one code and leaves nothing running."""

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from test_suites.engine.players import LabError
from test_suites.load import process
from test_suites.load.process import generate
from test_suites.load.protocol import Settings, Tokens, read, write
from tests.test_suites.checks.examples_load import measured, settings

TOKENS = Tokens(prescriber="p", laboratory="l")
LONG = "import sys,time; print(sys.argv, file=sys.stderr, flush=True); time.sleep(60)"


async def same(tokens: Tokens) -> Tokens:
    """Renew nothing."""
    return tokens


def code_of(program: str) -> str:
    """Return the code with which a generator's failure is told."""
    with pytest.raises(LabError) as failed:
        asyncio.run(generate(settings(), TOKENS, same, program=(sys.executable, "-c", program)))
    return failed.value.detail


def test_a_generator_that_fails_is_the_labs_fault_and_told_by_its_code() -> None:
    assert code_of("raise SystemExit(7)") == "load-generator-ended:7"


def test_a_generator_that_is_killed_is_told_by_the_signal() -> None:
    kills = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert code_of(kills) == "load-generator-ended:-9"


def test_a_generator_that_leaves_nothing_or_nonsense_is_told() -> None:
    assert code_of("pass") == "load-generator-left-nothing"
    writes = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text('{\"samples\": 3}')"
    assert code_of(writes) == "load-generator-left-nothing"


def test_a_generator_that_cannot_be_started_is_told() -> None:
    with pytest.raises(LabError, match="load-generator-not-startable"):
        asyncio.run(generate(settings(), TOKENS, same, program=("/nowhere/at-all",)))


def test_a_generator_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    assert code_of("pass") == "load-generator-missing"


def test_a_generator_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SPARE_SECONDS", -29.5)
    before = children()
    assert code_of(LONG) == "load-generator-did-not-end"
    assert children() == before


def test_an_interrupted_run_leaves_no_generator_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "RENEW_SECONDS", 0.05)
    told = tmp_path / "told"
    writes = f"import pathlib,sys,time; pathlib.Path({str(told)!r}).write_text(sys.argv[1]); "
    program = (sys.executable, "-c", f"{writes} time.sleep(60)")
    before = children()

    async def interrupted() -> None:
        under_way = asyncio.Event()

        async def asked(tokens: Tokens) -> Tokens:
            if told.exists() and told.read_text():
                under_way.set()
            return tokens

        going = asyncio.create_task(generate(settings(), TOKENS, asked, program=program))
        await under_way.wait()
        folder = Path(told.read_text()).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert kept == {"settings.json": 0o600, "tokens.json": 0o600}
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        assert not folder.exists()

    asyncio.run(interrupted())
    assert children() == before


def test_what_both_say_comes_over_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write(file, settings())
    assert read(file, Settings) == settings()
    write(file, measured())
    assert read(file, type(measured())) == measured()
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def imported(module: str) -> set[str]:
    """Return which of some modules a module brings along, in a process of its own."""
    watched = ("locust", "gevent", "asyncio", "uvicorn", "test_suites.engine", "reference_server")
    program = f"import sys, {module}; print(*(m for m in {watched!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_lab_never_imports_locust_and_the_generator_nothing_of_the_lab() -> None:
    assert not imported("reports.cli.load") & {"locust", "gevent"}
    brought = imported("test_suites.load.generator")
    assert not brought & {"uvicorn", "test_suites.engine", "reference_server"}
    both = "test_suites.load.protocol, test_suites.load.journey, test_suites.load.ledger"
    assert not imported(both) & {"asyncio", "gevent"}


def children() -> set[int]:
    """Return every process that this one has started and that still runs."""
    return {child.pid for child in psutil.Process().children(recursive=True)}
