"""In a real browser: whole journeys by keyboard alone at 360 pixels, and axe on every page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.reports.portal.browsers import chromium, troubles
from tests.reports.portal.process import running

PHONE = {"viewport": {"width": 360, "height": 740}}
WORDS = {"fr": "Rapport complet", "en": "Whole report", "de": "Ganzer Bericht"}
LEVELS = (2, 3, 1, 6, 3)  # how far down the ladder each next question is answered

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("portal")) as served:
        yield served.origin


@contextmanager
def person(address: str, **wanted: Any) -> Iterator[Any]:  # noqa: ANN401 - Playwright's page
    with chromium(**wanted) as context:
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((address, "data:"))
                else wrong.append(f"asked {asked.url}")
            ),
        )
        yield page
        assert wrong == []


def tab_to(page: Any, is_there: str) -> None:  # noqa: ANN401 - as above
    """Press Tab until the element in focus answers a condition (JavaScript on `e`)."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {is_there}; }})()"):
            return
    raise AssertionError(is_there)


def press_on(page: Any, is_there: str) -> None:  # noqa: ANN401 - as above
    tab_to(page, is_there)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Any, name: str, down: int) -> None:  # noqa: ANN401 - as above
    """Choose with the arrows of the keyboard; a space takes the first."""
    tab_to(page, f"e.name === '{name}'")
    page.keyboard.press("Space")
    for _ in range(down):
        page.keyboard.press("ArrowDown")


def profile_by_keyboard(page: Any, address: str, language: str) -> str:  # noqa: ANN401 - as above
    """Go to the first question; return the code shown on the way."""
    page.goto(f"{address}/?lang={language}")
    press_on(page, "e.pathname === '/cesar/profile'")
    for name, down in (("profession", 0), ("size", 0), ("dev", 1), ("cloud", 1)):
        choose(page, name, down)
    press_on(page, "e.type === 'submit'")
    code = str(page.locator(".code code").inner_text())
    press_on(page, "(e.pathname || '').startsWith('/cesar/question/')")
    return code


def answered_by_keyboard(page: Any, look: Callable[[], None]) -> int:  # noqa: ANN401 - as above
    asked = 0
    while "/cesar/result" not in page.url:
        look()
        if "/cesar/first" in page.url:
            press_on(page, "(e.pathname || '').startsWith('/cesar/question/')")
            continue
        if "/cesar/again/" not in page.url:
            choose(page, page.url.rpartition("/")[2].partition("?")[0], LEVELS[asked % 5])
            asked += 1
        press_on(page, "e.type === 'submit' && !e.name")
    return asked


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_professional_finishes_by_keyboard_alone_at_360_pixels_and_opens_the_pdf(
    address: str, language: str
) -> None:
    with person(address, **PHONE, locale=language) as page:
        profile_by_keyboard(page, address, language)
        found: list[str] = []
        seen: set[str] = set()

        def look() -> None:
            kind = page.url.partition("?")[0].split("/")[4]
            if kind not in seen:
                seen.add(kind)
                found.extend(troubles(page))

        assert 20 <= answered_by_keyboard(page, look) <= 28
        assert page.locator("html").get_attribute("lang") == language
        found += troubles(page)
        assert found == []
        with page.expect_response(is_pdf, timeout=120_000) as made:
            tab_to(page, f"(e.textContent || '').startsWith('{WORDS[language]}')")
            page.keyboard.press("Enter")
        assert made.value.status == 200


def is_pdf(answer: Any) -> bool:  # noqa: ANN401 - as above
    return str(answer.headers.get("content-type", "")).startswith("application/pdf")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(address: str, scheme: str) -> None:
    with person(address, **PHONE, color_scheme=scheme, locale="fr") as page:
        found: list[str] = []
        for path in ("/", "/cesar/profile", "/cesar/resume", "/cesar/form", "/nowhere"):
            page.goto(address + path)
            found += troubles(page)
        page.goto(address + "/cesar/profile")
        page.click("form button")
        found += troubles(page)
        for name, value in (("profession", "doctor"), ("size", "small"), ("dev", "no")):
            page.check(f"[name={name}][value={value}]")
        page.check("[name=cloud][value=no]")
        page.click("form button")
        found += troubles(page)
        for path in ("question/A1", "all", "type", "overview", "leave", "first", "result"):
            page.goto(f"{address}/cesar/{path}")
            found += troubles(page)
        page.goto(f"{address}/cesar/all")
        page.check("[name=B1][value='0']")
        page.check("[name=B2][value='4']")
        page.click("form .buttons button")
        assert "/cesar/again/" in page.url
        found += troubles(page)
        page.click("form .buttons button")
        page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        found += troubles(page)
        assert found == []


def test_answers_are_saved_as_one_goes_and_resumed_on_another_device(address: str) -> None:
    with person(address, **PHONE, locale="fr") as here:
        code = profile_by_keyboard(here, address, "fr")
        with here.expect_response(lambda answer: answer.request.method == "POST"):
            here.check("input[type=radio] >> nth=4")
        here.wait_for_function("document.querySelector('[data-live]').textContent.includes('1')")
    with person(address, locale="fr") as there:
        there.goto(f"{address}/cesar/resume")
        there.fill("[name=code]", code)
        there.click("form button")
        assert "Bon retour" in there.locator("main").inner_text()
        there.goto(f"{address}/cesar/leave")
        there.click("button.danger")
        assert "effac" in there.locator("main").inner_text()
        there.goto(f"{address}/cesar/resume")
        there.fill("[name=code]", code)
        there.click("form button")
        assert there.locator(".fault").count() == 1


def test_without_a_connection_it_is_said_that_nothing_was_saved(address: str) -> None:
    with person(address, **PHONE, locale="fr") as page:
        profile_by_keyboard(page, address, "fr")
        page.context.set_offline(True)
        page.check("input[type=radio] >> nth=2")
        page.locator("[data-live].trouble").wait_for()
        page.context.set_offline(False)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.check("input[type=radio] >> nth=3")
        page.locator("[data-live]:not(.trouble)").wait_for()


def test_without_javascript_the_pdf_comes_all_the_same(address: str, tmp_path: Path) -> None:
    with chromium(java_script_enabled=False, locale="fr") as context:
        page = context.new_page()
        page.goto(f"{address}/cesar/form")
        for name, value in (("profession", "nurse"), ("size", "solo"), ("dev", "no")):
            page.check(f"[name={name}][value={value}]")
        page.check("[name=cloud][value=no]")
        with page.expect_response(is_pdf, timeout=120_000) as made:
            page.click("form button")
        assert made.value.status == 200
    assert list(tmp_path.iterdir()) == []
