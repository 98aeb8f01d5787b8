"""report.pdf: tagged, declared PDF/A-3a, with report.json inside and the text a reader needs."""

import io

import pikepdf
import pypdfium2
import pytest

from reports.render.canonical import to_json
from reports.render.model import Report
from reports.render.pdf import render_pdf
from reports.render.texts import texts
from tests.reports import example


@pytest.fixture(scope="module")
def report() -> Report:
    return example.bad()


@pytest.fixture(scope="module")
def content(report: Report) -> bytes:
    return render_pdf(report)


@pytest.fixture(scope="module")
def document(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


@pytest.fixture(scope="module")
def pages(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as opened:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in opened]


def test_the_pdf_is_tagged(document: pikepdf.Pdf) -> None:
    assert document.Root.MarkInfo.Marked
    assert document.Root.StructTreeRoot.K
    assert document.Root.Lang == "fr"
    assert document.Root.ViewerPreferences.DisplayDocTitle


def test_the_pdf_declares_pdf_a_3a_with_an_output_intent(document: pikepdf.Pdf) -> None:
    intents = document.Root.OutputIntents
    assert intents[0].S == "/GTS_PDFA1"
    assert intents[0].DestOutputProfile
    with document.open_metadata() as xmp:
        assert xmp["pdfaid:part"] == "3"
        assert xmp["pdfaid:conformance"] == "A"


def test_the_attachment_is_report_json_byte_for_byte(document: pikepdf.Pdf, report: Report) -> None:
    assert list(document.attachments) == ["report.json"]
    attached = document.attachments["report.json"]
    assert attached.get_file().read_bytes() == to_json(report)
    assert attached.relationship == "/Source"
    assert document.Root.AF[0].AFRelationship == "/Source"


def test_every_font_is_embedded(document: pikepdf.Pdf) -> None:
    descriptors = [
        o
        for o in document.objects
        if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
    ]
    assert descriptors
    assert all(any(f"/FontFile{n}" in one for n in ("", "2", "3")) for one in descriptors)


def test_the_first_page_holds_decision_matrix_and_number(pages: list[str], report: Report) -> None:
    spoken = texts("fr")
    first = pages[0]
    assert report.report_number in first
    assert spoken.t("report.outcome.undecided") in first
    assert spoken.t("report.outcome.not-eligible") in first
    for requirement in report.requirements:
        assert requirement.id in first


def test_every_page_says_what_it_is_not_and_counts_itself(pages: list[str], report: Report) -> None:
    for number, page in enumerate(pages, start=1):
        assert "exécution locale, ne vaut pas label" in page
        assert "jamais pour des soins" in page
        assert "Agence eSanté, eQualis, Vidal, HL7 ou LuxTrust" in page
        assert f"page {number} sur {len(pages)}" in page
        assert report.report_number in page
    assert f"Fin du rapport {report.report_number}" in pages[-1]


def test_every_finding_to_act_on_is_there_in_full(pages: list[str], report: Report) -> None:
    text = " ".join(pages)
    broken = [one for one in report.findings if one.verdict == "FAIL"]
    assert broken
    for finding in broken:
        assert finding.id.split("/")[0] in text.replace("- ", "-")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_translation_says_so(language: str) -> None:
    content = render_pdf(example.good(), language=language)
    with pypdfium2.PdfDocument(content) as opened:
        first = " ".join(opened[0].get_textpage().get_text_bounded().split())
    assert texts(language).t("report.translation") in first
    assert texts(language).t("report.local.phrase") in first
