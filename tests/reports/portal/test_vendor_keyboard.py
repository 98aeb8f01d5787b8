"""A vendor's whole way by keyboard alone: signed in by the provider, answered, reviewed, printed.

At 360 pixels in a real browser, in each language; axe looks at every page, the provider's too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.reference_server.standing import Browser, Standing, standing_server
from tests.reports.portal.browsers import chromium, troubles
from tests.reports.portal.process import running
from tests.reports.portal.test_browser import PHONE, choose, is_pdf, press_on, tab_to
from tests.reports.portal.test_vendor_sign_in import AUDITOR, OFFICER, REVIEWERS
from tests.reports.portal.vendors import PDF

SUBMITS: Final = "e.type === 'submit'"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("tls")) as standing:
        yield standing


@pytest.fixture
def address(server: Standing, tmp_path: Path) -> Iterator[str]:
    """A portal as people start it, at the provider of a World of its own."""
    world = server.open()
    issuer = Browser(world, server.trust()).issuer
    words = ("--issuer", issuer, "--issuer-authority", str(server.authority))
    with running(tmp_path / "portal", *words, "--reviewers", REVIEWERS) as served:
        yield served.origin
    server.registry.close(world.name)


class Person:
    """One person at a keyboard: goes where Tab leads, and axe looks at every page seen."""

    def __init__(self, page: Any, address: str) -> None:  # noqa: ANN401 - Playwright's page
        self.page = page
        self.address = address
        self.found: list[str] = []
        # Playwright asks for choosers only while somebody listens, and does not wait until it may:
        # whoever begins to listen with the key that opens one can be too late.
        page.on("filechooser", lambda _chooser: None)

    def write(self, name: str, text: str) -> None:
        tab_to(self.page, f"e.name === '{name}'")
        self.page.keyboard.type(text)

    def press(self, is_there: str) -> None:
        """Press Enter where Tab finds something, and look at the page that comes."""
        press_on(self.page, is_there)
        self.look()

    def follow(self, ending: str) -> None:
        """Follow the link whose path ends so."""
        self.press(f"(e.pathname || '').endsWith('{ending}')")

    def look(self) -> None:
        self.page.wait_for_load_state("load")
        self.found += troubles(self.page)

    def attach(self, file: Path) -> None:
        tab_to(self.page, "e.type === 'file'")
        with self.page.expect_file_chooser() as chosen:
            self.page.keyboard.press("Enter")
        chosen.value.set_files(file)
        self.press(SUBMITS)

    def signs_in(self, username: str, function: str, language: str) -> None:
        self.page.goto(f"{self.address}/vendor?lang={language}")
        self.look()
        self.follow("/vendor/sign-in")
        self.write("username", username)
        self.write("password", f"test-{username}")
        self.press(f"{SUBMITS} && !(e.formAction || '').includes('cancel')")
        assert "/vendor/who" in self.page.url, self.page.url
        self.write("function", function)
        self.press("e.type === 'submit' && e.closest('main')")
        assert "/vendor/dossiers" in self.page.url, self.page.url

    def signs_out(self) -> None:
        self.press("e.type === 'submit' && e.closest('.who')")
        self.page.wait_for_url(f"{self.address}/vendor")
        assert self.page.locator(".note").count() == 1


@contextmanager
def people(address: str, language: str) -> Iterator[tuple[Person, Person]]:
    """Give two people, each with a browser of their own."""
    wanted: dict[str, Any] = {**PHONE, "locale": language, "ignore_https_errors": True}
    with chromium(**wanted) as context:
        other = context.browser.new_context(**wanted)
        other.set_default_timeout(60_000)
        yield Person(context.new_page(), address), Person(other.new_page(), address)


def dossier_begun(dev: Person) -> str:
    dev.write("organisation", "Alpha Soft")
    dev.write("product", "AlphaMed")
    dev.write("product_version", "4.2")
    for tag in ("web", "oidc"):
        tab_to(dev.page, f"e.value === '{tag}'")
        dev.page.keyboard.press("Space")
    dev.press("e.type === 'submit' && e.closest('main')")
    return str(dev.page.url.partition("?")[0])


def answered(dev: Person, proof: Path) -> None:
    """Answer three questions: by a level with evidence, by "I don't know", and skip one."""
    page = dev.page
    dev.press("(e.pathname || '').includes('/question/')")
    first = page.url.partition("?")[0].rpartition("/")[2]
    choose(page, first, 4)
    dev.press("e.value === 'save'")
    dev.attach(proof)
    assert page.locator(".files li").count() == 1
    dev.press("e.type === 'submit' && !e.name && !!e.closest('form[data-autosave]')")
    second = page.url.partition("?")[0].rpartition("/")[2]
    choose(page, second, 6)
    assert page.locator("input[value=unknown]").is_checked()
    dev.press("e.type === 'submit' && !e.name && !!e.closest('form[data-autosave]')")
    dev.press("e.value === 'skip'")


def reviewed(lab: Person, dossier: str) -> None:
    """Accept the evidence with a note, and release what the vendor offers its customers."""
    lab.follow(dossier.rpartition("/")[2])
    lab.press("(e.pathname || '').includes('/question/')")
    choose(lab.page, "word", 0)
    lab.write("note", "Vu.")
    lab.press("e.type === 'submit' && !!e.closest('form[action*=\"/review\"]')")
    lab.follow(dossier.rpartition("/")[2])
    lab.follow("/offer")
    lab.press("e.value === 'release'")
    lab.follow("/offer")


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_vendor_goes_the_whole_way_by_keyboard_alone_at_360_pixels(
    address: str, tmp_path: Path, language: str
) -> None:
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(PDF)
    with people(address, language) as (dev, lab):
        dev.signs_in(OFFICER, "Qualité", language)
        dossier = dossier_begun(dev)
        answered(dev, proof)
        dev.follow(dossier.rpartition("/")[2])
        dev.follow("/offer")
        tab_to(dev.page, "e.name === 'B1'")
        for _ in range(4):
            dev.page.keyboard.press("ArrowDown")
        dev.press("e.value === 'ask'")
        lab.signs_in(AUDITOR, "Relecture", language)
        reviewed(lab, dossier)
        lab.signs_out()
        dev.page.goto(dossier)
        dev.follow("/offer")
        assert dev.page.locator("a[href$='/offer.jws']").count() == 1
        dev.follow(dossier.rpartition("/")[2])
        dev.follow("/report")
        assert dev.page.locator("html").get_attribute("lang") == language
        with dev.page.expect_response(is_pdf, timeout=120_000) as made:
            tab_to(dev.page, "(e.pathname || '').endsWith('/report.pdf')")
            dev.page.keyboard.press("Enter")
        assert made.value.status == 200
        dev.page = dev.page.context.new_page()  # the other still opens the PDF
        dev.page.goto(dossier)
        dev.signs_out()
        assert [*dev.found, *lab.found] == []
