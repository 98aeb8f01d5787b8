"""A structure is shown as its profile says it, with the examples that use each element."""

import re

import pytest

from reference_server.services.documentation.catalogue import structure, uses
from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.services.documentation.catalogue.structure import Row, View
from reference_server.services.documentation.store import delivered
from reference_server.specification.model import DEFAULT_BASE
from tests.reference_server.documentation.conftest import Pages


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return delivered(DEFAULT_BASE)


def rows(shelf: Shelf, own: str, view: View, language: str = "fr") -> dict[str, Row]:
    found = shelf.find("StructureDefinition", own)
    assert found is not None
    shown = structure.rows(shelf, shelf.whole(found), view, language)
    return {row.id: row for row in shown}


def test_the_three_views_show_less_to_more(shelf: Shelf) -> None:
    key, differential, snapshot = (set(rows(shelf, "erx-line", view)) for view in View)
    assert key < snapshot
    assert differential < snapshot
    found = shelf.find("StructureDefinition", "erx-line")
    assert found is not None
    assert snapshot == {each["id"] for each in shelf.whole(found)["snapshot"]["element"]}


def test_a_row_tells_cardinality_type_binding_fixed_value_and_rules(shelf: Shelf) -> None:
    shown = rows(shelf, "erx-line", View.KEY, "en")
    analysis = shown["ServiceRequest.code.coding:analysis"]
    assert (analysis.name, analysis.slice_name, analysis.cardinality) == (
        "coding",
        "analysis",
        "1..1",
    )
    assert analysis.binding is not None
    strength, target = analysis.binding
    assert strength == "required"
    assert target.address == "/documentation/ValueSet/BioPrescCodes"
    assert ("fixed", "active") in shown["ServiceRequest.status"].values
    assert shown["ServiceRequest.doNotPerform"].is_forbidden
    (subject,) = shown["ServiceRequest.subject"].types
    assert [each.address for each in subject.targets] == [
        "/documentation/StructureDefinition/erx-patient"
    ]
    (rule,) = [each for each in shown["ServiceRequest.authoredOn"].rules if each.is_own]
    assert (rule.key, rule.requirement) == ("erx-line-3", "ERX-PRE-012")
    assert rule.human == "The line is dated at least to the day."


def test_texts_are_in_the_readers_language(shelf: Shelf) -> None:
    place = "ServiceRequest.occurrence[x]"
    told = {lang: rows(shelf, "erx-line", View.KEY, lang)[place].short for lang in ("fr", "de")}
    assert told == {
        "fr": "Série fractionnée\u00a0: combien d\u2019analyses",
        "de": "Serie: wie viele Analysen",
    }


def test_an_element_knows_the_examples_that_use_it_slices_told_apart(shelf: Shelf) -> None:
    found = shelf.find("StructureDefinition", "erx-line")
    assert found is not None
    used = uses.uses(shelf, found)
    assert "line-with-local-code" in used["ServiceRequest.code.coding"]
    series = {"line-series-with-reason"}
    assert series <= set(used["ServiceRequest.occurrence[x].repeat.count"])
    assert "line-blood-count" not in used["ServiceRequest.occurrence[x].repeat.count"]
    assert "ServiceRequest.doNotPerform" not in used
    submission = shelf.find("StructureDefinition", "erx-submission")
    assert submission is not None
    slices = uses.uses(shelf, submission)
    assert set(slices["Bundle.entry:paper.resource"]) == {
        "submission-two-lines",
        "submission-without-section-names",
    }


def test_examples_inside_another_show_the_profile_too(shelf: Shelf) -> None:
    found = shelf.find("StructureDefinition", "erx-patient")
    assert found is not None
    assert "submission-two-lines" in uses.uses(shelf, found)["Patient.identifier"]


def test_the_page_links_an_element_to_its_examples_and_a_rule_to_those_that_break_it(
    pages: Pages,
) -> None:
    html = pages.page("/StructureDefinition/erx-line")
    link = "of=erx-line&amp;element=ServiceRequest.reasonCode"
    assert link in html
    listed = pages.page("/examples?of=erx-line&element=ServiceRequest.reasonCode")
    assert "line-series-with-reason" in listed
    assert "line-blood-count" not in listed
    part = html[html.index('id="rule-erx-line-2"') : html.index('id="rule-erx-line-3"')]
    assert "/documentation/examples/line-no-motivation" in part


def test_the_examples_can_be_filtered(pages: Pages) -> None:
    def names(query: str) -> set[str]:
        html = pages.page(f"/examples?{query}")
        return set(re.findall(r"/documentation/examples/([a-z0-9-]+)", html))

    lines = names("of=erx-line")
    valid, invalid = names("of=erx-line&valid=yes"), names("of=erx-line&valid=no")
    assert valid | invalid == lines
    assert valid & invalid == set()
    assert len(valid) >= 2
    assert len(invalid) >= 5
    assert names("of=erx-line&q=BIO-9999") == {"line-unknown-analysis"}


def test_an_invalid_example_names_its_rule_and_place(pages: Pages) -> None:
    html = pages.page("/examples/line-no-motivation")
    assert "/documentation/StructureDefinition/erx-line#rule-erx-line-2" in html
    assert "<code>invariant</code>" in html
    answer = pages.ask("/documentation/examples/line-no-motivation/json")
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert answer.json()["id"] == "line-no-motivation"
