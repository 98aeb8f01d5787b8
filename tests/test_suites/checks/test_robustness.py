"""Generated requests are told apart by fault, not counted one by one; documents are read fairly."""

import json

import pytest

from test_suites.checks.interface import Interface
from test_suites.checks.registry import BY_NAME
from test_suites.checks.robustness import MOST
from test_suites.core.finding import Observation
from test_suites.core.verdict import Fact
from test_suites.core.view import View
from tests.test_suites.checks.examples_robustness import ANSWER, GOOD, seen, tried
from tests.test_suites.core.build import Loose, outcome, said


def look(view: View) -> tuple[Observation, ...]:
    return tuple(BY_NAME[view.check].look(view))


def test_one_fault_is_one_observation_with_the_smallest_request_as_evidence() -> None:
    large = tried(500, body={"parameter": ["x" * 400]}, record=3)
    small = tried(500, body={"parameter": []}, record=9)
    (found,) = look(seen("fuzz-no-server-error", *GOOD, large, small))
    assert found.evidence is not None
    assert found.evidence.record == 9
    assert found.params["count"] == 2
    assert found.params["operation"] == "POST /fhir/$retrieve-prescription"


def test_another_status_is_another_fault() -> None:
    failures = (tried(500, record=3), tried(502, record=4), tried(500, record=5))
    found = look(seen("fuzz-no-server-error", *GOOD, *failures))
    assert [(one.actual, one.params["count"]) for one in found] == [("500", 2), ("502", 1)]


def test_the_list_of_faults_is_bounded() -> None:
    many = tuple(tried(500 + n, record=n + 1) for n in range(MOST + 5))
    assert len(look(seen("fuzz-no-server-error", *many))) == MOST


def test_what_was_not_generated_is_not_looked_at() -> None:
    signing_in = said("token", None, None, status=500)
    (found,) = look(seen("fuzz-no-server-error", signing_in, *GOOD))
    assert found.fact is Fact.HELD


def test_a_method_that_nobody_promised_may_be_not_implemented() -> None:
    strange = tried(501, record=3, target="/elsewhere")
    (found,) = look(seen("fuzz-no-server-error", *GOOD, strange))
    assert found.fact is Fact.HELD


def test_data_are_wrong_only_where_that_is_certain() -> None:
    fits = tried(200, {"resourceType": "x"}, body={"parameter": 1, "more": 1}, record=3)
    assert look(seen("fuzz-data-refused", fits))[0].fact is Fact.HELD
    text = tried(200, {"resourceType": "x"}, body=b"{", record=3)
    assert look(seen("fuzz-data-refused", text))[0].fact is Fact.BROKEN


COUNT: Loose = {"name": "_count", "in": "query", "schema": {"type": "integer", "minimum": 0}}
SEARCH: Loose = {"parameters": [COUNT], "responses": {"default": ANSWER}}
SECURE: Loose = {"responses": {"2XX": {"$ref": "#/components/responses/Ok"}}, "security": []}
DOCUMENT: Loose = {
    "security": [{"token": []}],
    "paths": {"/fhir/Task/{id}": {"get": SECURE}, "/fhir/Task": {"get": SEARCH}},
    "components": {"responses": {"Ok": ANSWER}},
}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [("_count=1", None), ("_count=-1", "_count"), ("_count=x", "_count"), ("other=x", None)],
)
def test_a_number_in_a_query_is_read_as_one(query: str, wrong: str | None) -> None:
    exchange = said("search-task", target=f"/fhir/Task?{query}")
    promised = Interface.of(DOCUMENT).of_exchange(exchange)
    assert promised is not None
    assert promised.accepted_fault(exchange) == wrong


def test_ranges_defaults_and_references_are_followed() -> None:
    interface = Interface.of(DOCUMENT)
    one = interface.of_exchange(said("search-task", target="/fhir/Task/7"))
    every = interface.of_exchange(said("search-task", target="/fhir/Task"))
    assert one is not None
    assert every is not None
    assert one.media_types(204) == {"application/fhir+json"}
    assert one.answer(404) is None
    assert every.answer(418) is not None
    assert (one.needs_token, every.needs_token) == (False, True)


def test_a_path_that_is_not_promised_is_nobodys() -> None:
    elsewhere = said("search-task", target="/fhir/Task/7/8")
    assert Interface.of(json.loads(json.dumps(DOCUMENT))).of_exchange(elsewhere) is None


def test_a_refusal_is_explained_by_an_outcome_with_an_issue() -> None:
    empty = tried(400, {**outcome("a"), "issue": []}, record=3)
    assert look(seen("fuzz-refusal-explained", empty))[0].fact is Fact.BROKEN
