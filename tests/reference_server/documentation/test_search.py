"""Search finds everything that is documented, what is called so first."""

import pytest

from reference_server.ports import DESCRIPTIONS
from reference_server.services.documentation.catalogue.search import search
from reference_server.services.documentation.store import shelf_of
from tests.reference_server.documentation.conftest import Pages


def found(pages: Pages, asked: str) -> list[tuple[str, str, str]]:
    described = pages.world.port(DESCRIPTIONS).services()
    hits = search(shelf_of(pages.world), described, asked)
    return [(each.entry.kind, each.entry.name, each.entry.place) for each in hits]


@pytest.mark.parametrize(
    ("asked", "kind", "name"),
    [
        ("erx-line", "StructureDefinition", "erx-line"),
        ("Ligne d\u2019une ordonnance", "StructureDefinition", "erx-line"),
        ("Zeile einer Laborverordnung", "StructureDefinition", "erx-line"),
        ("ServiceRequest.reasonCode", "element", "ServiceRequest.reasonCode"),
        ("reasoncode", "element", "ServiceRequest.reasonCode"),
        ("ERX-PRE-014", "rule", "erx-line-2"),
        ("bio-0101", "code", "BIO-0101"),
        ("hemogramme COMPLET", "code", "BIO-0101"),
        ("reserved", "code", "in-progress"),
        ("birth-date", "parameter", "retrieve-prescription.birth-date"),
        ("line-no-motivation", "example", "line-no-motivation"),
        ("prescriptions", "service", "prescriptions"),
        ("matricule", "NamingSystem", "matricule"),
    ],
)
def test_everything_can_be_found(pages: Pages, asked: str, kind: str, name: str) -> None:
    assert (kind, name) in [each[:2] for each in found(pages, asked)]


def test_what_is_called_so_comes_first(pages: Pages) -> None:
    assert found(pages, "dispense")[0][:2] == ("OperationDefinition", "dispense")


def test_every_word_must_be_there_and_nothing_asked_finds_nothing(pages: Pages) -> None:
    assert found(pages, "ligne zzz") == []
    assert found(pages, "  ") == []
    assert "zzz" in pages.page("/search?q=zzz")


def test_every_place_that_is_found_is_there(pages: Pages) -> None:
    for place in {each[2].partition("#")[0] for each in found(pages, "erx-task")}:
        assert pages.ask(place).status_code == 200, place


def test_kinds_narrow_the_results(pages: Pages) -> None:
    page = pages.page("/search?q=erx-line&kind=rule")
    assert "#rule-erx-line-1" in page
    assert "/examples/line" not in page.split('class="found"')[1]


def test_what_is_asked_is_escaped_and_cut(pages: Pages) -> None:
    page = pages.page("/search?q=%22%3E%3Cscript%3E")
    assert "<script" not in page
    pages.page(f"/search?q={'a' * 4000}")
