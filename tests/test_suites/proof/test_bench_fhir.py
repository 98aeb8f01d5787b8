"""The FHIR benchmark measures what it says, on documents that are valid."""

import json

from reference_server.fhir.validation.validator import Validator
from test_suites.proof.bench.fhir import blood_pressure, bundle, invariants, measure


def test_its_documents_are_valid() -> None:
    for resource in (blood_pressure(), bundle(3)):
        raw = json.dumps(resource, default=float).encode()
        issues = Validator().issues(raw)
        assert [i for i in issues if i.severity in {"error", "fatal"}] == []


def test_it_tells_a_median_for_each_thing_it_measures() -> None:
    figures = {one.name: one for one in measure(seconds=0.2, pairs=1)}
    assert {"r4 facts, loading", "r4 facts, memory", "validation, blood pressure"} <= set(figures)
    grown = figures.pop("memory grown by 2,000 submissions")
    assert grown.machine
    assert all(one.median > 0 and one.machine for one in figures.values())
    assert len(invariants()) > 200
