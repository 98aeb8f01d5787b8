"""Each kind of page is there, speaks three languages, and leads only where something is."""

import re
from html import unescape

import pytest

from reference_server.text import LANGUAGES
from tests.reference_server.documentation.conftest import Pages

KINDS = (
    "",
    "/StructureDefinition",
    "/StructureDefinition/erx-line",
    "/StructureDefinition/erx-line/source",
    "/StructureDefinition/erx-line/history",
    "/terminologies",
    "/ValueSet/BioPrescMotivatedCodes",
    "/CodeSystem/BioPrescCodes",
    "/CodeSystem/erx-refusal",
    "/NamingSystem/matricule",
    "/api",
    "/OperationDefinition/dispense",
    "/SearchParameter/erx-offset",
    "/CapabilityStatement/erx-server",
    "/examples",
    "/examples/line-no-motivation",
    "/examples/line-blood-count",
    "/services",
    "/services/prescriptions",
    "/services/audit",
    "/packages",
    "/packages/d1",
    "/search?q=motivation",
    "/search",
)
HREF = re.compile(r'href="([^"]+)"')


@pytest.mark.parametrize("path", KINDS)
def test_each_kind_of_page_is_there_in_each_language(pages: Pages, path: str) -> None:
    titles = set()
    for language in LANGUAGES:
        html = pages.page(path, headers={"accept-language": language})
        assert f'<html lang="{language}">' in html
        assert html.count("<h1>") == 1
        assert 'href="#content"' in html
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script", html)
        assert "documentation." not in re.sub(r'href="[^"]*"', "", html)
        titles.add(re.findall(r"<title>(.*?)</title>", html, re.DOTALL)[0])
    assert len(titles) == len(LANGUAGES)


def test_a_language_chosen_by_the_address_is_on_every_link_to_a_page(pages: Pages) -> None:
    html = pages.page("/StructureDefinition/erx-line?lang=de")
    for address in map(unescape, HREF.findall(html)):
        if address.startswith("/delivered/documentation"):
            assert "lang=" in address, address


def test_what_is_not_there_is_said_on_a_page_with_the_way_to_help(pages: Pages) -> None:
    for path in (
        "/StructureDefinition/erx-nothing",
        "/Nothing",
        "/Nothing/erx-line",
        "/examples/none",
        "/packages/77",
        "/services/none",
        "/StructureDefinition/erx-line/history?from=77",
    ):
        html = pages.page(path, status=404, headers={"accept-language": "en"})
        assert 'role="alert"' in html
    assert "&lt;script&gt;" in pages.page("/StructureDefinition/%3Cscript%3E", status=404)


def test_the_refusal_speaks_the_language_of_the_address(pages: Pages) -> None:
    html = pages.page("/examples/none?lang=de", status=404, headers={"accept-language": "fr"})
    assert '<html lang="de">' in html


def test_a_slash_too_many_leads_to_the_first_page(pages: Pages) -> None:
    answer = pages.ask("/documentation/?lang=de")
    assert (answer.status_code, answer.headers["location"]) == (
        308,
        "/delivered/documentation?lang=de",
    )


@pytest.mark.slow
def test_every_link_leads_somewhere(pages: Pages) -> None:
    waiting, seen = ["/documentation"], {"/documentation"}
    broken: list[tuple[str, int | str]] = []
    while waiting:
        path = waiting.pop()
        answer = pages.ask(path)
        if answer.status_code != 200:
            broken.append((path, answer.status_code))
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        anchors = set(re.findall(r'id="([^"]+)"', answer.text))
        for address in map(unescape, HREF.findall(answer.text)):
            if address.startswith("#"):
                if address[1:] not in anchors:
                    broken.append((path, address))
                continue
            own = address.partition("#")[0].removeprefix("https://lab.test:8443")
            if own.startswith("/delivered") and "lang=" not in own:
                below = own.removeprefix("/delivered")
                if below not in seen and "%24" not in below and "$" not in below:
                    seen.add(below)
                    waiting.append(below)
    assert broken == []
    assert len(seen) > 250
