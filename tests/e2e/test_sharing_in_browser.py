"""The Sharing page in a real browser: its picture plays without the server, and a link keeps what was chosen."""

import re

import pytest
from playwright.sync_api import Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, unfold, until

pytestmark = pytest.mark.browser

STUDY = Study(
    suite="clusters",
    strategies=["hard", "cross_stitch", {"name": "mmoe", "experts": 4}],
    methods=["equal"],
    weights=0,
    seeds=2,
    steps=60,
)

DIAGRAM = ".st-key-chart-sharing .js-plotly-plot"


def shown(tab: Page) -> list[str]:
    """The numbers beside the bands, as the browser has drawn them."""
    found: list[str] = tab.evaluate(f"document.querySelector('{DIAGRAM}').data.at(-1).text")
    return found


def trained(server: Server) -> str:
    study_id = server.store.add(STUDY)
    until(lambda: server.store.get(study_id).state == "finished")
    return study_id


def test_the_picture_plays_and_scrubs_in_the_browser(tab: Page, server: Server) -> None:
    study_id = trained(server)
    tab.goto(f"{server.address}/sharing?study={study_id}")
    tab.locator(DIAGRAM).wait_for()
    tab.get_by_text("Make this study again").wait_for()
    last = shown(tab)
    sent: list[str] = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    rail = tab.locator(f"{DIAGRAM} .slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    until(lambda: shown(tab) != last)
    first = shown(tab)
    tab.locator(f"{DIAGRAM} .updatemenu-button").first.click()
    until(lambda: shown(tab) not in (first, last))
    until(lambda: shown(tab) == last)
    assert not sent, "the server was not asked"
    tab.get_by_text("What serves whom").click()
    expect(tab.get_by_text(re.compile(r"Of \d+ units \d+ serve one task almost alone"))).to_be_visible()
    strip = tab.locator(".st-key-chart-units-0 .js-plotly-plot")
    strip.wait_for()
    assert strip.evaluate("node => node.data.length") > 2
    expect(tab.get_by_text("Beside each task's own network")).to_be_visible()
    expect(tab.get_by_test_id("stException")).to_have_count(0)


def test_play_goes_on_after_pause(tab: Page, server: Server) -> None:
    study_id = trained(server)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{server.address}/sharing?study={study_id}")
    tab.locator(DIAGRAM).wait_for()
    tab.get_by_text("Make this study again").wait_for()

    def step() -> int:
        words = tab.locator(f"{DIAGRAM} .slider-label").first.text_content() or ""
        return int(words.removeprefix("step "))

    play, pause = (tab.locator(f"{DIAGRAM} .updatemenu-button").nth(place) for place in range(2))
    rail = tab.locator(f"{DIAGRAM} .slider-rail-touch-rect")
    play.scroll_into_view_if_needed()
    places = [node.bounding_box() or {} for node in (rail, play, pause)]
    assert all(place["y"] >= places[0]["y"] + places[0]["height"] for place in places[1:]), "the slider has its own line"
    assert all(place["x"] + place["width"] <= 390 for place in places)
    play.click()
    until(lambda: 0 < step() < STUDY.steps)
    pause.click()
    tab.wait_for_timeout(400)
    standing = step()
    tab.wait_for_timeout(400)
    assert step() == standing
    assert standing < STUDY.steps
    seen: list[int] = []
    play.click()
    until(lambda: seen.append(step()) or seen[-1] == STUDY.steps)
    assert min(seen) >= standing, "it does not begin anew"
    play.click()
    until(lambda: step() < STUDY.steps)
    pause.click()
    tab.wait_for_timeout(200)
    assert not errors


def test_what_is_chosen_survives_reloading(tab: Page, server: Server) -> None:
    study_id = trained(server)
    tab.goto(f"{server.address}/sharing?study={study_id}&sharing=mmoe")
    tab.locator(DIAGRAM).wait_for()
    expect(tab.get_by_text("Multi-gate").first).to_be_visible()
    unfold(tab.locator("label", has_text="Picture of").locator("xpath=..").locator("input"))
    tab.get_by_role("option", name="hard", exact=True).click()
    expect(tab.get_by_text("Same by construction").first).to_be_visible()
    until(lambda: "sharing=hard" in tab.evaluate("location.search"))
    tab.reload()
    expect(tab.get_by_text("Same by construction").first).to_be_visible()


def test_a_study_of_hard_alone_leads_to_play_with_strategies(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/sharing?study={Study().id}")
    tab.get_by_role("button", name="Play with hard, cross_stitch, mmoe").click()
    tab.wait_for_url("**strategies=**")
    expect(tab.locator(".st-key-panel").get_by_text("Cross-stitch units").first).to_be_visible()
