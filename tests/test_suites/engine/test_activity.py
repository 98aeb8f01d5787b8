"""An activity plays a step as a whole; what it says and keeps is judged like any conversation."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from reports.cli.judging import judge_folder
from reports.cli.settings import SPECIMEN
from reports.labelling.decision import Outcome
from scenarios import Catalogue, load_catalogue
from scenarios.model import ACTIVITIES, Operation, Programme
from test_suites.capture import canonical
from test_suites.capture.chain import verify
from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.verdict import Mode, Verdict
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import Record, read
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan, plan_from_json
from test_suites.engine.players import LabError
from test_suites.engine.run import Options, run_campaign
from test_suites.subjects.model import Subject
from test_suites.subjects.operator import ActOutcome
from test_suites.subjects.reader import read_subject

ROOT = Path("scenarios")
TODAY = date(2026, 11, 22)
TINY = """
id: tiny-fuzz
title: {fr: Essai, en: Trial, de: Versuch}
purpose: {fr: Un essai, en: A trial, de: Ein Versuch}
actors: [laboratory, service]
subjects: [service]
dataset: erx-standard
steps:
  - id: play
    from: laboratory
    to: service
    operation: fuzz
    as: labo-nord
    expect:
      - {requirement: ERX-SRV-024, check: request-id-returned, about: service}
"""
ASKED = """
id: tiny-declare
title: {fr: Essai, en: Trial, de: Versuch}
purpose: {fr: Un essai, en: A trial, de: Ein Versuch}
actors: [practice]
subjects: [practice]
dataset: erx-standard
steps:
  - {id: ask, from: practice, to: practice, operation: declare, as: cabinet-meyer}
"""
PRACTICE = '[product]\nvendor = "V"\nname = "N"\nversion = "1"\n[[roles]]\nactor = "practice"\n'


async def tiny(stage: Stage) -> ActOutcome:
    """Ask the server two things, as two people, and keep what was told."""
    assert stage.environment is not None
    stage.desk("dr-meyer")
    async with httpx.AsyncClient(transport=stage.transport(), timeout=60) as client:
        base = stage.environment.address.base_url
        answer = await client.get(f"{base}/fhir/metadata", headers={"X-Request-Id": "tiny-1"})
        await client.get(f"{base}/fhir/Task/{stage.chance.randrange(10)}")
    secret = stage.desk("dr-meyer").password or ""
    await stage.exhibit(
        name="figures.json",
        media_type="application/json",
        content=f'{{"status":{answer.status_code},"word":"{secret}"}}'.encode(),
    )
    return ActOutcome(state=StepState.DONE)


async def told(stage: Stage) -> ActOutcome:
    """Keep an answer; nothing is reached."""
    assert stage.environment is None
    with pytest.raises(LabError):
        stage.transport()
    await stage.exhibit(
        name="q1",
        media_type="text/plain",
        content=b"oui",
        kind=ExhibitKind.ANSWER,
        mode=Mode.DECLARED,
        facts={"question": "q1"},
    )
    return ActOutcome(state=StepState.DONE)


async def fails(stage: Stage) -> ActOutcome:
    """Fail as the lab itself fails."""
    raise LabError(f"no-{stage.step.operation}")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    copy = tmp_path_factory.mktemp("catalogue") / "c"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (copy / "tiny").mkdir()
    (copy / "tiny" / "tiny-fuzz.yaml").write_text(TINY, encoding="utf-8")
    (copy / "tiny" / "tiny-declare.yaml").write_text(ASKED, encoding="utf-8")
    return load_catalogue(copy)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_server(tmp_path_factory.mktemp("own")) as file:
        yield file


def played(
    subject: Subject, file: Path, out: Path, catalogue: Catalogue, **activities: Activity
) -> Record:
    by_operation = {Operation(name): activity for name, activity in activities.items()}
    plan = make_plan(subject, catalogue, activities=frozenset(by_operation), only=True)
    kept = tuple(case for case in plan.cases if case.scenario.startswith("tiny-"))
    run_campaign(
        subject,
        type(plan)(catalogue_digest=plan.catalogue_digest, cases=kept, scheme=plan.scheme),
        out,
        lambda _: None,
        subject_file=file,
        catalogue=catalogue,
        options=Options(seed=1, activities=by_operation),
    )
    assert verify(out) == ()
    return read(out)


def test_what_an_activity_says_is_recorded_judged_and_reported(
    server: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    subject = read_subject(server, today=TODAY)
    out = tmp_path / "run"
    record = played(subject, server, out, catalogue, fuzz=tiny)
    (transcript,) = record.transcripts
    assert [(each.step, each.operation) for each in transcript.exchanges] == [
        ("play", "metadata"),
        ("play", "read-task"),
    ]
    assert transcript.step_state("play") is StepState.DONE
    (figures,) = transcript.exhibits
    assert (figures.kind, figures.producer, figures.step) == ("measured", "laboratory", "play")
    assert b"200" in figures.content
    passwords = [path.read_bytes() for path in (server.parent / "people").iterdir()]
    assert not [one for one in passwords if one in figures.content]
    verdicts = {each.verdict for each in evaluate(out, catalogue)}
    assert verdicts == {Verdict.PASS}
    report = judge_folder(out, scheme_id=None, lab=SPECIMEN, catalogue=catalogue)
    (case,) = report.cases
    assert (case.id, case.verdict) == ("tiny-fuzz::service", Verdict.PASS)
    assert report.subject.product == "Reference implementation"
    assert report.outcome is Outcome.UNDECIDED


def test_what_the_lab_fails_at_in_an_activity_is_its_error(
    server: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    subject = read_subject(server, today=TODAY)
    record = played(subject, server, tmp_path / "run", catalogue, fuzz=fails)
    (step,) = record.transcripts[0].steps
    assert (step.state, step.detail) == (StepState.LAB_ERROR, "no-fuzz")
    (finding,) = evaluate(tmp_path / "run", catalogue)
    assert finding.verdict is Verdict.ERROR


def test_answers_about_oneself_need_no_server(tmp_path: Path, catalogue: Catalogue) -> None:
    file = tmp_path / "practice.toml"
    file.write_text(PRACTICE, encoding="utf-8")
    subject = read_subject(file, today=TODAY)
    record = played(subject, file, tmp_path / "run", catalogue, declare=told)
    (transcript,) = record.transcripts
    assert transcript.exchanges == ()
    assert [(each.name, each.mode) for each in transcript.exhibits] == [("q1", Mode.DECLARED)]
    report = judge_folder(tmp_path / "run", scheme_id=None, lab=SPECIMEN, catalogue=catalogue)
    assert report.subject.reached_by == "word"


def test_activities_are_planned_only_when_asked_for(server: Path, catalogue: Catalogue) -> None:
    subject = read_subject(server, today=TODAY)
    usual = make_plan(subject, catalogue)
    left_out = {one.scenario: one for one in usual.exclusions if one.reason == "not-asked"}
    assert left_out["tiny-fuzz"].params == {"activity": "fuzz"}
    assert left_out["tiny-fuzz"].message_id == "engine.exclusion.not-asked"
    asked = make_plan(subject, catalogue, activities=frozenset({Operation.FUZZ}))
    assert "tiny-fuzz::service" in {case.id for case in asked.cases}
    alone = make_plan(subject, catalogue, activities=frozenset({Operation.FUZZ}), only=True)
    played_alone = {catalogue.scenario(case.scenario).activities() for case in alone.cases}
    assert played_alone == {frozenset({Operation.FUZZ})}
    assert {one.reason for one in alone.exclusions} <= {"credential-missing"}


def test_the_self_check_leaves_activities_out(catalogue: Catalogue) -> None:
    plan = make_plan(None, catalogue)
    assert not [c.id for c in plan.cases if catalogue.scenario(c.scenario).activities()]
    whole = [
        case.scenario
        for programme in Programme
        for case in make_plan(None, catalogue, activities=ACTIVITIES, programme=programme).cases
    ]
    assert sorted(whole) == sorted(scenario.id for scenario in catalogue.scenarios)


def test_a_plan_names_its_scheme_and_one_of_old_the_scheme_of_old(catalogue: Catalogue) -> None:
    plan = make_plan(None, catalogue, scheme="ROB-eRX")
    written = plan.as_json()
    assert plan_from_json(canonical.encode(written)).scheme == "ROB-eRX"
    del written["scheme"]
    assert plan_from_json(canonical.encode(written)).scheme == "INT-eRX"


def test_the_chance_of_an_activity_is_seeded(
    server: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    subject = read_subject(server, today=TODAY)
    asked = [
        played(subject, server, tmp_path / name, catalogue, fuzz=tiny).transcripts[0].exchanges[1]
        for name in ("one", "two")
    ]
    assert asked[0].request.target == asked[1].request.target
