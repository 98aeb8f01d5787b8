"""The report model: numbers, canonical form, published schema, what the issue asks for."""

import json
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest
from pydantic import ValidationError

from reports.render.build import build_report
from reports.render.canonical import from_json, make_schema, published_schema, to_json
from reports.render.model import Report
from reports.render.number import report_number
from test_suites.core.verdict import Verdict
from tests.reports import example

FINDING_FIELDS = {
    "id",
    "requirement",
    "case",
    "check",
    "fact",
    "verdict",
    "evidence",
    "expected",
    "actual",
    "message_id",
    "curl",
    "mode",
}


@pytest.fixture(scope="module")
def good() -> Report:
    return example.good()


@pytest.fixture(scope="module")
def bad() -> Report:
    return example.bad()


def content(report: Report) -> dict[str, object]:
    value = json.loads(to_json(report))
    assert isinstance(value, dict)
    return value


def test_the_published_schema_is_the_one_the_model_describes() -> None:
    assert published_schema() == make_schema()


def test_the_published_schema_is_a_json_schema_2020_12() -> None:
    schema = json.loads(published_schema())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("build", [example.good, example.bad])
def test_report_json_is_valid_by_its_published_schema(build: Callable[[], Report]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    assert list(validator.iter_errors(content(build()))) == []


def test_the_schema_refuses_an_unknown_field_and_a_missing_one(good: Report) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(published_schema()))
    more = {**content(good), "label": "granted"}
    less = {name: value for name, value in content(good).items() if name != "outcome"}
    assert not validator.is_valid(more)
    assert not validator.is_valid(less)


def test_report_json_holds_what_a_build_server_looks_for(bad: Report) -> None:
    value = json.loads(to_json(bad))
    assert value["outcome"] == "undecided"
    assert value["outcome_with_assumed"] == "not-eligible"
    assert value["subject"]["product"] == "Labo Clair"
    assert value["scheme"]["id"] == "INT-eRX"
    assert {"id", "obligation", "authority", "verdict"} <= value["requirements"][0].keys()
    assert {"id", "verdict"} <= value["cases"][0].keys()
    assert value["findings"][0].keys() >= FINDING_FIELDS
    assert value["findings"][0]["evidence"].keys() == {"record", "pointer"}
    assert len(value["requirements"]) == len({one["id"] for one in value["requirements"]})


def test_reading_a_report_gives_back_the_same_bytes(bad: Report) -> None:
    assert to_json(from_json(to_json(bad))) == to_json(bad)


def test_a_report_with_an_unknown_field_is_refused(good: Report) -> None:
    with pytest.raises(ValidationError):
        from_json(json.dumps({**content(good), "label": "granted"}).encode())


def test_judging_the_same_evidence_again_gives_the_same_report() -> None:
    assert to_json(example.bad()) == to_json(example.bad())


def test_the_report_number_names_the_run_and_the_judgement(good: Report, bad: Report) -> None:
    first, second = good.report_number.split("-"), bad.report_number.split("-")
    assert first[:3] == second[:3]
    assert first[3] != second[3]


def test_another_catalogue_gives_the_same_run_another_report_number(good: Report) -> None:
    judgement = example.Example().judgement()
    again = build_report(replace(judgement, catalogue=example.digest("newer catalogue")))
    assert again.report_number != good.report_number
    assert again.report_number.split("-")[:3] == good.report_number.split("-")[:3]
    assert again.digests.findings == good.digests.findings


def test_another_run_has_another_number() -> None:
    numbers = {
        report_number(issued="2026-11-22", journal=str(run), judgement=()) for run in range(500)
    }
    assert len(numbers) == 500


def test_the_counts_add_up(bad: Report) -> None:
    assert sum(one.total for one in bad.counts.authorities) == len(bad.requirements)
    assert sum(bad.counts.requirements.values()) == len(bad.requirements)
    assert sum(bad.counts.findings.values()) == len(bad.findings)
    assert sum(bad.counts.facts.values()) == len(bad.findings)
    for count in bad.counts.authorities:
        assert sum(count.verdicts.values()) == count.total


def test_the_labs_errors_are_listed_beside_and_never_counted_as_fails(bad: Report) -> None:
    hit = next(one for one in bad.requirements if one.id == "ERX-SEC-010")
    assert hit.verdict is Verdict.ERROR
    assert bad.counts.lab_errors == hit.lab_errors > 0
    assert all("ERX-SEC-010" not in m.failed for d in bad.decisions for m in d.modules)
    assert all("ERX-SEC-010" in m.open for d in bad.decisions for m in d.modules)


def test_both_outcomes_say_why(bad: Report) -> None:
    binding, everything = bad.decisions
    assert binding.basis == "binding"
    assert binding.modules[0].failed == ()
    assert set(everything.modules[0].failed) == {"ERX-LAB-005", "ERX-LAB-007"}
    assert [one.id for one in everything.modules[0].options_failed] == ["fractioned"]
