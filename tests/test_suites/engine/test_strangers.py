"""Real requests with a number that may be a real person's: it reaches neither journal nor log."""

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from reference_server.national.strangers import HIDDEN
from reference_server.population import load
from reports.cli.failures import LAB_FAULT
from reports.cli.failures import answer as answer_of
from reports.cli.front import LogFile
from reports.cli.speech import Speech
from test_suites.capture.chain import content, records
from test_suites.capture.journal import JournalWriter, Kind
from test_suites.capture.recorder import Recorder
from test_suites.engine.facts import Describer
from test_suites.engine.people import matricules
from test_suites.engine.redactors import Redactors
from test_suites.engine.reference import reference
from test_suites.engine.reference_case import ReferenceCase

STRANGER = "2018052412740"
OURS = load().patients["anna-weber"].matricule


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a run left: the journal's folder, the log, the the answers."""

    folder: Path
    log: str
    answers: tuple[httpx.Response, ...]


async def speak(case: ReferenceCase) -> list[httpx.Response]:
    """Put the number everywhere a request can hold one."""
    fhir, issuer = case.address.fhir_base, case.address.issuer
    parameters = {"resourceType": "Parameters", STRANGER: [STRANGER, OURS]}
    async with httpx.AsyncClient(transport=case.transport(), timeout=60) as http:
        answers = [
            await http.get(f"{fhir}/Patient/{STRANGER}"),
            await http.get(f"{fhir}/Task", params={"identifier": f"https://x/|{STRANGER}"}),
            await http.get(f"{fhir}/Task", headers={"X-Patient": STRANGER, "Cookie": STRANGER}),
            await http.get(f"{fhir}/Task", headers={"X-Request-Id": STRANGER}),
            await http.post(f"{fhir}/$submit-prescription", json=parameters),
            await http.post(f"{issuer}/login", data={"username": STRANGER, "transaction": "x"}),
            await http.post(f"{issuer}/protocol/openid-connect/token", data={STRANGER: STRANGER}),
        ]
        # A mistake of ours, in whose story the number stands.
        with case.world.store.write() as tx:
            tx.execute("ALTER TABLE trust_client RENAME TO gone")
            tx.execute(f"CREATE VIEW trust_client AS SELECT no_such_{STRANGER} FROM gone")  # noqa: S608 - ours
        answers.append(await http.get(f"{issuer}/protocol/openid-connect/auth?client_id={OURS}"))
    return answers


async def record(folder: Path) -> list[httpx.Response]:
    """Serve and record as a run does."""
    redactors = Redactors(personas=matricules(load()))
    writer = JournalWriter(folder=folder)
    with Recorder(writer, describe=Describer(), redactor=redactors.find) as recorder:
        async with reference(recorder) as served:
            redactors.open("s-1")
            case = await served.open("s-1")
            answers = await speak(case)
            await recorder.settled()
            await case.close()
        await recorder.settled()
    return answers


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """One run, with the log file of the command line in a folder of its own."""
    home = tmp_path_factory.mktemp("strangers")
    folder = home / "run"
    folder.mkdir()
    handler, root = LogFile(level=logging.WARNING), logging.getLogger()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        root.addHandler(handler)
        try:
            answers = asyncio.run(record(folder))
            logging.getLogger("anybody").error("about %s", STRANGER)
        finally:
            root.removeHandler(handler)
    log = (home / "var" / "equalis.log").read_text("utf-8")
    return Heard(folder=folder, log=log, answers=tuple(answers))


def test_no_answer_repeats_it(heard: Heard) -> None:
    statuses = [answer.status_code for answer in heard.answers]
    assert statuses == [401, 401, 401, 401, 401, 400, 400, 500]
    for answer in heard.answers:
        assert STRANGER not in answer.text
        assert STRANGER not in str(answer.headers)


def test_the_journal_does_not_hold_it(heard: Heard) -> None:
    files = [path for path in heard.folder.rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    assert STRANGER.encode() not in held
    assert held.count(HIDDEN) >= len(heard.answers) - 1
    assert OURS.encode() in held


def test_the_log_tells_the_story_without_it(heard: Heard) -> None:
    assert "Traceback" in heard.log
    assert f"no_such_{HIDDEN.decode()}" in heard.log
    assert f"about {HIDDEN.decode()}" in heard.log
    assert STRANGER not in heard.log


def test_the_message_keeps_its_shape_around_it(heard: Heard) -> None:
    bodies = [
        content(heard.folder, request["body"])
        for each in records(heard.folder)
        if each.kind is Kind.EXCHANGE and isinstance(request := each.data["request"], dict)
    ]
    (sent,) = (body for body in bodies if b"Parameters" in body)
    hidden = HIDDEN.decode()
    assert json.loads(sent) == {"resourceType": "Parameters", hidden: [hidden, OURS]}


def test_what_the_command_line_says_of_a_fault_is_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def fail() -> int:
        raise LookupError(f"nobody is {STRANGER}")

    assert answer_of(fail, speech=Speech(language="en"), words=()) == LAB_FAULT
    told = capsys.readouterr()
    kept = "".join(path.read_text("utf-8") for path in (tmp_path / "var").iterdir())
    for text in (told.err, kept):
        assert f"nobody is {HIDDEN.decode()}" in text
        assert STRANGER not in text
