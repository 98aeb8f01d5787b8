"""In a real browser axe finds nothing serious, nothing overflows, the policy is never broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server.services.documentation.store import keep_package
from reference_server.specification.model import DEFAULT_BASE
from tests.reference_server.documentation.conftest import package, stricter_line
from tests.reference_server.standing import Standing, standing_server

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
PLACES = (
    "/documentation",
    "/documentation/StructureDefinition",
    "/documentation/StructureDefinition/erx-line",
    "/documentation/StructureDefinition/erx-submission?view=snapshot",
    "/documentation/StructureDefinition/erx-line/source",
    "/documentation/StructureDefinition/erx-line/history",
    "/documentation/terminologies",
    "/documentation/CodeSystem/BioPrescCodes",
    "/documentation/analyses/BIO-0102",
    "/documentation/ValueSet/BioPrescMotivatedCodes",
    "/documentation/NamingSystem/matricule",
    "/documentation/OperationDefinition/dispense",
    "/documentation/CapabilityStatement/erx-server",
    "/documentation/examples",
    "/documentation/examples/line-no-motivation",
    "/documentation/services/prescriptions",
    "/documentation/packages",
    "/documentation/packages/1",
    "/documentation/search?q=motivation",
    "/documentation/StructureDefinition/none",
    "/errors",
)
LOOKS = ((1280, "light", "fr"), (360, "dark", "de"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Standing, str]]:
    with standing_server(tmp_path_factory.mktemp("tls")) as standing:
        world = standing.open()
        keep_package(world, package(stricter_line), base=DEFAULT_BASE)
        yield standing, world.base_url


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_serious_and_nothing_overflows(
    served: tuple[Standing, str], browser: object, look: tuple[int, str, str]
) -> None:
    _, base = served
    width, scheme, language = look
    context = browser.new_context(  # type: ignore[attr-defined]  # playwright is imported late
        viewport={"width": width, "height": 900}, color_scheme=scheme, ignore_https_errors=True
    )
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    found: list[str] = []
    for place in PLACES:
        sign = "&" if "?" in place else "?"
        page.goto(f"{base}{place}{sign}lang={language}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{place}: wider than {width}")
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [node["html"][:120] for node in violation["nodes"][:2]]
                found.append(f"{place}: {violation['id']} {nodes}")
    context.close()
    assert found == []
    assert [each for each in told if "Content Security Policy" in each] == []


def test_the_whole_way_goes_by_keyboard(served: tuple[Standing, str], browser: object) -> None:
    _, base = served
    context = browser.new_context(ignore_https_errors=True)  # type: ignore[attr-defined]  # as above
    page = context.new_page()
    page.goto(f"{base}/documentation?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "find":
            break
    page.keyboard.type("motivation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert page.locator("ol.found li").count() >= 3
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def test_a_page_prints_whole_on_paper(
    served: tuple[Standing, str], browser: object, tmp_path: Path
) -> None:
    _, base = served
    context = browser.new_context(ignore_https_errors=True)  # type: ignore[attr-defined]  # as above
    page = context.new_page()
    page.goto(f"{base}/documentation/StructureDefinition/erx-line?lang=en")
    content = page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    context.close()
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(content)
    text = "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    assert "erx-line-2" in text
    assert "ServiceRequest" in text
    assert "Search the specification" not in text
