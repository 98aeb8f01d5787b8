"""The vendors' pages, suppliers and peers in a real browser: 360 pixels, keyboard, axe on each."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.cesar.banks import load_instrument
from reports.cesar.supplied import AnswerSet, SuppliedAnswer
from reports.portal.desk import Desk
from tests.reports.cesar.test_dossier import bill
from tests.reports.portal.browsers import chromium, troubles
from tests.reports.portal.test_counting import whole
from tests.reports.portal.vendors import PDF
from tests.reports.portal.visitors import NOON, Visitor, portal

PHONE = {"viewport": {"width": 360, "height": 740}}
BELOW = (
    "",
    "/question/VA5",
    "/product",
    "/interviews",
    "/components",
    "/campaign",
    "/deeds",
    "/report",
    "/offer",
)
pytestmark = pytest.mark.slow


@pytest.fixture
def opened() -> Iterator[tuple[Desk, Callable[[], Visitor]]]:
    supplied = AnswerSet(
        supplier="Alpha Soft",
        product="AlphaMed 4",
        issued=NOON.date(),
        expires=NOON.date() + dt.timedelta(days=30),
        version=load_instrument("professional").version,
        answers={"B1": SuppliedAnswer(level=4, evidence="B")},
    )
    with portal(supplied=(supplied,)) as given:
        yield given


def comes_in(page: Any, address: str, file: Path, language: str) -> None:  # noqa: ANN401 - Playwright's page
    page.goto(f"{address}/vendor?lang={language}")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("main button[type=submit]").click()
    page.locator("#function").fill("Qualité")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/vendor/dossiers*")


def admitted(desk: Desk, folder: Path, *, is_reviewer: bool) -> Path:
    made = desk.office.admissions.admit("Alpha Soft", is_reviewer=is_reviewer)
    file = folder / f"{made.role}.json"
    file.write_text(made.model_dump_json(), encoding="utf-8")
    return file


def reviewed(dossier: str, opens: Path, *, address: str, language: str) -> list[str]:
    """Accept the evidence as a reviewer, and return what axe finds on the reviewer's pages."""
    with chromium(**PHONE, locale=language) as context:
        page = context.new_page()
        comes_in(page, address, opens, language)
        page.goto(f"{dossier}/question/VA5?lang={language}")
        page.locator("input[value=accepted]").check()
        page.locator("#note").fill("Vu.")
        page.locator("form[action*='/review'] button").click()
        page.wait_for_selector(".note.done")
        found: list[str] = []
        for below in BELOW:
            page.goto(f"{dossier}{below}?lang={language}")
            found += troubles(page)
        told = json.loads(page.request.get(f"{dossier}/dossier.json").body())
        assert told["result"]["replies"]["replies"]["VA5"]["evidence"] == "B"
    return found


@pytest.mark.parametrize(("language", "scripts"), [("fr", True), ("en", False), ("de", True)])
def test_a_vendor_answers_attaches_and_is_reviewed_at_360_pixels(
    opened: tuple[Desk, Callable[[], Visitor]], tmp_path: Path, language: str, *, scripts: bool
) -> None:
    desk, browser = opened
    address = str(browser().client.base_url).rstrip("/")
    proof, components = tmp_path / "proof.pdf", tmp_path / "bom.json"
    proof.write_bytes(PDF)
    components.write_bytes(bill())
    found: list[str] = []
    with chromium(**PHONE, locale=language) as context:
        page = context.new_page()
        if not scripts:
            page.route("**/*.js", lambda route: route.abort())
        page.goto(f"{address}/vendor?lang={language}")
        found += troubles(page)
        comes_in(page, address, admitted(desk, tmp_path, is_reviewer=False), language)
        found += troubles(page)
        page.locator("#product").fill("AlphaMed")
        page.locator("#product_version").fill("4.2")
        page.locator("input[value=oidc]").check()
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/vendor/dossier/*")
        dossier = page.url.partition("?")[0]
        page.goto(f"{dossier}/question/VA5?lang={language}")
        page.locator("input[name=VA5][value='4']").focus()
        page.keyboard.press("Space")
        page.locator("button[value=save]").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.locator("input[type=file]").set_input_files(proof)
        page.locator("form[action*='/evidence'] button[type=submit]").last.click()
        page.wait_for_selector(".files")
        page.goto(f"{dossier}/components?lang={language}")
        page.locator("input[type=file]").set_input_files(components)
        page.locator("main button[type=submit]").click()
        page.wait_for_selector(".note.done")
        for below in BELOW:
            page.goto(f"{dossier}{below}?lang={language}")
            found += troubles(page)
        assert page.locator("html").get_attribute("lang") == language
    opens = admitted(desk, tmp_path, is_reviewer=True)
    found += reviewed(dossier, opens, address=address, language=language)
    assert found == []


def test_suppliers_and_peers_have_nothing_serious_for_axe(
    opened: tuple[Desk, Callable[[], Visitor]],
) -> None:
    _, browser = opened
    people = [browser() for _ in range(10)]
    for one in people:
        whole(one)
        one.send("/cesar/count", {})
    person = people[-1]
    address = str(person.client.base_url).rstrip("/")
    with chromium(**PHONE) as context:
        kept = person.client.cookies["session-portal"]
        context.add_cookies([{"name": "session-portal", "value": kept, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/cesar/suppliers?lang=fr")
        assert page.locator("input[name=product]").count() == 1
        found = troubles(page)
        page.goto(f"{address}/cesar/result?lang=fr")
        assert "Parmi 10 cabinets" in page.inner_text("main")
        assert [*found, *troubles(page)] == []
