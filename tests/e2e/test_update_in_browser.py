"""One update, looked at and taken by a person with a paused study: in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, until
from tests.e2e.test_play_in_browser import plot

pytestmark = pytest.mark.browser


def names(tab: Page) -> set[str]:
    """What the arrows of the update are called."""
    return set(plot(tab, "update").evaluate("node => node.data.map(trace => trace.name)"))


def test_an_update_is_looked_at_from_both_sides_and_taken_along_one(server: Server, tab: Page) -> None:
    study = server.store.add(Study(steps=20_000, seeds=1, weights=[], methods=["equal"], learning_rate=0.0021))
    server.store.send(study, "pause")
    server.store.send(study, "step", times=5)
    until(lambda: server.store.get(study).step == 5)
    tab.goto(f"{server.address}/?study={study}")
    tab.get_by_text("Step through one update").click()
    expect(tab.get_by_text("×1 along equal: ")).to_be_visible()
    tab.get_by_role("radio", name="right").first.click()
    expect(tab.get_by_text("×1 along right: right −")).to_be_visible()
    tab.get_by_role("radio", name="×10", exact=True).click()
    expect(tab.get_by_text("×10 along right: right −")).to_be_visible()
    until(lambda: {"right", "equal", "the optimizer"} <= names(tab))
    assert (server.store.get(study).step, server.store.get(study).altered) == (5, False)
    tab.get_by_role("button", name="Take it").click()
    until(lambda: server.store.get(study).step == 15)
    expect(tab.locator(".st-key-view")).to_contain_text("equal: changed by hand")
    written = "node => node.layout.annotations.map(note => note.text)"
    until(lambda: "10 steps along right" in plot(tab, "curves").evaluate(written))
    # What is open now tells of the update after those.
    expect(tab.get_by_text("×10 along right: right −")).to_be_visible()
    server.store.send(study, "stop")
    until(lambda: not server.store.get(study).active)
    server.store.delete(study)
