"""A real browser at the portal: Chromium driven by Playwright, and axe looking at every page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

SERIOUS: Final = {"serious", "critical"}


def tool(name: str) -> Any:  # noqa: ANN401 - modules that may be absent
    """Return a module of the test tools, or skip the test saying which is absent."""
    return pytest.importorskip(name, reason=f"{name} is not installed")


@contextmanager
def chromium(**wanted: Any) -> Iterator[Any]:  # noqa: ANN401 - Playwright's own options
    """Give a browser context (one person's cookies); skipped where Chromium is absent."""
    playwright = tool("playwright.sync_api")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found)
        try:
            context = browser.new_context(**wanted)
            context.set_default_timeout(60_000)
            yield context
        finally:
            browser.close()


def troubles(page: Any) -> list[str]:  # noqa: ANN401 - a page of Playwright
    """Return what axe finds serious on a page, and whether it is wider than the screen."""
    axe = tool("axe_playwright_python.sync_playwright").Axe()
    found = [
        f"{page.url}: {one['id']} ({one['impact']}) {one['nodes'][0]['html'][:120]}"
        for one in axe.run(page).response["violations"]
        if one["impact"] in SERIOUS
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"{page.url}: {wide} px too wide"] if wide > 0 else [])]
