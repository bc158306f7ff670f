"""Examples and answers in a real browser: they change while it trains, and fit a telephone."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, newcomer, still, until

pytestmark = pytest.mark.browser

BOX = ".seesaw-examples[data-drawn]"


def top_of(part: Locator) -> float:
    """Pixels from the top of the screen to the part's; negative above it."""
    return float(part.evaluate("node => node.getBoundingClientRect().top"))


def bottom_of(part: Locator) -> float:
    return float(part.evaluate("node => node.getBoundingClientRect().bottom"))


def test_answers_change_while_it_trains_in_the_place_that_was_scrolled_to(tab: Page, server: Server) -> None:
    study = server.store.add(Study(suite="sprites", steps=20_000, seeds=1, weights=0, evaluate_every=5))
    try:
        tab.goto(f"{server.address}/play?study={study}")
        box = tab.locator(BOX)
        box.wait_for()
        box.evaluate("node => { node.seesawMark = 'the same'; node.scrollTop = 60 }")
        said = {box.inner_text()}
        for _ in range(3):
            until(lambda: box.inner_text() not in said)
            said.add(box.inner_text())
        assert box.evaluate("node => [node.seesawMark, node.scrollTop]") == ["the same", 60]
        assert box.get_by_role("img", name="right", exact=True).count() > 0
        assert box.get_by_role("img", name="wrong", exact=True).count() > 0
    finally:
        server.store.send(study, "stop")
        until(lambda: server.store.get(study).state == "stopped")


def test_examples_and_network_fit_a_telephone(browser: Browser, server: Server) -> None:
    context = newcomer(browser, 390, 844)
    tab = context.new_page()
    tab.goto(f"{server.address}/play?study={Study().id}")
    box, network = tab.locator(BOX), tab.locator(".st-key-plot-network .seesaw-plot[data-drawn]")
    network.wait_for()
    expect(box.locator("canvas")).to_have_count(6)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    still(tab)
    # One below the other, once all parts of the page have the height that they keep.
    until(lambda: bottom_of(box) <= top_of(network))
    last = box.locator("canvas").last
    last.scroll_into_view_if_needed()
    seen = last.bounding_box()
    assert seen is not None
    assert seen["x"] + seen["width"] <= 390
    context.close()
