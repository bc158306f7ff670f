"""Play's controls of how a text is trained, in a real browser."""

import json
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, still, unfold, until

pytestmark = pytest.mark.browser


def asked(tab: Page, name: str) -> str:
    """What the address bar says of a setting; empty where it is as usual."""
    return parse_qs(urlparse(tab.evaluate("location.href")).query).get(name, [""])[-1]


def choose(tab: Page, label: str, option: str) -> None:
    still(tab)
    unfold(tab.get_by_role("combobox", name=label))
    tab.get_by_role("option", name=option, exact=True).click()


def test_tasks_join_and_sources_are_seen_equally_from_the_form(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/?suite=phrases&steps=30&seeds=1")
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    expect(tab.get_by_text("seesaw pretrain phrases")).to_be_visible()
    choose(tab, "Progressive training", "Tasks join one after another")
    until(lambda: [phase["steps"] for phase in json.loads(asked(tab, "phases") or "[]")] == [10, 10, 10])
    choose(tab, "Task sampling", "Equally many")
    until(lambda: asked(tab, "sampling") == "equal")
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    tab.reload()
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    expect(tab.get_by_text("Trained in 3 phases")).to_be_visible()
    assert asked(tab, "sampling") == "equal"


def test_a_path_is_asked_for_in_a_table_and_a_bad_row_is_told(tab: Page, server: Server) -> None:
    way = [[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]
    tab.goto(f"{server.address}/?suite=vitals&methods={json.dumps([{'name': 'path', 'way': way}])}")
    train = tab.locator(".st-key-train button")
    expect(train).to_be_enabled()
    tab.get_by_text("Options of Path of weights").click()
    table = tab.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    table.scroll_into_view_if_needed()
    until(lambda: table.bounding_box() == (tab.wait_for_timeout(300), table.bounding_box())[1])  # the box has unfolded
    place = table.bounding_box()
    assert place is not None
    tab.mouse.click(place["x"] + 70, place["y"] + 52)  # the first number of the first row
    tab.keyboard.type("0.4", delay=60)
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("row 1 of path.way must be a point on the simplex")).to_be_visible()
    expect(train).to_be_disabled()
