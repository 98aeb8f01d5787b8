"""Profiles and definitions are read and found on FHIR paths, and the capability tells it."""

import pytest

from reference_server.specification import Settings, read
from tests.reference_server.documentation.conftest import Pages

BASE = "https://www.esante.lu/fhir-spec"


def test_a_profile_is_read_whole(pages: Pages) -> None:
    answer = pages.ask("/fhir/StructureDefinition/erx-line")
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    told = answer.json()
    assert told["url"] == f"{BASE}/StructureDefinition/erx-line"
    assert told["snapshot"]["element"]


def test_a_definition_is_found_by_its_canonical(pages: Pages) -> None:
    told = pages.ask(f"/fhir/OperationDefinition?url={BASE}/OperationDefinition/dispense").json()
    assert (told["type"], told["total"]) == ("searchset", 1)
    assert told["entry"][0]["resource"]["id"] == "dispense"
    assert pages.ask("/fhir/StructureDefinition?_count=3").json()["link"][1]["relation"] == "next"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/fhir/StructureDefinition/none", 404, "definition-unknown"),
        ("/fhir/StructureDefinition?colour=red", 400, "search-parameter-unknown"),
        ("/fhir/StructureDefinition?_count=many", 400, "search-parameter-invalid"),
        ("/fhir/StructureDefinition?_format=turtle", 406, "not-acceptable"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    pages: Pages, path: str, status: int, code: str
) -> None:
    answer = pages.ask(path)
    assert answer.status_code == status
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code


def test_every_definition_of_ours_that_the_capability_statement_names_is_there(
    pages: Pages,
) -> None:
    (rest,) = pages.ask("/fhir/metadata").json()["rest"]
    named = [
        each["definition"]
        for holder in (rest, *rest["resource"])
        for each in holder.get("operation", ())
        if each["definition"].startswith(BASE)
    ]
    assert named
    for url in named:
        kind, own = url.rsplit("/", 2)[1:]
        assert pages.ask(f"/fhir/{kind}/{own}").status_code == 200, url


def test_every_artefact_of_the_package_has_its_page(pages: Pages) -> None:
    for each in read(Settings()).resources:
        if each["resourceType"] != "StructureDefinition":
            pages.page(f"/{each['resourceType']}/{each['id']}")
