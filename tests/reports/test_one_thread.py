"""One request id is found again in the answer, the audit trail, the journal and the finding."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reference_server.app import WorldRegistry
from reference_server.ports import AUDIT, StoredEntry
from reports.cli.console import Console
from reports.cli.judging import judge_folder
from reports.cli.settings import SPECIMEN
from reports.cli.speech import Speech
from reports.cli.writing import write_report
from reports.render.canonical import read_report
from scenarios import load_catalogue
from test_suites.capture.chain import content, records
from test_suites.capture.journal import Kind
from test_suites.core.message import JsonValue
from test_suites.engine.plan import Plan, make_plan
from test_suites.engine.run import run_campaign
from test_suites.subjects.reader import parse_subject

LABORATORY = Path(__file__).parents[2] / "test_suites" / "vendors" / "laboratory.toml"
CASE = "ep-tampered-code::laboratory"
TODAY = dt.date(2026, 11, 22)
SILENT = Console(speech=Speech(language="fr"), as_json=True)


@pytest.fixture(scope="module")
def trail() -> Iterator[list[StoredEntry]]:
    """What the audit trails of all Worlds held when they were closed."""
    held: list[StoredEntry] = []
    close = WorldRegistry.close

    def look_and_close(registry: WorldRegistry, name: str) -> None:
        world = registry.find(name)
        assert world is not None
        with world.store.read() as tx:
            held.extend(world.port(AUDIT).entries(tx))
        close(registry, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorldRegistry, "close", look_and_close)
        yield held


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, trail: list[StoredEntry]) -> Path:
    """A real case in which the service says no, judged and reported."""
    out = tmp_path_factory.mktemp("run") / "laboratory"
    subject = parse_subject(LABORATORY.read_text("utf-8"), file="subject.toml", today=TODAY)
    whole = make_plan(subject, load_catalogue())
    cases = tuple(case for case in whole.cases if case.id == CASE)
    plan = Plan(catalogue_digest=whole.catalogue_digest, cases=cases)
    run_campaign(subject, plan, out, lambda _: None, subject_file=LABORATORY)
    assert trail
    write_report(out, judge_folder(out, scheme_id="INT-eRX", lab=SPECIMEN), SILENT)
    return out


def headers_of(message: JsonValue) -> dict[str, str]:
    """Return the headers of a message in the journal, by lower-case name."""
    assert isinstance(message, dict)
    headers = message["headers"]
    assert isinstance(headers, list)
    pairs = [pair for pair in headers if isinstance(pair, list)]
    return {str(name).lower(): str(value) for name, value in pairs}


def refusals_in(folder: Path) -> dict[str, int]:
    """Return the refused exchanges of the journal: request id of the outcome → record."""
    found = {}
    for record in records(folder):
        response = record.data.get("response")
        if record.kind is not Kind.EXCHANGE or not isinstance(response, dict):
            continue
        body = content(folder, response["body"])
        if b'"OperationOutcome"' in body:
            (told,) = {issue["diagnostics"] for issue in json.loads(body)["issue"]}
            assert told == f"X-Request-Id: {headers_of(response)['x-request-id']}"
            found[told.removeprefix("X-Request-Id: ")] = record.seq
    return found


@pytest.mark.slow
def test_one_id_is_in_the_outcome_the_audit_event_the_journal_the_finding_and_the_report(
    folder: Path, trail: list[StoredEntry]
) -> None:
    refused = refusals_in(folder)
    audited = {entry.entry.request_id: entry.entry.refusal for entry in trail}
    report = read_report(folder)
    followed = [
        finding
        for finding in report.findings
        if finding.request_id in refused
        and finding.evidence is not None
        and finding.evidence.record == refused[finding.request_id]
    ]
    assert followed
    html = (folder / "report.html").read_text("utf-8")
    for finding in followed:
        assert finding.request_id is not None
        assert audited[finding.request_id] == "prescription-not-found"
        assert f"<dt>X-Request-Id</dt><dd><code>{finding.request_id}</code>" in html


@pytest.mark.slow
def test_every_finding_about_an_exchange_names_its_request(folder: Path) -> None:
    exchanges = {
        record.seq: record.data for record in records(folder) if record.kind is Kind.EXCHANGE
    }
    for finding in read_report(folder).findings:
        cited = None if finding.evidence is None else exchanges.get(finding.evidence.record)
        if cited is None:
            assert finding.request_id is None
        else:
            assert finding.request_id == headers_of(cited["response"])["x-request-id"]


@pytest.mark.slow
def test_a_build_server_is_told_the_request_of_what_failed(folder: Path) -> None:
    root = ET.fromstring((folder / "junit.xml").read_bytes())  # noqa: S314 - our own file
    assert root.tag == "testsuites"
    ids = {finding.request_id for finding in read_report(folder).findings}
    told = "".join(text for each in root.iter("failure") for text in each.itertext())
    assert told.count("X-Request-Id: ") == sum(told.count(str(one)) for one in ids if one)
