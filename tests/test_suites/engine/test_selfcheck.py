"""Every scenario, played by the lab alone over real sockets, passes; its evidence holds."""

from collections import Counter
from pathlib import Path

import pytest

from reference_server.population.personas import load
from scenarios import Catalogue, load_catalogue
from scenarios.model import Programme
from test_suites.capture.chain import verify
from test_suites.capture.journal import JOURNAL
from test_suites.core.finding import Finding
from test_suites.core.message import WireKind
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import Record, read
from test_suites.engine.plan import make_plan
from test_suites.engine.progress import Progress, Stage
from test_suites.engine.run import FolderTakenError, run_campaign

GOOD = {Verdict.PASS, Verdict.NOT_APPLICABLE}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, told: list[Progress]
) -> Path:
    out = tmp_path_factory.mktemp("selfcheck") / "run"
    run_campaign(None, make_plan(None, catalogue), out, told.append, catalogue=catalogue)
    return out


@pytest.fixture(scope="module")
def record(run: Path) -> Record:
    return read(run)


@pytest.fixture(scope="module")
def findings(run: Path, catalogue: Catalogue) -> tuple[Finding, ...]:
    return evaluate(run, catalogue)


def test_every_scenario_passes_without_a_subject(findings: tuple[Finding, ...]) -> None:
    bad = [
        f"{each.case} {each.step} {each.check}: {each.verdict} {each.expected!r} {each.actual!r}"
        for each in findings
        if each.verdict not in GOOD
    ]
    assert not bad, "\n".join(bad)


def test_every_case_has_a_finding_that_passes(
    findings: tuple[Finding, ...], catalogue: Catalogue
) -> None:
    passed = Counter(each.case for each in findings if each.verdict is Verdict.PASS)
    own = catalogue.of(Programme.INTEROPERABILITY).scenarios
    usual = [scenario.id for scenario in own if not scenario.activities()]
    assert set(passed) == {f"{scenario}::lab" for scenario in usual}


def test_the_evidence_is_sound(run: Path) -> None:
    assert verify(run) == ()


def test_judging_again_gives_the_same_findings(
    run: Path, catalogue: Catalogue, findings: tuple[Finding, ...]
) -> None:
    assert repr(evaluate(run, catalogue)) == repr(findings)


def test_every_exchange_found_its_case_and_its_initiator(record: Record) -> None:
    assert record.unattributed == ()
    exchanges = [each for transcript in record.transcripts for each in transcript.exchanges]
    assert {each.initiator for each in exchanges} == {
        "prescriber", "laboratory", "other-laboratory",
    }  # fmt: skip
    assert all(each.step is not None for each in exchanges)
    assert {each.channel.tls_version for each in exchanges} == {"TLSv1.3"}
    tokens = [(each.step, token.signature_valid) for each in exchanges for token in each.tokens]
    assert {step for step, valid in tokens if not valid} == {"retrieve-with-altered-token"}


def test_what_never_became_a_request_is_there_too(record: Record) -> None:
    events = record.transcript("ep-untrusted-laboratory::lab").wire_events
    assert {event.kind for event in events} == {WireKind.TLS_REFUSED}
    assert all(event.step is not None for event in events)


def test_no_password_key_or_signature_is_in_the_folder(run: Path) -> None:
    passwords = [person.password.encode() for person in load().practitioners.values()]
    for path in run.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        for password in passwords:
            assert password not in held, path.name
    journal = (run / JOURNAL).read_text("utf-8")
    assert "Bearer ey" not in journal
    assert "code_verifier=redacted.code_verifier." in journal
    assert "&code=redacted.code." in journal
    assert '"access_token":"ey' not in journal.replace("\\", "")


def test_progress_tells_every_case(run: Path, told: list[Progress], catalogue: Catalogue) -> None:
    assert run.is_dir()
    stages = Counter(each.stage for each in told)
    assert stages[Stage.CASE_CLOSE] == len(make_plan(None, catalogue).cases)
    assert told[-1].stage is Stage.FINISHED


def test_a_folder_that_holds_a_run_is_left_alone(run: Path, catalogue: Catalogue) -> None:
    with pytest.raises(FolderTakenError):
        run_campaign(None, make_plan(None, catalogue), run, print, catalogue=catalogue)
