"""The Methods page in a real browser: arrows under the hand and under the keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server

pytestmark = pytest.mark.browser


def test_arrows_follow_the_hand_and_the_keys(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/methods?method=mgda&pull=1,-1,1")
    plane, tip = tab.locator(".seesaw-arrows"), tab.locator(".seesaw-arrows .handle").nth(1)
    tip.wait_for()
    expect(plane).to_have_attribute("data-at", "4,10,30,9,4")
    expect(plane.locator("p")).to_contain_text("task 1 gains 0.5")
    shown = plane.locator(".method path").get_attribute("d")
    box = tip.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 40, y + 150, steps=4)
    assert plane.get_attribute("data-at") != "4,10,30,9,4", "at once, not when the hand lets go"
    assert plane.locator(".method path").get_attribute("d") != shown
    assert "pull=1%2C-1%2C1" in tab.url
    tab.mouse.up()
    expect(plane.locator("p")).to_contain_text("conflict")
    tab.wait_for_url(re.compile(r"pull=1%2C-0\."))
    tip.focus()
    before = str(plane.get_attribute("data-at")).split(",")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("PageUp")
    now = str(plane.get_attribute("data-at")).split(",")
    assert [int(now[place]) - int(before[place]) for place in (1, 2)] == [1, 5]
