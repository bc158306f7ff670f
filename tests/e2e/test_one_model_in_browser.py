"""One model's front in a real browser: the slider moves along it without the server."""

import pytest
from playwright.sync_api import Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, until

pytestmark = pytest.mark.browser

CHART = ".st-key-chart-one-model .js-plotly-plot"
MOVED = f"() => Array.from(document.querySelector('{CHART}')._fullData.at(-1).x)"
FRONT = f"() => Array.from(document.querySelector('{CHART}')._fullData.find(trace => trace.name.endsWith('one model')).x)"


def test_the_slider_moves_along_the_front(server: Server, tab: Page) -> None:
    study = server.store.add(Study(strategies=["hard", "palora"], weights=3, seeds=2, steps=20))
    until(lambda: server.store.get(study).state == "finished")
    tab.goto(f"{server.address}/tradeoff?study={study}")
    tab.wait_for_selector(f"{CHART} .slider-group")
    expect(tab.get_by_text("The price of one model, ")).to_be_visible()
    front = tab.evaluate(FRONT)
    told = tab.locator(f"{CHART} .slider-label").first
    expect(told).to_contain_text("weights 0.5 / 0.5")
    assert tab.evaluate(MOVED)[0] == pytest.approx(front[1])
    chart = tab.locator(CHART)
    chart.scroll_into_view_if_needed()
    rail = chart.locator(".slider-rail-touch-rect").bounding_box()
    assert rail is not None
    for share, place, words in ((0.99, 2, "weights 1 / 0"), (0.01, 0, "weights 0 / 1")):
        tab.mouse.click(rail["x"] + share * rail["width"], rail["y"] + rail["height"] / 2)
        expect(told).to_contain_text(words)
        until(lambda place=place: tab.evaluate(MOVED)[0] == pytest.approx(front[place]))  # type: ignore[misc]
    expect(tab.get_by_test_id("stException")).to_have_count(0)
