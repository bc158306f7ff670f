"""What a hand does to a study that trains, and how the keyboard, Back, links and phones get around: in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, newcomer, until
from tests.e2e.test_own_table_in_browser import still
from tests.e2e.test_play_in_browser import command, drawn, parameters, plot

pytestmark = pytest.mark.browser

TIMES = 20
"""Fresh browsers that open the popover."""


@pytest.fixture
def going(server: Server) -> Iterator[str]:
    """A study that trains for as long as a test needs it."""
    study = server.store.add(Study(steps=20_000, seeds=1, weights=[[0.3, 0.7]], methods=["equal"], learning_rate=0.0022))
    server.store.send(study, "resume")
    until(lambda: server.store.get(study).step > 0)
    yield study
    server.store.send(study, "stop")
    until(lambda: not server.store.get(study).active)
    server.store.delete(study)


def changes(server: Server, study: str) -> int:
    return len(server.store.read(study, kinds=["change"])[0])


def opened(tab: Page) -> Locator:
    """The popover for live changes, once it is open."""
    tab.get_by_role("button", name="Change while it trains").click()
    return tab.locator("[data-testid=stPopoverBody]")


def shows(place: Locator, rate: str, left: str) -> None:
    expect(place.get_by_role("spinbutton", name="Learning rate")).to_have_value(rate)
    expect(place.get_by_role("slider")).to_have_attribute("aria-valuetext", f"left {left}, right {1 - float(left):.2f}")


@pytest.mark.slow
def test_the_popover_shows_what_the_runs_have_now_in_twenty_fresh_browsers(
    server: Server, browser: Browser, going: str
) -> None:
    server.store.send(going, "pause")
    rate, left = "0.0022", "0.50"
    for time in range(TIMES):
        context = newcomer(browser)
        tab = context.new_page()
        tab.goto(f"{server.address}/?study={going}")
        place = opened(tab)
        if time % 5 == 4:
            # Somebody else sets something while it opens: the page runs again before the browser has drawn it.
            rate, left = f"{0.003 + time / 1e4:g}", f"0.{time + 10}"
            server.store.send(going, "set_learning_rate", value=float(rate))
            server.store.send(going, "set_weights", weights=[float(left), 1 - float(left)], label="equal")
        shows(place, rate, left)
        expect(tab.locator(".st-key-play-learning_rate input")).to_have_value("0.0022")
        context.close()


def test_weights_are_dragged_beside_the_curves_and_leave_a_mark(server: Server, tab: Page, going: str) -> None:
    tab.goto(f"{server.address}/?study={going}")
    control = tab.locator(".st-key-pictures .seesaw-simplex")
    handle = control.get_by_role("slider")
    expect(handle).to_have_attribute("aria-valuetext", "left 0.50, right 0.50")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 20, y, steps=4)
    tab.mouse.move(x + 40, y, steps=4)
    tab.mouse.up()
    until(lambda: changes(server, going) == 1)
    (asked,) = [each for each in server.store.commands(going) if each.name == "set_weights"]
    left, right = asked.arguments["weights"]
    assert right > 0.55
    assert left + right == pytest.approx(1)
    for _again in range(2):
        expect(handle).to_have_attribute("aria-valuetext", f"left {left:.2f}, right {right:.2f}")
        expect(tab.locator(".st-key-view")).to_contain_text("equal: changed by hand")
        for name in ("curves", "weights", "cosine"):
            expect(plot(tab, name).locator(".annotation-text", has_text=f"weights {left:g} / {right:g}")).to_have_count(1)
        tab.reload()  # which keeps all of it


def test_the_control_follows_every_key_while_it_trains(server: Server, tab: Page, going: str) -> None:
    tab.goto(f"{server.address}/?study={going}")
    handle = tab.locator(".st-key-pictures .seesaw-simplex").get_by_role("slider")
    handle.focus()
    for press in range(1, 31):
        tab.keyboard.press("ArrowRight")
        expect(handle).to_have_attribute("aria-valuenow", str(50 + press))
        if press % 10 == 0:
            before = drawn(plot(tab, "curves"))
            until(lambda before=before: drawn(plot(tab, "curves")) > before)
    expect(handle).to_be_focused()
    until(lambda: [each.arguments for each in server.store.commands(going)][-1].get("weights") == [0.2, 0.8])
    seeds = tab.locator(".st-key-play-seeds input")
    seeds.focus()
    for _press in range(6):
        tab.keyboard.press("ArrowUp")
    expect(seeds).to_have_value("7")
    expect(seeds).to_be_focused()


def test_three_tasks_have_a_triangle_and_four_sliders(server: Server, tab: Page) -> None:
    link = f"{server.address}/?suite=sprites&backbone=mlp&weights=0&seeds=1&tasks="
    tab.goto(link + "shape,x,size")
    tab.get_by_role("button", name="Own weights").click()
    control = tab.locator(".seesaw-simplex")
    point = control.get_by_role("slider")
    expect(point).to_have_attribute("aria-valuetext", "shape 0.34, x 0.33, size 0.33")
    box = control.locator(".land").bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + 1)
    expect(point).to_have_attribute("aria-valuetext", "shape 1.00, x 0.00, size 0.00")
    for _press in range(2):
        tab.keyboard.press("PageDown")
    tab.keyboard.press("ArrowRight")
    expect(point).to_have_attribute("aria-valuetext", "shape 0.80, x 0.09, size 0.11")
    expect(tab.get_by_role("button", name="Add 0.8 / 0.09 / 0.11")).to_be_visible()
    tab.goto(link + "shape,x,y,size")
    tab.get_by_role("button", name="Own weights").click()
    expect(control.get_by_role("slider")).to_have_count(4)
    control.get_by_role("slider").first.focus()
    for part in range(26, 36):
        tab.keyboard.press("ArrowRight")
        parts = [int(each) for each in (control.get_attribute("data-parts") or "").split(",")]
        assert (parts[0], sum(parts)) == (part, 100)
    expect(tab.get_by_role("button", name="Add 0.35 / 0.22 / 0.22 / 0.21")).to_be_visible()


def test_back_takes_one_press_a_page(server: Server, tab: Page) -> None:
    tab.goto(server.address)
    plot(tab, "tradeoff").wait_for()
    tab.locator(".st-key-play-seeds input").fill("4")
    tab.locator(".st-key-play-seeds input").press("Enter")
    until(lambda: parameters(tab).get("seeds") == "4")
    pages = ["Transfer", "Trade-off", "Landscape", "Methods"]
    for name in pages:
        tab.get_by_role("link", name=name).first.click()
        tab.locator("h1", has_text=name).wait_for()
        if name == "Methods":
            tab.get_by_placeholder("name, what it looks at").fill("pcgrad")
            tab.get_by_placeholder("name, what it looks at").press("Enter")
            until(lambda: parameters(tab).get("words") == "pcgrad")
    for name in [*reversed(pages[:-1]), "Two overlaid"]:
        still(tab)  # a page that is still being drawn writes its own settings into the address of the one gone back to
        tab.go_back()
        tab.locator("h1", has_text=name).wait_for()
    expect(tab.locator(".st-key-play-seeds input")).to_have_value("4")
    assert tab.evaluate("location.pathname") == "/"


def test_train_is_near_for_the_keyboard_and_on_a_phone(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/?study={Study().id}&seeds=2")
    train = tab.locator(".st-key-train button")
    expect(train).to_be_enabled()
    plot(tab, "tradeoff").wait_for()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")  # Streamlit's own link to what is on the page
    tab.keyboard.press("Tab")
    expect(train).to_be_focused()
    tab.set_viewport_size({"width": 390, "height": 844})
    until(lambda: (plot(tab, "tradeoff").bounding_box() or {"y": 0})["y"] > 100)
    box, picture = train.bounding_box(), plot(tab, "tradeoff").bounding_box()
    assert box is not None
    assert picture is not None
    assert box["y"] + box["height"] < min(844, picture["y"])


SLOW = pytest.mark.slow  # all charts have one setting


@pytest.mark.parametrize(
    "page", ["", "landscape", *(pytest.param(each, marks=SLOW) for each in ("transfer", "conflict", "tradeoff"))]
)
def test_no_chart_has_a_way_out_of_this_machine(server: Server, tab: Page, page: str) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{server.address}/{page}?study={Study().id}")
    charts = tab.locator(".js-plotly-plot")
    charts.first.wait_for()
    until(lambda: all(charts.nth(place).evaluate("node => Boolean(node._context)") for place in range(charts.count())))
    for place in range(charts.count()):
        told = charts.nth(place).evaluate("node => [node._context.showSendToCloud, node._context.plotlyServerURL]")
        assert told == [False, ""]
    charts.first.hover()
    tab.locator(".modebar-btn").first.wait_for(state="attached")
    names = tab.locator(".modebar-btn").evaluate_all("nodes => nodes.map(node => node.getAttribute('data-title'))")
    assert names
    assert not [name for name in names if name and ("share" in name.lower() or "cloud" in name.lower())]
    assert not [url for url in asked if url.startswith("http") and not url.startswith(server.address)]


def test_commands_still_answer_while_weights_are_held(server: Server, tab: Page, going: str) -> None:
    tab.goto(f"{server.address}/?study={going}")
    tab.locator(".st-key-pictures .seesaw-simplex").get_by_role("slider").focus()
    tab.keyboard.press("ArrowLeft")
    command(tab, "pause").click()
    until(lambda: server.store.get(going).state == "paused")
