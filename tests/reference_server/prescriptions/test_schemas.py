"""The OpenAPI document's schemas are bounded, and say what is really sent and answered."""

import calendar
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reference_server.app import SERVICES, WorldRegistry, build_app
from reference_server.app.openapi import in_order
from reference_server.app.schemas import schemas
from tests.reference_server.prescriptions.town import Town, dispensing

# It tells of every service, not of prescriptions alone: each operation with its refusals by status.
# It is also the largest that the fuzzing generates from.
LARGEST = 512 * 1024
BOUNDS = {"pattern", "maxLength", "enum", "const"}
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    return build_app(WorldRegistry(origin="https://127.0.0.1:8443")).openapi()


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for item in document["paths"].values():
        for operation in item.values():
            yield operation["operationId"], operation


def reached(schema: Document, document: Document, seen: set[str]) -> Iterator[Document]:
    """Yield a schema and everything below it, each named one once."""
    reference = schema.get("$ref")
    if reference is not None:
        if reference in seen:
            return
        seen.add(reference)
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    yield schema
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    for part in [*parts, *([schema["items"]] if "items" in schema else [])]:
        yield from reached(part, document, seen)


def read_schemas(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the schema of every body and parameter that is sent."""
    for name, operation in operations(document):
        for told in operation.get("requestBody", {}).get("content", {}).values():
            yield name, told["schema"]
        for parameter in operation.get("parameters", []):
            yield name, parameter["schema"]


def check(value: object, name: str, document: Document) -> None:
    whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    errors = [
        f"{e.json_path}: {e.message}"[:200] for e in Draft202012Validator(whole).iter_errors(value)
    ]
    assert errors == []


def test_every_schema_is_json_schema_and_the_document_small(document: Document) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert len(json.dumps(document)) < LARGEST


def test_what_is_sent_is_closed_and_bounded(document: Document) -> None:
    seen: set[str] = set()
    for name, schema in read_schemas(document):
        for part in reached(schema, document, seen):
            kind = part.get("type")
            if kind == "object":
                assert part["additionalProperties"] is False, name
            if kind == "array":
                assert part["maxItems"] <= 24, name
            if kind == "string":
                assert BOUNDS & part.keys(), name
            if kind == "integer":
                assert {"minimum", "maximum"} <= part.keys(), name


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: Document) -> None:
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_every_name_is_one_of_an_operation_or_a_parameter(document: Document) -> None:
    told = dict(operations(document))
    # Where one name stands at several paths, the ids are made of the paths.
    routed = [(each.title, router) for each in SERVICES for router in each.routers]
    names = {*told, *(each.name for each in in_order(routed))}
    for name in schemas().operations:
        assert any(one == name or one.startswith(f"{name}-") for one in names), name
    parameters = {p["name"] for one in told.values() for p in one.get("parameters", [])}
    assert set(schemas().parameters) <= parameters


def test_every_body_that_is_sent_has_a_schema_of_its_own(document: Document) -> None:
    for name, operation in operations(document):
        for media_type, told in operation.get("requestBody", {}).get("content", {}).items():
            assert "$ref" in told["schema"] or name.startswith("userinfo"), (name, media_type)


def test_a_prescription_and_its_answers_are_as_told(town: Town, document: Document) -> None:
    submitted = town.prescribe()
    check(submitted.bundle, "Prescription", document)
    check(submitted.answer.json(), "SubmissionAnswer", document)
    code = town.get(f"Task/{submitted.task_id}", who="dr-meyer")
    check(code.json(), "Task", document)
    check(town.get("Task", who="dr-meyer").json(), "TaskSearchset", document)


def test_what_operations_are_given_is_as_told(town: Town, document: Document) -> None:
    submitted = town.prescribe()
    given = dispensing("urn:uuid:0b9b6a0e-3f3c-4a5e-9c54-0d4a9b0f7a11", (submitted.lines[0], 1))
    check(given, "Dispensation", document)
    refused = town.act(submitted.task_id, "$dispense", given, who="labo-sud")
    check(refused.json(), "OperationOutcome", document)


@pytest.mark.parametrize(("name", "wrapped"), [("Day", "{}"), ("Instant", "{}T23:59:59.000Z")])
def test_every_day_of_the_calendar_may_be_told_and_no_other(
    document: Document, name: str, wrapped: str
) -> None:
    pattern = re.compile(document["components"]["schemas"][name]["pattern"])
    for year in (2023, 2024):
        for month, day in itertools.product(range(1, 13), range(1, 33)):
            told = wrapped.format(f"{year}-{month:02}-{day:02}")
            real = day <= calendar.monthrange(year, month)[1]
            assert bool(pattern.search(told)) == real, told
