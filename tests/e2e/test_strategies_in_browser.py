"""Several sharing strategies in a real browser: chosen, trained, watched, compared, and found again by link."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Server, newcomer, still, unfold, until

pytestmark = pytest.mark.browser

SHARED = ("hard", "cross_stitch", "mmoe")
TITLES = ("Cross-stitch units", "Multi-gate mixture of experts")


def parameters(tab: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlparse(tab.evaluate("location.href")).query).items()}


def button(tab: Page, place: str) -> Locator:
    return tab.locator(f".st-key-command-{place} button")


def curves(tab: Page) -> Locator:
    return tab.locator(".st-key-plot-curves .seesaw-plot[data-drawn]").last


def written(tab: Page, key: str) -> list[str]:
    """The words that stand in a still chart."""
    chart = tab.locator(f".st-key-chart-{key} .js-plotly-plot").last
    chart.wait_for()
    notes: list[Any] = chart.evaluate("node => (node.layout?.annotations || []).map(note => note.text)")
    return notes


def open_page(tab: Page, name: str) -> None:
    tab.get_by_role("link", name=name).first.click()
    tab.locator("h1", has_text=name).wait_for()
    tab.get_by_text("Make this study again").wait_for()  # the page's last words: all of it was read


def groups(tab: Page) -> list[str]:
    return [text for text in written(tab, "transfer") if text.startswith("<b>") and "</b>  " not in text]


def test_three_strategies_are_chosen_trained_watched_compared_and_found_again(
    tab: Page, server: Server, browser: Browser
) -> None:
    tab.goto(f"{server.address}/?seeds=2&weights=3&steps=600")
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    for title in TITLES:
        unfold(tab.locator(".st-key-play-strategies input"))
        tab.get_by_role("option", name=title).click()
        tab.keyboard.press("Escape")
        expect(tab.get_by_text(f"Options of {title}")).to_be_visible()
    until(lambda: parameters(tab).get("strategies") == ",".join(SHARED))
    before = parameters(tab).get("study")
    tab.locator(".st-key-train button").click()
    until(lambda: parameters(tab).get("study") != before)
    study = parameters(tab)["study"]

    # Live: held at some step, every strategy's curves can be looked at.
    button(tab, "toggle").filter(has_text="Pause").click()
    until(lambda: server.store.get(study).state == "paused")
    tab.get_by_text("Step through one update").wait_for()  # what a paused study has more: all stands where it stays
    curves(tab).wait_for()
    still(tab)
    unfold(tab.locator(".st-key-run input"))
    for name in SHARED[1:]:
        expect(tab.get_by_role("option", name=f"{name} · equal", exact=True)).to_be_visible()
    tab.get_by_role("option", name="mmoe · equal", exact=True).click()
    until(lambda: "mmoe · equal" in str(curves(tab).get_attribute("aria-label")).partition(":")[0])
    tab.keyboard.press("Escape")
    button(tab, "toggle").filter(has_text="Resume").click()
    until(lambda: server.store.get(study).state == "finished")
    tab.locator(".st-key-plot-tradeoff .seesaw-plot[data-drawn]").get_by_text("test split").wait_for()

    open_page(tab, "Trade-off")
    assert [f"<b>{name}</b>" for name in SHARED] == [text for text in written(tab, "plane") if text.startswith("<b>")]
    open_page(tab, "Conflict")
    for name in SHARED:
        expect(tab.locator("strong", has_text=f"{name} · equal").first).to_be_visible()
    open_page(tab, "Transfer")
    assert groups(tab) == [f"<b>{name}</b>" for name in SHARED]
    tab.locator(".st-key-group").get_by_text("balancing method").click()
    until(lambda: "<b>equal</b>" in groups(tab))
    until(lambda: "group" in parameters(tab))
    there = written(tab, "transfer")

    tab.reload()
    until(lambda: written(tab, "transfer") == there)
    elsewhere = newcomer(browser)
    other = elsewhere.new_page()
    other.goto(tab.evaluate("location.href"))
    until(lambda: written(other, "transfer") == there)
    elsewhere.close()
