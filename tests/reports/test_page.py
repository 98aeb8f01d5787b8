"""report.html: self-contained, navigable, complete, and readable without eyes or colours."""

import itertools
import re

import pytest

from reports.render.model import Report
from reports.render.page import anchor, render_html
from reports.render.texts import texts
from tests.reports import example
from tests.reports.pages import Page, read


@pytest.fixture(scope="module")
def report() -> Report:
    return example.bad()


@pytest.fixture(scope="module")
def html(report: Report) -> str:
    return render_html(report)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return read(html)


def test_the_page_asks_for_nothing_from_outside(html: str, page: Page) -> None:
    assert page.all("script", "link", "iframe", "img", "object") == []
    assert not re.search(r"@import|url\((?!\"data:)", html)
    for element in page.elements:
        for name in ("src", "href", "action", "xlink:href"):
            target = element.attributes.get(name, "#")
            assert target.startswith("#"), target
    policy = next(e for e in page.all("meta") if "http-equiv" in e.attributes)
    assert "default-src 'none'" in policy.attributes["content"]


def test_the_markup_is_balanced_and_ids_are_unique(page: Page) -> None:
    assert page.balanced
    assert len(page.ids()) == len(set(page.ids()))


def test_every_link_on_the_page_leads_somewhere(page: Page) -> None:
    ids = set(page.ids())
    for link in page.all("a", "use"):
        assert link.attributes["href"].removeprefix("#") in ids, link.attributes


def test_aria_references_point_to_what_is_there(page: Page) -> None:
    ids = set(page.ids())
    for element in page.elements:
        for reference in element.attributes.get("aria-labelledby", "").split():
            assert reference in ids


def test_headings_begin_with_one_first_level_and_skip_none(html: str, page: Page) -> None:
    levels = [int(e.name[1]) for e in page.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert not re.search(r"<h[1-4][^>]*>\s*</h", html)


def test_there_are_landmarks_and_a_way_past_the_navigation(page: Page) -> None:
    assert len(page.all("main")) == len(page.all("nav")) == len(page.all("footer")) == 1
    first = page.all("a")[0]
    assert first.attributes == {"class": "skip", "href": "#content"}


def test_every_table_has_a_caption_and_every_header_a_scope(page: Page) -> None:
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in header.attributes for header in page.all("th"))


def test_every_drawing_has_a_text_alternative_or_is_hidden(page: Page) -> None:
    for drawing in page.all("svg"):
        named = drawing.attributes.get("role") == "img" and drawing.attributes.get("aria-label")
        assert named or drawing.attributes.get("aria-hidden") == "true"


def test_what_scrolls_can_be_reached_with_the_keyboard(page: Page) -> None:
    scrolling = [e for e in page.elements if "scroll" in e.attributes.get("class", "").split()]
    assert scrolling
    for element in (*scrolling, *page.all("pre")):
        if element.name == "pre" and "role" not in element.attributes:
            continue
        assert element.attributes["tabindex"] == "0"
        assert element.attributes["aria-label"]


def test_the_page_is_in_the_language_it_declares(html: str) -> None:
    assert html.lower().startswith('<!doctype html>\n<html lang="fr"')


def test_the_first_section_holds_decision_counts_and_every_requirement(
    html: str, report: Report
) -> None:
    first = html[html.index('id="front"') : html.index('id="reading"')]
    assert report.report_number in first
    for requirement in report.requirements:
        assert f'href="#{anchor(requirement.id, "req")}"' in first
    for outcome in (report.outcome, report.outcome_with_assumed):
        assert texts("fr").t(f"report.outcome.{outcome}") in first


def test_every_finding_shows_expected_actual_where_clause_and_curl(
    html: str, page: Page, report: Report
) -> None:
    ids = set(page.ids())
    text = "".join(page.text)
    for finding in report.findings:
        assert anchor(finding.id, "finding") in ids
        assert finding.case in text
        if finding.curl:
            assert finding.curl in text
    assert html.count(">Attendu<") == html.count(">Constaté<") == len(report.findings)


def test_a_finding_leads_to_the_excerpt_of_its_evidence(html: str, report: Report) -> None:
    shown = {excerpt.record for excerpt in report.excerpts}
    cited = {f.evidence.record for f in report.findings if f.evidence}
    for record in cited & shown:
        assert f'href="#record-{record}"' in html
        assert f'id="record-{record}"' in html


def test_what_comes_from_a_product_cannot_become_markup(report: Report) -> None:
    evil = "<script>alert(1)</script>"
    subject = report.subject.model_copy(update={"product": evil, "vendor": evil})
    finding = report.findings[0].model_copy(update={"actual": evil, "curl": evil})
    lab = report.lab.model_copy(update={"name": '</style><script>"evil"</script>'})
    changed = report.model_copy(
        update={"subject": subject, "lab": lab, "findings": (finding, *report.findings[1:])}
    )
    assert "<script" not in render_html(changed)


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_every_language_says_what_the_report_is_not(report: Report, language: str) -> None:
    text = "".join(read(render_html(report, language=language)).text)
    for message_id in ("phrase", "care", "affiliation"):
        assert texts(language).t(f"report.local.{message_id}") in text
    assert ("Translation" in text or "Übersetzung" in text) is (language != "fr")


def test_colours_of_text_reach_4_5_to_1_on_their_ground(html: str) -> None:
    root = html[html.index(":root") :]
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", root, re.DOTALL)[:2]
    for block in (light, dark):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for name in ("ink", "soft", "link", "accent", "stamp"):
            for ground in ("paper", "ground", "tint"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        for name in ("pass", "warn", "review", "inconclusive", "error", "fail", "not-applicable"):
            assert contrast(colours[name], colours[f"{name}-ground"]) >= 4.5, name
            assert contrast(colours[name], colours["paper"]) >= 4.5, name


def contrast(first: str, second: str) -> float:
    """WCAG 2.1 contrast of two colours."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
