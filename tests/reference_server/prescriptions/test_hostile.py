"""Whatever is sent, the service answers with a resource and a reason, never with a 5xx."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference_server.app import WorldRegistry
from reference_server.population import seed
from tests.reference_server.prescriptions.town import (
    Json,
    Town,
    dispensing,
    line_of,
    parameters,
)

EXAMPLES = 150
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", " ", "urn:uuid:x", "2026-02-30", "9999-12-31T23:59:59Z", "\x00", "😀"])
    | st.sampled_from(["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "2026-11-22T00:00"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
CHOICES = st.lists(st.integers(0, 10_000), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def shared(runner: asyncio.Runner, registry: WorldRegistry) -> Iterator[Town]:
    name = f"s-{uuid4().hex[:6]}"
    registry.open(name, seed=seed)
    opened = Town(runner, registry, name)
    yield opened
    runner.run(opened.http.aclose())
    registry.close(name)


def places(tree: object) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a tree with each of its keys."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield tree, key
            yield from places(value)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield tree, index
            yield from places(value)


def mutated(tree: Json, data: st.DataObject) -> Json:
    """Change one to three places of a tree: another value, gone, doubled, or swapped."""
    result = copy.deepcopy(tree)
    for _ in range(data.draw(st.integers(1, 3))):
        found = list(places(result))
        if not found:
            return result
        container, key = data.draw(st.sampled_from(found))
        match data.draw(st.integers(0, 3)):
            case 0:
                container[key] = data.draw(VALUES)
            case 1:
                del container[key]
            case 2 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case _:
                other, other_key = data.draw(st.sampled_from(found))
                container[key] = copy.deepcopy(other[other_key])
    return result


def answers_properly(answer: httpx.Response, *expected: int) -> None:
    assert answer.status_code in expected, answer.text
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    if answer.status_code != 200:
        issues = answer.json()["issue"]
        assert issues
        for issue in issues:
            assert issue["severity"] == "error"
            assert issue["details"]["text"]
            assert issue["details"]["coding"][0]["code"] not in {"internal", "busy"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_a_mutated_document_is_accepted_or_refused_with_reasons(
    shared: Town, data: st.DataObject
) -> None:
    good = shared.documents.bundle(line_of("BIO-0301", reason="x"), line_of("BIO-0401", count=3))
    body = json.dumps(mutated(good, data)).encode()
    answers_properly(shared.submit(body), 200, 400, 409, 422)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_mutated_bytes_are_accepted_or_refused_with_reasons(
    shared: Town, data: st.DataObject
) -> None:
    body = bytearray(json.dumps(shared.documents.bundle(line_of())).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    answers_properly(shared.submit(bytes(body)), 200, 400, 409, 422)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_mutated_parameters_are_refused_with_reasons(shared: Town, data: st.DataObject) -> None:
    line: Json = {"system": "s", "value": "1"}
    sent: list[tuple[str, Json]] = [
        ("$retrieve-prescription", parameters(number="B-00000-00000-0", birth_date="1984-03-17")),
        ("$retrieve-prescription", parameters(code="ERX1:B00000000000:" + "A" * 32)),
        ("Task/x/$dispense", dispensing("d", (line, 1), (line, 2))),
    ]
    path, asked = data.draw(st.sampled_from(sent))
    answer = shared.post(path, json.dumps(mutated(asked, data)).encode())
    answers_properly(answer, 400, 404, 422, 429)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    name=st.sampled_from(["_id", "identifier", "status", "_lastUpdated", "_count", "_offset"])
    | st.text(max_size=8),
    value=st.text(max_size=30),
)
def test_any_search_is_answered_or_refused_with_reasons(
    shared: Town, name: str, value: str
) -> None:
    query = str(httpx.QueryParams([(name, value)]))
    answers_properly(shared.get(f"Task?{query}", who="dr-meyer"), 200, 400, 406)


@settings(max_examples=EXAMPLES, deadline=None)
@given(task_id=st.from_regex(r"[^/?#\s%\x00-\x1f\x7f-\U0010ffff]{1,80}", fullmatch=True))
def test_any_task_id_is_just_not_found(shared: Town, task_id: str) -> None:
    assume(task_id.strip("."))  # clients resolve `.` and `..` themselves
    answers_properly(shared.get(f"Task/{task_id}"), 404)
    answers_properly(shared.reserve(task_id), 404)
