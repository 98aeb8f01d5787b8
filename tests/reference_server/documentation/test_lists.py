"""Codes are shown as a table, as JSON and by the API, and all three say the same."""

import html
import re

import pytest

from reference_server.specification import Settings, read
from tests.reference_server.documentation.conftest import Pages

BASE = "https://www.esante.lu/fhir-spec"


def codes(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="level-\d">(?:<a [^>]+>)?<code>([^<]+)</code>', page)


@pytest.mark.parametrize("own", [each["id"] for each in read(Settings()).of_type("ValueSet")])
def test_table_and_api_list_the_same_codes(pages: Pages, own: str) -> None:
    shown = codes(pages.page(f"/ValueSet/{own}"))
    answer = pages.ask(f"/fhir/ValueSet/$expand?url={BASE}/ValueSet/{own}&count=1000")
    assert answer.status_code == 200, answer.text
    contains = answer.json()["expansion"]["contains"]
    assert sorted(shown) == sorted(each["code"] for each in contains)
    assert shown


def test_a_code_system_shows_displays_in_the_readers_language(pages: Pages) -> None:
    assert "<td>reserved</td>" in pages.page("/CodeSystem/erx-business-status?lang=en")
    assert "<td>reserviert</td>" in pages.page("/CodeSystem/erx-business-status?lang=de")


def test_a_list_that_is_not_here_is_said_to_be_missing(pages: Pages) -> None:
    page = pages.page("/CodeSystem/erx-refusal?lang=en")
    assert "not-present" in page
    assert codes(page) == []


def test_codes_can_be_filtered_and_one_code_can_be_linked(pages: Pages) -> None:
    assert codes(pages.page("/CodeSystem/BioPrescCodes?q=vitamine")) == ["BIO-0301", "BIO-0302"]
    assert codes(pages.page("/CodeSystem/BioPrescCodes?code=BIO-0101")) == ["BIO-0101"]


@pytest.mark.parametrize(
    "path",
    ["/CodeSystem/BioPrescCodes", "/ValueSet/BioPrescMotivatedCodes", "/ValueSet/BioPrescCodes"],
)
def test_the_links_to_the_api_are_answered(pages: Pages, path: str) -> None:
    page = pages.page(path)
    links = [html.unescape(each) for each in re.findall(r'<dd><a href="([^"]+)"><code>GET', page)]
    assert len(links) >= 3
    for link in links:
        answer = pages.ask(link.removeprefix(pages.world.base_url))
        assert answer.status_code == 200, (link, answer.text)


def test_a_value_set_tells_which_elements_ask_for_it(pages: Pages) -> None:
    page = pages.page("/ValueSet/BioPrescCodes")
    place = "/documentation/StructureDefinition/erx-line#ServiceRequest.code.coding:analysis"
    assert place in page
