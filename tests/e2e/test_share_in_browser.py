"""A teacher's link: made on the page, opened by others, presented, and kept from page to page; in a real browser."""

import base64
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, newcomer, still

pytestmark = pytest.mark.browser

NOTE = "<b>right</b> gives up"

LARGE = """() => {
  const plot = document.querySelector(".st-key-plot-curves .seesaw-plot")
  const box = plot.getBoundingClientRect()
  const type = plot.querySelector(".xtick text")?.getBoundingClientRect().height
  return type >= 18 && box.width >= 0.9 * innerWidth && box.bottom <= innerHeight
}"""
"""Whether the curves fill the screen, with type that is read in the last row."""


def test_a_link_opens_as_it_was_made_and_is_presented(server: Server, browser: Browser, tab: Page) -> None:
    tab.goto(f"{server.address}/?pin=120:{NOTE}")
    still(tab)
    tab.get_by_role("button", name="Share").click()
    place = tab.get_by_test_id("stPopoverBody")
    place.get_by_role("button", name="settings on Play").click()
    place.get_by_text("Opens as a presentation").click()
    code = place.get_by_test_id("stCode")
    expect(code).to_contain_text("view=present")
    expect(code).to_contain_text("hide=panel")
    address = code.inner_text().strip()
    picture = place.get_by_role("img", name=address)
    source = picture.get_attribute("src") or ""
    assert b"<svg" in base64.b64decode(source.partition("base64,")[2])
    assert "view=" not in tab.url  # the page itself is as it was

    other = newcomer(browser)
    shown = other.new_page()
    shown.goto(address)
    expect(shown.locator(".seesaw-stage .count")).to_have_text("1 / 7")
    expect(shown.get_by_test_id("stHeader")).to_be_hidden()
    for _picture in range(4):
        shown.keyboard.press("PageDown")
    expect(shown.locator(".seesaw-stage .count")).to_have_text("5 / 7")
    # The curves alone, over the whole screen, with large type; the note's text is text.
    expect(shown.locator(".st-key-plot-curves [data-drawn]")).to_be_visible()
    expect(shown.locator(".st-key-plot-weights")).to_be_hidden()
    note = shown.locator(".st-key-plot-curves .annotation-text").filter(has_text="gives up")
    expect(note).to_have_text(NOTE)
    shown.wait_for_function(LARGE)

    shown.keyboard.press("Escape")
    expect(shown.get_by_test_id("stHeader")).to_be_visible()
    expect(shown.locator(".st-key-plot-weights")).to_be_visible()
    expect(shown.locator(".st-key-panel")).to_be_hidden()
    expect(shown).not_to_have_url(re.compile("view="))
    other.close()


def test_what_a_link_sets_survives_a_change_of_page_and_a_reload(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/transfer?hide=tables,answers&pin=9:a&view=present&lang=en")
    stage = tab.locator(".seesaw-stage .count")
    expect(stage).to_have_text("1 / 1")  # the answer is hidden, the picture is not
    tab.keyboard.press("ArrowRight")  # beyond the last picture
    expect(tab).to_have_url(re.compile(r"/sharing\?.*"))
    expect(tab).to_have_url(re.compile("view=present"))
    for part in ("hide=tables", "pin=9", "lang=en", "study="):
        expect(tab).to_have_url(re.compile(part))  # the address follows piece by piece
    tab.reload()
    expect(tab.locator(".seesaw-stage .heading")).not_to_be_empty()
    tab.keyboard.press("Escape")
    expect(tab.get_by_test_id("stTopNavLink").first).to_be_visible()
    expect(tab.get_by_test_id("stDataFrame").first).to_be_attached()
    assert not any(table.is_visible() for table in tab.get_by_test_id("stDataFrame").all())
