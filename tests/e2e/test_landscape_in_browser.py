"""The Landscape page in a real browser: the finished picture, playing and scrubbing without the server, a start by a click."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.asking.landscape_form import asked_for, first_walk
from mtl_core.store import Store
from mtl_core.store.requests import request_id
from tests.e2e.conftest import Server, until

pytestmark = pytest.mark.browser

ACTIVE = "() => document.querySelector('.js-plotly-plot')._fullLayout.sliders[0].active"
GROUND = ".js-plotly-plot .imagelayer image"


def is_known(store: Store) -> bool:
    request = store.request(request_id("walk", asked_for(first_walk())))
    return request is not None and request.state == "answered"


def open_page(server: Server, tab: Page) -> None:
    until(lambda: is_known(server.store))
    tab.goto(f"{server.address}/landscape?length=500&by=equal&by=mgda")
    tab.wait_for_selector(".js-plotly-plot .slider-group")


def test_it_plays_and_scrubs_in_the_browser_alone(server: Server, tab: Page) -> None:
    open_page(server, tab)
    assert tab.evaluate(ACTIVE) == 80, "it opens on the last step"
    assert tab.locator(GROUND).count() == 1
    tab.get_by_text("▶ Play").click()
    until(lambda: 0 < tab.evaluate(ACTIVE) < 80)
    assert all(tab.locator(GROUND).count() == 1 for _look in range(10)), "the ground stays while it plays"
    tab.get_by_text("Pause").click()
    paused = tab.evaluate(ACTIVE)
    time.sleep(0.5)
    assert abs(tab.evaluate(ACTIVE) - paused) <= 1
    rail = tab.locator(".slider-rail-touch-rect").first.bounding_box()
    assert rail is not None
    tab.mouse.click(rail["x"] + 0.25 * rail["width"], rail["y"] + rail["height"] / 2)
    until(lambda: abs(tab.evaluate(ACTIVE) - 20) <= 2)


def click_on_the_plane(tab: Page, across: float, down: float) -> None:
    """Start where the picture is clicked, in parts of its width and height."""
    plane = tab.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert plane is not None
    place = plane["x"] + across * plane["width"], plane["y"] + down * plane["height"]
    tab.mouse.move(place[0] - 3, place[1] - 3)
    tab.mouse.move(*place)
    expect(tab.locator(".js-plotly-plot .hovertext")).to_contain_text("Click to start here")
    tab.mouse.click(*place)


def test_a_click_on_the_plane_starts_there(server: Server, tab: Page) -> None:
    open_page(server, tab)
    starts = tab.locator(".st-key-from input")
    before = starts.input_value()
    click_on_the_plane(tab, 0.4, 0.35)
    until(lambda: starts.input_value().startswith(before + "; "))
    assert "from=" in tab.url


def test_a_new_walk_clears_the_old_picture(server: Server, tab: Page) -> None:
    open_page(server, tab)
    with held(server):
        click_on_the_plane(tab, 0.6, 0.4)
        expect(tab.get_by_test_id("stSpinner")).to_contain_text("Walking 500 steps")
        expect(tab.locator(".js-plotly-plot")).to_have_count(0)
    picture, again = tab.locator(".js-plotly-plot .slider-group"), tab.get_by_role("button", name="Try again")
    expect(picture.or_(again)).to_be_visible()
    if again.is_visible():  # on a slow machine the worker has been silent for so long that the page says so
        again.click()
    expect(picture).to_have_count(1)
    expect(tab.get_by_test_id("stSpinner")).to_have_count(0)


@contextmanager
def held(server: Server) -> Iterator[None]:
    """While nobody computes: the server's workers stand still."""
    workers = [int(one) for listed in Path(f"/proc/{server.pid}/task").glob("*/children") for one in listed.read_text().split()]
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


def test_it_fits_the_first_screen_and_a_phone(server: Server, tab: Page) -> None:
    tab.set_viewport_size({"width": 1280, "height": 720})
    open_page(server, tab)
    play = tab.get_by_text("▶ Play").bounding_box()
    assert play is not None
    assert play["y"] + play["height"] < 720, "picture and Play are on the first screen"
    titles = [tab.locator(f".js-plotly-plot .{name}title").bounding_box() for name in ("x", "x2")]
    assert titles[0] is not None
    assert titles[1] is not None
    assert titles[0]["x"] + titles[0]["width"] < titles[1]["x"]
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(tab.locator(".js-plotly-plot .x2title")).to_be_visible()
    until(lambda: below(tab, ".xtitle", ".x2title") and below(tab, ".legend", ".xy"))
    assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def below(tab: Page, upper: str, lower: str) -> bool:
    """Whether one part of the chart ends before the other begins."""
    one, two = (tab.locator(f".js-plotly-plot {name}").first.bounding_box() for name in (upper, lower))
    return one is not None and two is not None and one["y"] + one["height"] <= two["y"] + 1
