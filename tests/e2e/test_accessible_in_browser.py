"""Every page in both themes under axe-core: nothing that keeps people out, and nothing that is hard to read."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, still

pytestmark = pytest.mark.browser

CHART, TABLE = ".js-plotly-plot .main-svg", "[data-testid=stDataFrame] canvas"
PAGES = {
    "play": CHART,
    "transfer": CHART,
    "sharing": CHART,
    "conflict": CHART,
    "tradeoff": CHART,
    "together": CHART,
    "try": ".seesaw-pads canvas",
    "learn": "[class*=st-key-lesson-] button",
    "landscape": CHART,
    "methods": ".seesaw-arrows .handle",
    "studies": TABLE,
}
"""What is there once a page is drawn."""

GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 30)"}


def test_no_page_has_a_serious_finding(server: Server, tab: Page) -> None:
    found: list[str] = []
    tab.goto(server.address)
    for name, drawn in PAGES.items():
        if name != "play":
            tab.locator(f"a[href*='/{name}']").first.click()
            tab.wait_for_url(re.compile(f"/{name}"))
        tab.locator(drawn).first.wait_for()
        still(tab)
        wear(tab, "light")
        found += findings(tab, f"{name}, light")
        # A theme changes colours alone, so the other rules need only one look.
        wear(tab, "dark")
        found += findings(tab, f"{name}, dark", runOnly=["color-contrast"])
    assert not found, "\n".join(found)


def wear(tab: Page, theme: Any) -> None:
    """Put the page in the theme of the visitor's system."""
    tab.emulate_media(color_scheme=theme)
    expect(tab.locator(".stApp")).to_have_css("background-color", GROUNDS[theme])
    tab.wait_for_timeout(250)  # colours fade into each other


def findings(tab: Page, where: str, **options: Any) -> list[str]:
    """What axe-core calls serious or critical, each part of the page by itself."""
    answer = Axe().run(tab, options={"resultTypes": ["violations"]} | options).response
    return [
        f"{where}: {fault['id']} at {part['target']}: {part['failureSummary']}"
        for fault in answer["violations"]
        if fault["impact"] in ("serious", "critical")
        for part in fault["nodes"]
    ]
