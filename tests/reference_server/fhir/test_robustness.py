"""Hostile input to the readers, FHIRPath and the validator: declared errors only, bounded time."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_server.fhir.fhirpath import FhirPathError, evaluate
from reference_server.fhir.json_reader import NotJson, read_json
from reference_server.fhir.xml_reader import XmlFault, read_xml
from tests.reference_server.fhir import hostile

ROOT = Path(__file__).parents[3]
LONGEST_MS = 5000
quick = settings(
    max_examples=150,
    deadline=LONGEST_MS,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
chances = st.integers(0, 2**32).map(random.Random)


@quick
@given(chances)
def test_whatever_is_changed_in_a_resource_an_outcome_comes_back(chance: random.Random) -> None:
    for _ in range(10):
        changed = hostile.mutated(chance.choice(hostile.seeds()), chance)
        hostile.look(json.dumps(changed).encode())


@quick
@given(chances)
def test_torn_documents_raise_declared_faults_only(chance: random.Random) -> None:
    for _ in range(5):
        raw = hostile.torn(json.dumps(chance.choice(hostile.seeds())).encode(), chance)
        hostile.read(raw)
        hostile.look(raw)


@quick
@given(st.binary(max_size=300))
def test_any_bytes_raise_declared_faults_only(raw: bytes) -> None:
    hostile.read(raw)
    hostile.read(b'<Patient xmlns="http://hl7.org/fhir">' + raw + b"</Patient>")
    hostile.look(raw)


@quick
@given(chances)
def test_torn_expressions_raise_the_declared_error_only(chance: random.Random) -> None:
    for _ in range(10):
        expression = hostile.torn(chance.choice(hostile.EXPRESSIONS).encode(), chance)
        resource = chance.choice(hostile.SEEDS)
        hostile.ask(expression.decode("utf-8", "replace"), resource)
        hostile.ask(chance.choice(hostile.EXPRESSIONS), hostile.mutated(resource, chance))


@pytest.mark.parametrize(
    "change",
    [
        {"meta": 5}, {"meta": {"profile": 5}}, {"meta": {"profile": [None, {}]}}, {"text": []},
        {"contained": 5}, {"contained": [1, None, {}, {"id": []}]}, {"extension": {}},
        {"identifier": [1, None]}, {"name": [{"given": {}}]}, {"_birthDate": 5},
        {"maritalStatus": {"coding": 5}}, {"maritalStatus": {"coding": [1, {"code": []}]}},
        {"maritalStatus": 5}, {"managingOrganization": {"reference": 5}},
        {"managingOrganization": {"reference": "#x"}, "contained": 5},
        {"managingOrganization": []}, {"birthDate": 10**300}, {"photo": [{"size": "x"}]},
        {"resourceType": []}, {"resourceType": "Bundle", "entry": 5},
        {"resourceType": "Bundle", "entry": [1, {"resource": []}, {"fullUrl": 5, "resource": {}}]},
    ],
)  # fmt: skip
def test_a_wrong_kind_of_json_is_told_at_whatever_place(change: dict[str, Any]) -> None:
    for seed in hostile.SEEDS:
        raw = json.dumps({**seed, **change}).encode()
        told = hostile.validator().validate(raw, profiles=(hostile.PROFILE_URL,))
        assert any(each["severity"] in {"error", "fatal"} for each in told["issue"])


def test_deep_nesting_and_huge_numbers_are_refused() -> None:
    for raw in (b"[" * 100_000, b'{"a":' * 100_000, b'{"a": 1e999999999}', b'{"a": "\\ud800"}'):
        hostile.read(raw)
        hostile.look(raw)
    with pytest.raises(NotJson):
        read_json(b'{"a": -1e-999999999}')
    inner = b"<div>" * 5000 + b"</div>" * 5000
    div = b'<div xmlns="http://www.w3.org/1999/xhtml">' + inner + b"</div>"
    raw = b'<Patient xmlns="http://hl7.org/fhir"><text>' + div + b"</text></Patient>"
    with pytest.raises(XmlFault):
        read_xml(raw)
    for expression in ("(" * 5000, "a." * 5000 + "a", "-" * 5000 + "1", "``.exists()"):
        with pytest.raises(FhirPathError):
            evaluate(hostile.SEEDS[0], expression)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "nothing", "utf-7"])
def test_xml_is_utf_8_whatever_it_declares(encoding: str) -> None:
    raw = f'<?xml version="1.0" encoding="{encoding}"?><Patient xmlns="http://hl7.org/fhir"/>'
    assert read_xml(raw.encode()) == {"resourceType": "Patient"}
    with pytest.raises(XmlFault):
        read_xml(raw.encode("utf-16"))


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"<a></b>", "tag"), (b"<a", "unclosed"), (b"", "no-element"), (b"<a x='1' x='2'/>",
        "attribute-twice"), (b"<a/><b/>", "more-behind"), (b"<a>&b;</a>", "entity"),
        (b"<a>&#0;</a>", "character"), (b"<a b/>", "token"), (b"<b:a/>", "prefix"),
        (b" <?xml version='1.0'?><a/>", "declaration"), (b"<!DOCTYPE a>", "declared"),
        (b"\xff", "not-utf8"), (b"<a/>", "no-resource"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_xml_is_said_in_each_language(raw: bytes, fault: str) -> None:
    with pytest.raises(XmlFault) as caught:
        read_xml(raw)
    assert caught.value.what.message_id == f"xml-fault.{fault}"
    assert len({caught.value.what.in_language(each) for each in ("fr", "en", "de")}) == 3


@pytest.mark.parametrize(
    "change",
    [{"_birthDate": 5}, {"_birthDate": ["x"]}, {"_birthDate": True},
     {"name": [{"given": ["A"], "_given": ["B"]}]}],
)  # fmt: skip
def test_what_stands_beside_a_primitive_is_an_element(change: dict[str, Any]) -> None:
    patient = {"resourceType": "Patient", "birthDate": "1984-03-17", **change}
    told = hostile.validator().validate(json.dumps(patient).encode())
    rules = {each["details"]["coding"][0]["code"] for each in told["issue"]}
    assert rules & {"json-object", "json-no-array"}


def test_numbers_in_xml_are_fhirs_numbers() -> None:
    inner = '<valueQuantity><value value="{}"/></valueQuantity>'
    form = f'<Observation xmlns="http://hl7.org/fhir">{inner}</Observation>'
    for wrong in ("NaN", "Infinity", "1_0", " 1", "٣", "1e999999999"):
        assert read_xml(form.format(wrong).encode())["valueQuantity"]["value"] == wrong


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="no wheel of atheris here",
)
def test_the_fuzzer_that_sees_coverage_finds_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.reference_server.fhir.fuzz", "60"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
