"""A supplier of identities is tried through its address alone, by HL7 v2 and by FHIR."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.proof.campaign import ignore, worst_verdicts
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import parse_subject

CATALOGUE = load_catalogue()
FAMILY = "ids-"
TRIED = frozenset(
    one.id for one in CATALOGUE.of(Programme.IDENTITY).scenarios if one.id.startswith(FAMILY)
)
BY_FHIR = frozenset(
    one.id for one in CATALOGUE.of(Programme.IDENTITY).scenarios if one.id.startswith("idp-")
)


@pytest.fixture(scope="module")
def supplier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_server(tmp_path_factory.mktemp("own")) as file:
        yield file


def read_file(text: str) -> Subject:
    return parse_subject(text, file="subject.toml", today=datetime.now(UTC).date())


def tried(file: Path, out: Path, scenarios: frozenset[str] = TRIED) -> Mapping[str, Verdict]:
    subject = read_file(file.read_text("utf-8"))
    plan = make_plan(subject, CATALOGUE, programme=Programme.IDENTITY, scenarios=scenarios)
    assert {case.scenario for case in plan.cases} == scenarios
    run_campaign(subject, plan, out, ignore, subject_file=file, options=Options(seed=1))
    return worst_verdicts(subject, plan, evaluate(out, CATALOGUE), CATALOGUE)


def blamed(verdicts: Mapping[str, Verdict]) -> set[str]:
    assert Verdict.ERROR not in verdicts.values()
    return {one for one, verdict in verdicts.items() if verdict in {Verdict.FAIL, Verdict.WARN}}


def test_the_reference_holds_as_a_supplier_at_an_address(supplier: Path, tmp_path: Path) -> None:
    verdicts = tried(supplier, tmp_path / "run")
    wanted = {f"IDX-SRV-{number:03}" for number in range(21, 28)}
    assert blamed(verdicts) == set()
    assert {one for one in wanted if verdicts[one] is Verdict.PASS} == wanted


def test_without_a_port_for_messages_a_server_is_not_tried_by_them(supplier: Path) -> None:
    today = datetime.now(UTC).date()
    lines = supplier.read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("messages"))
    subject = parse_subject(text, file="subject.toml", today=today)
    plan = make_plan(subject, CATALOGUE, programme=Programme.IDENTITY, scenarios=TRIED)
    left = {one.scenario for one in plan.exclusions if one.reason == "environment"}
    assert left >= TRIED
    assert not plan.cases


def test_the_reference_holds_as_a_supplier_by_fhir(supplier: Path, tmp_path: Path) -> None:
    verdicts = tried(supplier, tmp_path / "run", BY_FHIR)
    wanted = {one for one in verdicts if one.startswith("IDX-SFH-")}
    assert len(wanted) >= 29
    assert {one for one in wanted if verdicts[one] is Verdict.PASS} == wanted
    assert blamed(verdicts) == set()


def test_what_a_supplier_by_fhir_does_not_claim_is_left_out(supplier: Path) -> None:
    text = supplier.read_text("utf-8").replace(', "pixm"', "")
    plan = make_plan(read_file(text), CATALOGUE, programme=Programme.IDENTITY, scenarios=BY_FHIR)
    left = {one.scenario for one in plan.exclusions if one.reason == "capability-not-claimed"}
    assert left == {"idp-cross", "idp-cross-refused", "idp-merge"}
    assert {case.scenario for case in plan.cases} == BY_FHIR - left


def test_a_supplier_of_identities_that_names_no_client_is_asked_by_nobody(supplier: Path) -> None:
    text = supplier.read_text("utf-8")
    nobody = read_file(text[: text.index("[[server.clients]]")])
    plan = make_plan(nobody, CATALOGUE, programme=Programme.IDENTITY, scenarios=BY_FHIR)
    assert {case.scenario for case in plan.cases} == BY_FHIR
    assert {one.reason for one in make_plan(nobody, CATALOGUE).exclusions} >= {"credential-missing"}
