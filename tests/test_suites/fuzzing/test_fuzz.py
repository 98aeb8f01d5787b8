"""Generated requests find what is broken, once, with the request that shows it; else nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scenarios import Catalogue, load_catalogue
from scenarios.model import Operation
from test_suites.checks.robustness import DOCUMENT, MARK
from test_suites.core.transcript import StepState
from test_suites.core.verdict import Verdict
from test_suites.deviations.planted import Message, PlantedFault
from test_suites.engine.evaluate import evaluate
from test_suites.engine.journal import Record
from test_suites.engine.plan import make_plan
from test_suites.fuzzing.activity import FIGURES
from test_suites.fuzzing.budget import Budget
from test_suites.subjects.reader import read_subject
from tests.test_suites.fuzzing.broken import (
    TODAY,
    Changing,
    broken,
    fuzzed,
    repeated,
    served,
    with_header,
)

SEARCH = Budget(examples=2, operations=("search-task",))
CASE = "fz-every-operation::service"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("planted")
    with served(folder, lambda app: PlantedFault(app=app)) as file:
        yield file


def figures(record: Record) -> dict[str, object]:
    exhibits = record.transcript(CASE).exhibits
    told: dict[str, object] = json.loads(next(e.content for e in exhibits if e.name == FIGURES))
    return told


@pytest.fixture(scope="module")
def run(
    planted: Path, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue
) -> tuple[Path, Record]:
    out = tmp_path_factory.mktemp("run") / "run"
    return out, fuzzed(planted, out, catalogue, SEARCH)


def test_a_planted_error_is_one_finding_whose_curl_line_shows_it_again(
    planted: Path, run: tuple[Path, Record], catalogue: Catalogue
) -> None:
    (found,) = broken(run[0], catalogue)
    assert (found.requirement, found.verdict, found.actual) == ("ERX-ROB-001", Verdict.FAIL, "500")
    assert found.params["operation"] == "GET /fhir/Task"
    assert (found.request_id or "").startswith(MARK)
    assert found.curl is not None
    again = repeated(found.curl, trust=planted.parent / "ca.pem", secrets={})
    assert again.status_code == 500
    assert again.json()["resourceType"] == "OperationOutcome"


def test_the_same_seed_gives_the_same_requests_and_findings(
    planted: Path, run: tuple[Path, Record], tmp_path: Path, catalogue: Catalogue
) -> None:
    again = fuzzed(planted, tmp_path / "again", catalogue, SEARCH)
    assert asked(again) == asked(run[1])
    found = [
        {(f.id, f.message_id, str(f.params)) for f in evaluate(folder, catalogue)}
        for folder in (run[0], tmp_path / "again")
    ]
    assert found[0] == found[1]


def asked(record: Record) -> list[tuple[str, str]]:
    """Return what was asked of Tasks, in order; the prescription of a run has a name of its own."""
    transcript = record.transcript(CASE)
    real = transcript.bindings["rx"].task_id or ""
    tried = [e.request for e in transcript.exchanges if _is_tried(e.request.headers)]
    return [(one.method, one.target.replace(real, "real")) for one in tried]


def test_the_reference_itself_holds_and_no_secret_is_kept(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    with served(tmp_path / "own") as file:
        some = Budget(examples=2, most=10, operations=("cancel", "token", "read-task"))
        record = fuzzed(file, tmp_path / "run", catalogue, some)
        passwords = [path.read_bytes() for path in (file.parent / "people").iterdir()]
    assert broken(tmp_path / "run", catalogue) == ()
    transcript = record.transcript(CASE)
    assert transcript.step_state("fuzz") is StepState.DONE
    told = figures(record)
    assert told["document"] == "served"
    assert told["signed_in_as"] == ["dr-meyer", "labo-nord", "labo-nord/fhir-feed-source"]
    assert told["stopped_by"] is None
    tried = [e for e in transcript.exchanges if _is_tried(e.request.headers)]
    assert {e.step for e in tried} == {"fuzz"}
    assert {e.initiator for e in tried} == {"prescriber"}
    with_token = {e.request.header("authorization") is not None for e in tried}
    assert with_token == {True, False}
    real = transcript.bindings["rx"].task_id
    assert real is not None
    assert any(real in e.request.target for e in tried)
    everything = b"".join(p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file())
    assert not [one for one in passwords if one in everything]
    assert b"Bearer ey" not in everything


def _is_tried(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(n.lower() == "x-request-id" and v.startswith(MARK) for n, v in headers)


def test_what_else_may_be_broken_is_found(tmp_path: Path, catalogue: Catalogue) -> None:
    with served(
        tmp_path / "own", lambda app: Changing(app=app, path="/health", change=_traced)
    ) as file:
        fuzzed(file, tmp_path / "run", catalogue)
    found = {
        one.requirement: one.params["operation"] for one in broken(tmp_path / "run", catalogue)
    }
    assert found == {f"ERX-ROB-{number}": "GET /health" for number in ("004", "006", "007", "008")}


def _traced(message: Message) -> None:
    """Turn the healthy answer to GET into a refusal that explains nothing and shows too much."""
    if message["type"] == "http.response.start" and message["status"] == 200:
        message.update(status=400, headers=[(b"content-type", b"application/json")])
    elif b"pass" in message.get("body", b""):
        message["body"] = b'{"text":"Traceback (most recent call last)"}'


def test_a_connection_that_is_dropped_is_found(tmp_path: Path, catalogue: Catalogue) -> None:
    out = tmp_path / "run"
    with served(
        tmp_path / "own", lambda app: Changing(app=app, path="/health", hang_up=True)
    ) as file:
        record = fuzzed(file, out, catalogue)
    found = [(one.requirement, one.params["operation"]) for one in broken(out, catalogue)]
    assert ("ERX-ROB-002", "GET /health") in found
    unanswered = figures(record)["unanswered"]
    assert isinstance(unanswered, int)
    assert unanswered >= 1


@pytest.mark.slow
def test_a_server_without_a_document_is_tried_with_the_references(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    hidden = with_header(b"content-type", b"text/plain")

    def lost(message: Message) -> None:
        hidden(message)
        if message["type"] == "http.response.start":
            message["status"] = 404

    with served(
        tmp_path / "own", lambda app: Changing(app=app, path="/openapi.json", change=lost)
    ) as file:
        record = fuzzed(file, tmp_path / "run", catalogue)
    assert figures(record)["document"] == "reference"
    names = [exhibit.name for exhibit in record.transcript(CASE).exhibits]
    assert DOCUMENT in names
    assert broken(tmp_path / "run", catalogue) == ()


def test_when_the_time_is_over_it_ends_and_says_so(
    planted: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    record = fuzzed(planted, tmp_path / "run", catalogue, replace(SEARCH, seconds=0.05))
    assert figures(record)["stopped_by"] == "time"
    assert record.transcript(CASE).step_state("fuzz") is StepState.DONE
    assert {one.verdict for one in broken(tmp_path / "run", catalogue)} == {Verdict.INCONCLUSIVE}


def test_who_cannot_sign_in_leaves_everything_open(
    planted: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    file = planted.parent / "stranger.toml"
    (planted.parent / "wrong.password").write_text("wrong", encoding="utf-8")
    text = planted.read_text("utf-8").replace("people/dr-meyer.password", "wrong.password")
    file.write_text(text, encoding="utf-8")
    record = fuzzed(file, tmp_path / "run", catalogue)
    (outcome,) = [one for one in record.transcript(CASE).steps if one.step == "fuzz"]
    assert outcome.state is StepState.FAILED
    assert outcome.detail.startswith("sign-in:")
    assert {one.verdict for one in broken(tmp_path / "run", catalogue)} == {Verdict.INCONCLUSIVE}


def test_without_the_personas_credentials_it_is_left_out(
    planted: Path, catalogue: Catalogue
) -> None:
    file = planted.parent / "bare.toml"
    file.write_text(planted.read_text("utf-8").partition("[[server.clients]]")[0], encoding="utf-8")
    subject = read_subject(file, today=TODAY)
    plan = make_plan(subject, catalogue, activities=frozenset({Operation.FUZZ}), only=True)
    assert plan.cases == ()
    assert {one.reason for one in plan.exclusions} == {"credential-missing"}
