"""Both directions with real programs: clients driven over the contract, a server by its URL."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reference_server.app import WorldRegistry, build_app
from reference_server.app.serving import Listener, bind, running
from reference_server.population.personas import load
from reference_server.population.seed import seed
from reference_server.world.authority import server_identity
from scenarios import Catalogue, load_catalogue
from test_suites.capture.chain import records, verify
from test_suites.capture.journal import JOURNAL, Kind
from test_suites.core.finding import Finding
from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import NoResultError, Record, read
from test_suites.engine.plan import Plan, make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.engine.systems import Systems
from test_suites.subjects.model import Subject
from test_suites.subjects.operator import OperatorError
from test_suites.subjects.reader import read_subject

PRODUCT = Path(__file__).parents[1] / "subjects" / "product.py"
HEAD = '[product]\nvendor = "V"\nname = "N"\nversion = "1"\n[[roles]]\n'
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def subject_of(folder: Path, text: str) -> tuple[Subject, Path]:
    path = folder / "subject.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_subject(path, today=TODAY), path


def driven(folder: Path, role: str, command: list[str]) -> tuple[Subject, Path]:
    text = f'actor = "{role}"\n[operator]\nkind = "process"\ncommand = {json.dumps(command)}\n'
    return subject_of(folder, text)


def vendor(folder: Path, role: str, *more: str) -> tuple[Subject, Path]:
    module = f"test_suites.vendors.{role}"
    return driven(folder, role, [sys.executable, "-m", module, "--port", "{port}", *more])


def only(plan: Plan, *scenarios: str) -> Plan:
    kept = tuple(case for case in plan.cases if case.scenario in scenarios)
    return Plan(catalogue_digest=plan.catalogue_digest, cases=kept, exclusions=plan.exclusions)


def judged(
    found: tuple[Subject, Path], out: Path, catalogue: Catalogue, *scenarios: str
) -> tuple[Record, tuple[Finding, ...]]:
    subject, path = found
    plan = only(make_plan(subject, catalogue), *scenarios)
    run_campaign(subject, plan, out, lambda _: None, subject_file=path, catalogue=catalogue)
    assert verify(out) == ()
    return read(out), evaluate(out, catalogue)


def bad(findings: tuple[Finding, ...]) -> set[tuple[str, Verdict]]:
    good = {Verdict.PASS, Verdict.NOT_APPLICABLE}
    return {(each.requirement, each.verdict) for each in findings if each.verdict not in good}


@pytest.mark.parametrize("role", ["prescriber", "laboratory"])
def test_a_good_product_passes_and_leaves_its_exhibits(
    role: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    record, findings = judged(
        vendor(tmp_path, role), tmp_path / "out", catalogue, "ep-dispense-once", "ep-cancelled"
    )
    assert not bad(findings)
    transcript = record.transcript(f"ep-dispense-once::{role}")
    kinds = {exhibit.kind for exhibit in transcript.exhibits if exhibit.producer == role}
    assert {ExhibitKind.SHOWN, ExhibitKind.LOG} <= kinds
    assert (tmp_path / "out" / "subject.toml").read_bytes() == (
        tmp_path / "subject.toml"
    ).read_bytes()


def test_a_product_that_logs_its_token_is_caught_and_the_token_is_not_kept(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    found = vendor(tmp_path, "prescriber", "--defect", "logs-token")
    record, findings = judged(found, tmp_path / "out", catalogue, "ep-dispense-once")
    assert bad(findings) == {("ERX-SEC-012", Verdict.FAIL)}
    transcript = record.transcript("ep-dispense-once::prescriber")
    (log,) = [each for each in transcript.exhibits if each.kind is ExhibitKind.LOG]
    shown = [token.sha256[:16].encode() for each in transcript.exchanges for token in each.tokens]
    assert any(digest in log.content for digest in shown)


def test_a_product_that_cannot_do_an_act_is_not_blamed_for_the_steps_after(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    command = [sys.executable, str(PRODUCT), "--port", "{port}"]
    found = driven(tmp_path, "prescriber", command)
    record, _ = judged(found, tmp_path / "out", catalogue, "ep-dispense-once")
    transcript = record.transcript("ep-dispense-once::prescriber")
    # It says it is done and prints a page without a code: the laboratory cannot go on from it.
    assert transcript.step_state("prescribe") is StepState.DONE
    assert StepState.LAB_ERROR not in {each.state for each in transcript.steps}


def test_a_product_that_does_not_start_ends_the_run_without_a_result(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    command = [sys.executable, str(PRODUCT), "--port", "{port}", "--mode", "ends"]
    subject, path = driven(tmp_path, "prescriber", command)
    out = tmp_path / "out"
    plan = make_plan(subject, catalogue)
    with pytest.raises(OperatorError, match="program-ended"):
        run_campaign(subject, plan, out, lambda _: None, subject_file=path, catalogue=catalogue)
    assert [each.data for each in records(out)][-1] == {
        "note": "run-failed",
        "error": "OperatorError",
    }
    with pytest.raises(NoResultError):
        evaluate(out, catalogue)


def test_a_step_that_never_ends_is_ended(tmp_path: Path, catalogue: Catalogue) -> None:
    command = [sys.executable, str(PRODUCT), "--port", "{port}", "--mode", "stuck"]
    subject, path = driven(tmp_path, "prescriber", command)
    plan = only(make_plan(subject, catalogue), "ep-dispense-once")
    out = tmp_path / "out"
    run_campaign(
        subject, plan, out, lambda _: None,
        subject_file=path, catalogue=catalogue, options=Options(step_seconds=0.5),
    )  # fmt: skip
    (step,) = read(out).transcripts[0].steps
    assert step.state is StepState.FAILED
    assert step.detail in {"act-did-not-end", "step-did-not-end"}


KILLED = """
import pathlib, sys
from scenarios import load_catalogue
from test_suites.engine.plan import make_plan
from test_suites.engine.run import run_campaign
catalogue = load_catalogue()
def told(progress):
    if progress.finished == 3:
        print("three", flush=True)
run_campaign(None, make_plan(None, catalogue), pathlib.Path(sys.argv[1]), told, catalogue=catalogue)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_is_no_result_and_its_chain_holds(
    number: signal.Signals, tmp_path: Path, catalogue: Catalogue
) -> None:
    out = tmp_path / "out"
    arguments = [sys.executable, "-c", KILLED, str(out)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"three\n"
        os.kill(program.pid, number)
        assert program.wait(timeout=20) != 0
    assert read(out).footer is None
    problems = {each.message_id for each in verify(out)}
    assert "engine.verify.no-footer" in problems
    assert not problems & {"engine.verify.altered", "engine.verify.chain"}
    closed = sum(each.kind is Kind.CASE_CLOSE for each in records(out))
    assert closed >= 3
    with pytest.raises(NoResultError):
        evaluate(out, catalogue)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Subject, Path]]:
    """Serve the reference as a stranger would meet it: a URL, an authority, credentials."""
    folder = tmp_path_factory.mktemp("server")
    people = load()
    systems = Systems.make(people)
    identity = server_identity(folder / "tls", now=datetime.now(UTC))
    listener = Listener(bound=bind("127.0.0.1", 0), identity=identity)
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        registry = WorldRegistry(origin=listener.origin)
        registry.open("integration", seed=lambda world: seed(world, keys=systems.public()))
        async with running(build_app(registry), listener):
            ready.set()
            await asyncio.to_thread(over.wait)
        registry.close_all()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(20)
    text = (
        'actor = "service"\n'
        'capabilities = ["plan-b", "fractioned", "reserve", "cancel", "resubmit"]\n'
        f'[server]\nbase_url = "{listener.origin}/integration"\ntrust_pem = "tls/ca.pem"\n'
    )
    for persona, person in people.practitioners.items():
        (folder / f"{persona}.password").write_text(person.password)
        text += (
            f'[[server.clients]]\npersona = "{persona}"\nclient_id = "prescriber-app"\n'
            f'username = "{person.ehealth_id}"\npassword_file = "{persona}.password"\n'
        )
    for client_id in systems.keys:
        (folder / f"{client_id}.json").write_text(json.dumps(systems.private(client_id)))
        text += (
            f'[[server.clients]]\npersona = "{people.clients[client_id].organization}"\n'
            f'client_id = "{client_id}"\nprivate_jwk_file = "{client_id}.json"\n'
        )
    yield subject_of(folder, text)
    over.set()
    thread.join()


def test_the_reference_service_passes_as_a_server_under_test(
    server: tuple[Subject, Path], tmp_path: Path, catalogue: Catalogue
) -> None:
    subject, _ = server
    plan = make_plan(subject, catalogue)
    assert {each.reason for each in plan.exclusions} == {"environment", "not-asked"}
    everything = [case.scenario for case in plan.cases]
    record, findings = judged(server, tmp_path / "out", catalogue, *everything)
    assert not bad(findings)
    assert record.unattributed == ()
    assert b"PRIVATE" not in (tmp_path / "out" / JOURNAL).read_bytes()


def test_a_server_that_is_not_there_is_not_the_labs_fault(
    server: tuple[Subject, Path], tmp_path: Path, catalogue: Catalogue
) -> None:
    subject, path = server
    assert subject.server is not None
    nobody = subject.model_copy(
        update={"server": subject.server.model_copy(update={"base_url": "https://127.0.0.1:9/x"})}
    )
    plan = only(make_plan(nobody, catalogue), "sv-capabilities")
    out = tmp_path / "out"
    run_campaign(nobody, plan, out, lambda _: None, subject_file=path, catalogue=catalogue)
    states = {step.state for each in read(out).transcripts for step in each.steps}
    assert StepState.LAB_ERROR not in states


def test_a_credential_that_cannot_be_read_is_the_labs_error_and_the_run_goes_on(
    server: tuple[Subject, Path], tmp_path: Path, catalogue: Catalogue
) -> None:
    subject, _ = server
    path = tmp_path / "subject.toml"
    path.write_bytes(server[1].read_bytes())  # moved away from the files beside it
    plan = only(make_plan(subject, catalogue), "sv-capabilities", "sv-token-missing")
    out = tmp_path / "out"
    run_campaign(subject, plan, out, lambda _: None, subject_file=path, catalogue=catalogue)
    steps = [step for each in read(out).transcripts for step in each.steps]
    assert {step.state for step in steps} == {StepState.LAB_ERROR}
    assert {step.detail for step in steps} == {"not-readable:tls/ca.pem"}
    assert Verdict.FAIL not in {each.verdict for each in evaluate(out, catalogue)}
