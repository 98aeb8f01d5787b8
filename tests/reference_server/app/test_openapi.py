"""The OpenAPI document tells of every operation of every service, and of nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reference_server.app import SERVICES, WorldRegistry, build_app
from reference_server.app.metadata import SOFTWARE_VERSION
from reference_server.kernel.route import Route
from reference_server.world import World
from tests.reference_server.standing import Standing

ORIGIN = "https://127.0.0.1:8443"
OWN = {
    ("get", f"/{path}")
    for path in ("fhir/metadata", "health", "openapi.json", "errors", "errors.json", "web/{file}")
}
ROUTES = tuple(
    (service.title, (router.prefix + route.path).replace(":path}", "}"), route)
    for service in SERVICES
    for router in service.routers
    for route in router.routes
)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    return build_app(WorldRegistry(origin=ORIGIN)).openapi()


@pytest.fixture
def of_world(server: Standing, world: World) -> Document:
    address = f"{world.base_url}/openapi.json"
    answer = httpx.get(address, verify=server.trust(), timeout=60)
    assert answer.headers["content-type"] == "application/json"
    read: Document = answer.json()
    return read


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def check_shape(document: Document) -> None:
    """Assert what OpenAPI 3.1 asks of a document and of each operation."""
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"] == SOFTWARE_VERSION
    schemes = document["components"]["securitySchemes"]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        assert method in {"get", "put", "post", "delete", "patch", "options"}
        assert path.startswith("/")
        parameters = operation.get("parameters", [])
        in_path = {each["name"] for each in parameters if each["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert all(each["required"] for each in parameters if each["in"] == "path")
        assert all(each["schema"] for each in parameters)
        assert operation["summary"]
        assert operation["tags"]
        for name in (name for needed in operation.get("security", []) for name in needed):
            assert name in schemes
        for status, answer in operation["responses"].items():
            assert status == "default" or 200 <= int(status) < 600
            assert answer["description"]
            assert all("/" in media_type for media_type in answer.get("content", {}))


def test_the_document_is_openapi_3_1(document: Document) -> None:
    check_shape(document)
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(
    ("title", "path", "route"), ROUTES, ids=[f"{route.method} {path}" for _, path, route in ROUTES]
)
def test_every_route_of_every_service_is_there(
    document: Document, title: str, path: str, route: Route[World]
) -> None:
    operation = document["paths"][f"/{{world}}{path}"][route.method.lower()]
    assert operation["tags"] == [title]
    assert {"404", "408", "413", "500", "503", "default"} <= set(operation["responses"])


def test_nothing_else_is_there(document: Document) -> None:
    declared = {(route.method.lower(), path) for _, path, route in ROUTES} | OWN
    told = {(method, path) for method, path, _ in operations(document)}
    assert told == {(method, f"/{{world}}{path}") for method, path in declared}


def test_an_operation_tells_its_media_types_its_token_and_its_refusals(document: Document) -> None:
    told = document["paths"]["/{world}/fhir/Task/{id}/$dispense"]["post"]
    assert told["operationId"] == "dispense"
    assert told["summary"] == "Dispense"
    assert set(told["requestBody"]["content"]) == {"application/fhir+json", "application/json"}
    assert told["security"] == [{"access-token": []}]
    for status in ("200", "400", "401", "403", "409", "410", "422", "default"):
        assert set(told["responses"][status]["content"]) == {"application/fhir+json"}


def test_a_search_tells_its_parameters_and_sends_no_body(document: Document) -> None:
    told = document["paths"]["/{world}/fhir/Task"]["get"]
    assert "requestBody" not in told
    names = {each["name"] for each in told["parameters"] if each["in"] == "query"}
    assert {"identifier", "status", "_lastUpdated", "_count"} <= names


def test_a_form_and_a_redirect_are_told_as_they_are(document: Document) -> None:
    told = document["paths"]["/{world}/auth/realms/organization/login"]["post"]
    assert set(told["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}
    assert "200" not in told["responses"]
    assert "content" not in told["responses"]["303"]


def test_a_world_serves_its_own_with_paths_relative_to_its_address(
    of_world: Document, world: World, document: Document
) -> None:
    check_shape(of_world)
    assert of_world["servers"] == [{"url": world.base_url}]
    assert [f"/{{world}}{path}" for path in of_world["paths"]] == list(document["paths"])
    assert "parameters" not in of_world["paths"]["/health"]["get"]
    named = of_world["paths"]["/fhir/Task/{id}"]["get"]["parameters"]
    assert [each["name"] for each in named] == ["id"]
