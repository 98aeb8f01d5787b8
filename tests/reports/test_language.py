"""French is the authoritative text, English and German translate it, and none leaks."""

import re
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from reports.render.junit import render_junit
from reports.render.page import render_html, render_print
from reports.render.texts import glossary, texts
from tests.reports import example
from tests.reports.pages import read, residue

REPORTS = Path(__file__).parents[2] / "reports"
FOLDERS = (REPORTS / "messages", REPORTS / "cli" / "messages")

# Words that are the same in two languages, and signs.
SAME = {
    "report.page",
    "report.colon",
    "report.date",
    "report.product.version",
    "report.product.build",
    "report.reached.console",
    "report.counts.total",
    "report.authority.national",
    "report.method.journal",
    "report.environment.transport",
    "report.method.people",
    "cli.diff.absent",
    "report.evidence.journal",
    "report.evidence.length",
    "report.scope.module",
    "report.severity.observation",
    "report.requirement.verdict",
    "report.requirement.obligation",
    "report.summary.total",
    "cli.colon",
    "cli.result",
    "cli.argparse.options",
    "cli.argparse.positional",
}


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.parent.name)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return Catalogue.load(request.param)


def test_every_sentence_is_there_in_three_languages(catalogue: Catalogue) -> None:
    assert catalogue.ids("fr") == catalogue.ids("en") == catalogue.ids("de")


def test_no_sentence_is_left_untranslated(catalogue: Catalogue) -> None:
    for message_id in catalogue.ids("fr") - SAME:
        parameters = dict.fromkeys(catalogue.parameters(message_id), "x")
        spoken = [catalogue.render(message_id, parameters, language) for language in LANGUAGES]
        assert len(set(spoken)) == len(LANGUAGES), message_id


def test_french_has_its_own_typography(catalogue: Catalogue) -> None:
    for message_id in catalogue.ids("fr"):
        parameters = dict.fromkeys(catalogue.parameters(message_id), "x")
        sentence = catalogue.render(message_id, parameters, "fr")
        assert not re.search(r" [:;!?»]|« |'", sentence), sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("render", [render_html, render_print])
def test_a_page_holds_no_word_of_another_language(render: object, language: str) -> None:
    assert callable(render)
    for report in (example.good(), example.bad()):
        page = read(render(report, language=language))
        assert len(page.words) > 1000
        assert residue(page, language) == set()


def test_the_residue_test_notices_one_english_sentence() -> None:
    page = read("<p>Tout est conforme.</p><p>The request was not found.</p>")
    assert residue(page, "fr") >= {"The", "not", "request"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_speaks_the_language_chosen(language: str) -> None:
    content = render_junit(example.bad(), language=language).decode()
    assert texts(language).t("report.local.phrase") in content


def test_every_message_id_that_the_code_names_exists() -> None:
    known = frozenset[str]().union(*(Catalogue.load(folder).ids() for folder in FOLDERS))
    for file in (*REPORTS.rglob("*.py"), *REPORTS.rglob("*.j2")):
        named = re.findall(r"[\"']((?:report|cli)\.[a-z0-9.-]+)[\"']", file.read_text("utf-8"))
        for message_id in named:
            prefixes = message_id.endswith(".") and any(k.startswith(message_id) for k in known)
            module = message_id.startswith("report.schema") or message_id in FILES
            assert message_id in known or prefixes or module, (file.name, message_id)


FILES = {"report.json", "report.html", "report.pdf", "report.html.j2", "report.css"}


def test_every_sentence_is_used_somewhere() -> None:
    sources = "".join(
        file.read_text("utf-8") for suffix in ("*.py", "*.j2") for file in REPORTS.rglob(suffix)
    )
    stems = set(re.findall(r"[\"'](?:report|cli)\.[a-z0-9.-]*", sources))
    stems |= set(re.findall(r"f\"((?:report|cli)\.[a-z.-]+)\{", sources))
    cleaned = {stem.strip("\"'") for stem in stems}
    for folder in FOLDERS:
        for message_id in Catalogue.load(folder).ids():
            used = any(
                message_id == stem or (stem.endswith(".") and message_id.startswith(stem))
                for stem in cleaned
            )
            assert used, message_id


def test_the_glossary_explains_each_term_once_in_every_language() -> None:
    for language in LANGUAGES:
        terms = [entry.term.of(language) for entry in glossary()]
        assert len(terms) == len(set(terms))
        assert all(entry.meaning.of(language).endswith(".") for entry in glossary())
