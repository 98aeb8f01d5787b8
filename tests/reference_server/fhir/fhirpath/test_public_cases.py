"""HL7's own FHIRPath cases for R4, as far as they lie on this machine."""

import json
import os
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from reference_server.fhir.fhirpath import FhirPathError, items_of
from reference_server.fhir.fhirpath.conversion import to_string
from reference_server.fhir.fhirpath.nodes import Item, Node, plain

SUITES = os.environ.get("EQUALIS_PUBLIC_SUITES")
FOLDER = Path(SUITES or ".") / "fhirpath-r4"
MISSES = Path(__file__).with_name("misses.yaml")
needs_suites = pytest.mark.skipif(SUITES is None, reason="EQUALIS_PUBLIC_SUITES is not set")


@cache
def resource(name: str | None) -> Any:  # noqa: ANN401  JSON
    if name is None:
        return None
    text = (FOLDER / "inputs" / name).with_suffix(".json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


def shown(item: Item) -> str | None:
    value = plain(item)
    return json.dumps(value.value, default=str) if isinstance(value, Node) else to_string(value)


def expected(text: str) -> str:
    text = text.removeprefix("@")
    return text[1:] if text[:1] == "T" and text[1:2].isdigit() else text


def is_right(case: dict[str, Any]) -> bool:
    try:
        found = items_of(resource(case["inputfile"]), case["expression"])
    except FhirPathError:
        return bool(case["invalid"])
    if case["invalid"]:
        return False
    wanted = [expected(output["value"]) for output in case["outputs"] or ()]
    if case["predicate"]:
        return wanted == ["true" if found else "false"]
    return wanted == [shown(item) for item in found]


@needs_suites
def test_the_public_cases_are_right_but_for_those_that_are_listed_with_a_reason() -> None:
    cases = json.loads((FOLDER / "tests.json").read_text(encoding="utf-8"))
    wrong = {case["name"] for case in cases if not is_right(case)}
    assert wrong == set(yaml.safe_load(MISSES.read_text(encoding="utf-8")))
    assert len(wrong) <= 0.02 * len(cases)
