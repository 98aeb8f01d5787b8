"""Each analysis has a page of its own: every version of it, and what each one changed."""

import json

import pytest

from reference_server.services.terminology.store import import_analyses
from tests.reference_server.documentation.conftest import Pages


def brought(pages: Pages, version: str, **more: str) -> None:
    told = {"Code": "BIO-0101", "Name": "Glucose", "Specimen": "Sérum", **more}
    content = {"Version": version, "BioPrescCodes": [told]}
    import_analyses(pages.world, json.dumps(content).encode())


def test_an_analysis_of_the_list_delivered_has_one_version(pages: Pages) -> None:
    page = pages.page("/analyses/BIO-0101?lang=en")
    assert page.count('<th scope="row">') == 1
    assert "came with this server" in page
    assert "<ins>" not in page
    assert f"{pages.world.fhir_base}/CodeSystem/$lookup?system=" in page


def test_the_list_of_analyses_leads_to_each_history(pages: Pages) -> None:
    for kind in ("CodeSystem", "ValueSet"):
        page = pages.page(f"/{kind}/BioPrescCodes?lang=en&q=BIO-0101")
        assert "/documentation/analyses/BIO-0101" in page, kind
    assert "/documentation/analyses/" not in pages.page("/CodeSystem/erx-refusal?lang=en")


def test_what_a_version_changed_is_marked_the_newest_first(fresh: Pages) -> None:
    brought(fresh, "1")
    brought(fresh, "2", Name="Glycémie")
    page = fresh.page("/analyses/BIO-0101?lang=en")
    assert page.index('<th scope="row">2') < page.index('<th scope="row">1')
    assert page.count("<ins>") == 1
    assert "<ins>Glycémie</ins>" in page
    assert "came with this server" not in page


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_code_that_no_list_had_is_told(pages: Pages, language: str) -> None:
    answer = pages.ask(f"/documentation/analyses/BIO-9999?lang={language}")
    assert answer.status_code == 404
    assert "BIO-9999" in answer.text
