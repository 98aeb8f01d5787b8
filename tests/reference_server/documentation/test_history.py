"""A package that is brought takes another's place; the earlier one stays and both are compared."""

import pytest

from reference_server.ports import SPECIFICATION
from reference_server.services.documentation.store import keep_package, shelf_of
from reference_server.specification import every
from reference_server.specification.brought import (
    LARGEST_ARCHIVE,
    ArchiveUnreadableError,
    read_archive,
)
from reference_server.specification.model import DEFAULT_BASE
from tests.reference_server.documentation.conftest import Pages, package, packed, stricter_line

LINE = "https://www.esante.lu/fhir-spec/StructureDefinition/erx-line"


@pytest.fixture
def brought(fresh: Pages) -> Pages:
    keep_package(fresh.world, package(stricter_line), base=DEFAULT_BASE)
    return fresh


def test_the_brought_package_is_in_force_and_the_earlier_one_is_history(brought: Pages) -> None:
    page = brought.page("/packages?lang=en")
    assert page.index("<td>in force</td>") < page.index("<td>earlier</td>")
    shelf = shelf_of(brought.world)
    own = [each for each in shelf.in_force if each.release.slot == "lu.equalis.eprescription"]
    assert [each.release.version for each in own] == ["0.2.0"]
    delivered = [f"d{at}" for at, _ in enumerate(every(), start=1)]
    assert [each.release.id for each in shelf.held] == [*delivered, "1"]


def test_two_versions_of_a_structure_are_compared_element_by_element(brought: Pages) -> None:
    page = brought.page("/StructureDefinition/erx-line/history?lang=en")
    assert "Stricter: 1 · looser: 1 · no effect on validity: 0" in page
    assert "ServiceRequest.reasonCode" in page
    only = brought.page("/StructureDefinition/erx-line/history?effect=looser")
    assert "ServiceRequest.reasonCode</code>" not in only
    assert "repeat.count</code>" in only
    turned = brought.page("/StructureDefinition/erx-line/history?from=1&to=d1&lang=en")
    assert "Stricter: 1 · looser: 1" in turned


def test_other_artefacts_are_compared_by_place(brought: Pages) -> None:
    page = brought.page("/ValueSet/BioPrescMotivatedCodes/history?lang=en")
    assert "No difference." in page


def test_what_is_gone_is_still_documented_by_the_package_that_had_it(brought: Pages) -> None:
    assert "No longer in force" in brought.page("/ValueSet/erx-cancel-reason?lang=en")
    assert "/documentation/ValueSet/erx-cancel-reason" not in brought.page("/terminologies")
    page = brought.page("/packages/1?lang=en")
    for word in ("new", "removed", "changed"):
        assert f"<td>{word}</td>" in page


def test_each_version_is_served_as_json(brought: Pages) -> None:
    def version(query: str) -> str:
        path = f"/documentation/StructureDefinition/erx-line/json{query}"
        return str(brought.ask(path).json()["version"])

    assert version("") == "0.2.0"
    assert version("?release=1") == "0.2.0"
    assert version("?release=d1") == "0.1.0-reconstruction"


def test_each_package_comes_back_as_it_was_brought(brought: Pages) -> None:
    answer = brought.ask("/documentation/packages/1/package.tgz")
    assert answer.content == package(stricter_line)
    assert answer.headers["content-disposition"].endswith('eprescription-0.2.0.tgz"')
    delivered = brought.ask("/documentation/packages/d1/package.tgz").content
    assert read_archive(delivered).version == "0.1.0-reconstruction"
    assert len(read_archive(delivered).examples) == 84


def test_validation_uses_the_package_in_force(brought: Pages, pages: Pages) -> None:
    example = shelf_of(pages.world).examples["line-blood-count"].resource
    rules = {}
    for asked in (pages, brought):
        port = asked.world.port(SPECIFICATION)
        issues = port.validator().issues_of(example, profiles=(LINE,))
        rules[asked.world.name] = {each.rule for each in issues if each.severity == "error"}
    assert rules == {"delivered": set(), "fresh": {"too-few"}}


def test_whoever_asks_for_validation_is_answered_by_the_package_in_force(
    brought: Pages, pages: Pages
) -> None:
    example = shelf_of(pages.world).examples["line-blood-count"].resource
    found = {}
    for asked in (pages, brought):
        answer = asked.send(f"/fhir/ServiceRequest/$validate?profile={LINE}", example)
        assert answer.status_code == 200, answer.text
        severities = {each["severity"] for each in answer.json()["issue"]}
        found[asked.world.name] = "error" in severities
    assert found == {"delivered": False, "fresh": True}


def test_submissions_are_judged_by_the_package_in_force(brought: Pages, pages: Pages) -> None:
    example = shelf_of(pages.world).examples["submission-two-lines"].resource
    found = {
        asked.world.name: {
            (each.rule, each.params.get("name"))
            for each in asked.world.port(SPECIFICATION).judge().errors(example, "erx-submission")
        }
        for asked in (pages, brought)
    }
    assert found["delivered"] == set()
    assert found["fresh"] == {("too-few", "Bundle.entry[3].resource.reasonCode")}
    assert brought.world.port(SPECIFICATION).judge().requirements["erx-line-2"] == "ERX-PRE-014"


def test_the_revision_changes_with_every_package(fresh: Pages) -> None:
    port = fresh.world.port(SPECIFICATION)
    before = port.revision()
    keep_package(fresh.world, package(), base=DEFAULT_BASE)
    after = port.revision()
    keep_package(fresh.world, package(version="0.3.0"), base=DEFAULT_BASE)
    assert len({before, after, port.revision()}) == 3


def test_a_package_of_another_name_stands_beside_unless_it_replaces(fresh: Pages) -> None:
    keep_package(fresh.world, package(name="lu.esante.more"), base=DEFAULT_BASE)
    assert len(shelf_of(fresh.world).in_force) == len(every()) + 1
    keep_package(
        fresh.world,
        package(name="lu.esante.erx", version="1.0.0"),
        base=DEFAULT_BASE,
        slot="lu.equalis.eprescription",
    )
    names = {each.release.label for each in shelf_of(fresh.world).in_force}
    assert {"lu.esante.erx#1.0.0", "lu.esante.more#0.2.0"} <= names
    assert not any(each.startswith("lu.equalis.eprescription") for each in names)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "no-manifest"),
        ({"package/package.json": b"{"}, "no-json"),
        ({"package/package.json": b"[]"}, "no-json"),
        ({"package/package.json": b'{"name": "a"}'}, "no-name"),
        (
            {"package/package.json": b'{"name":"a","version":"1","fhirVersions":["5.0.0"]}'},
            "not-r4",
        ),
        ({"package/package.json": b'{"name":"a","version":"1"}'}, "empty"),
        (
            {
                "package/package.json": b'{"name":"a","version":"1"}',
                "package/v.json": b'{"resourceType":"ValueSet"}',
            },
            "no-id",
        ),
    ],
)
def test_what_is_no_package_says_why(files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ArchiveUnreadableError) as caught:
        read_archive(packed(files))
    assert caught.value.reason == reason


@pytest.mark.parametrize("content", [b"", b"not a tgz", b"\x1f\x8b\x08\x00cut"])
def test_what_is_no_archive_says_why(content: bytes) -> None:
    with pytest.raises(ArchiveUnreadableError) as caught:
        read_archive(content)
    assert caught.value.reason == "no-archive"


def test_an_archive_that_is_too_large_is_not_even_opened() -> None:
    with pytest.raises(ArchiveUnreadableError) as caught:
        read_archive(b"\0" * (LARGEST_ARCHIVE + 1))
    assert caught.value.reason == "too-large"
