"""Lessons in a real browser: predicted by keyboard and by hand, uncovered from real training, kept in the link."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.lessons import LESSONS, Bins
from dashboard.words import say
from tests.e2e.conftest import Server, still, until
from tests.e2e.test_accessible_in_browser import findings, wear

pytestmark = pytest.mark.browser


BOTH = pytest.mark.parametrize("language", ["en", "zh"])


@BOTH
def test_a_lesson_is_walked_by_keyboard(server: Server, tab: Page, language: str) -> None:
    walk(server, tab, "negative-transfer", language)
    accessible(tab, "uncovered")


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_walked_by_keyboard(server: Server, tab: Page, name: str, language: str) -> None:
    walk(server, tab, name, language, look=accessible)
    drawn_again(tab)


def test_a_curve_is_drawn_with_the_mouse_and_comes_back_from_the_link(server: Server, tab: Page) -> None:
    opened(server, tab, "map-of-weights")
    picture = tab.locator(".seesaw-predict svg")
    box = picture.bounding_box()
    assert box is not None
    places = [(0.08, 0.3), (0.3, 0.5), (0.55, 0.2), (0.8, 0.6), (0.99, 0.4)]
    (first, *others) = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in places]
    tab.mouse.move(*first)
    tab.mouse.down()
    for point in others:
        tab.mouse.move(*point, steps=25)
    tab.mouse.up()
    drawn = tab.locator(".seesaw-predict")
    until(lambda: "" not in (drawn.get_attribute("data-value") or "").split(","))
    said = (drawn.get_attribute("data-value") or "").split(",")
    assert len(set(said)) > 3, "the curve follows the hand"
    uncover(tab).click()
    came_out(tab)
    # Who cannot see the picture hears it. The covered picture may stand a moment longer.
    expect(tab.get_by_role("slider").first).to_have_attribute("aria-valuetext", re.compile(r".+; it came out at .+"))
    drawn_again(tab)


def walk(
    server: Server, tab: Page, name: str, language: str, look: Callable[[Page, str], None] = lambda _tab, _where: None
) -> None:
    """Predict by keys alone, uncover, and look at what is said."""
    opened(server, tab, name, language)
    found = said(tab) if not isinstance(LESSONS[name].predict(), Bins) else sorted_into(tab, name)
    expect(uncover(tab)).to_be_enabled()
    still(tab)
    look(tab, f"{name}, covered")
    found.focus()
    for _ in range(4):  # past what is not to be reached, to the button
        if uncover(tab).evaluate("button => button === document.activeElement"):
            break
        tab.keyboard.press("Tab")
    expect(uncover(tab)).to_be_focused()
    tab.keyboard.press("Enter")
    came_out(tab)
    look(tab, f"{name}, uncovered")


def opened(server: Server, tab: Page, name: str, language: str = "en") -> None:
    tab.goto(f"{server.address}/learn?lesson={name}&lang={language}")
    expect(tab.locator("html")).to_have_attribute("lang", language)
    expect(tab.get_by_role("heading", name=say(LESSONS[name].title, language))).to_be_visible()
    expect(tab.locator(".seesaw-predict .handle, .seesaw-groups button").first).to_be_visible()


def said(tab: Page) -> Locator:
    """Place each mark by keys: an arrow, some a page farther; gives the last one."""
    handles = tab.get_by_role("slider")
    count = handles.count()
    handles.first.focus()
    for row in range(count):
        expect(handles.nth(row)).to_be_focused()
        tab.keyboard.press("ArrowRight")
        if row % 2:
            tab.keyboard.press("PageUp")
        if row < count - 1:
            tab.keyboard.press("Tab")
    return handles.nth(count - 1)


def sorted_into(tab: Page, name: str) -> Locator:
    """Move things towards the first group until there are few enough groups; gives the last of them."""
    asked = LESSONS[name].predict()
    assert isinstance(asked, Bins)
    chips = [tab.locator(f".seesaw-groups [data-task='{place}']") for place in range(len(asked.items))]
    for chip in chips[asked.most :]:
        chip.focus()
        tab.keyboard.press("ArrowLeft")
        still(tab)
    return chips[-1]


def uncover(tab: Page) -> Locator:
    return tab.get_by_role("button", name=spoken(tab, "Uncover what came out"))


def spoken(tab: Page, words: str) -> str:
    """A message in the language that the page's address asks for."""
    asked = re.search(r"[?&]lang=(\w+)", tab.url)
    return say(words, asked[1] if asked else "en")


def came_out(tab: Page) -> None:
    """What came out is told, every claim holds, and nothing went wrong."""
    expect(tab.locator("[class*=st-key-decision-lesson]")).to_be_visible()
    expect(tab.get_by_text(spoken(tab, "And now you:"))).to_be_visible()
    still(tab)
    expect(tab.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(0)
    expect(tab.locator("[class*=st-key-decision-lesson]")).not_to_be_empty()
    expect(tab.locator(".seesaw-predict circle.mean").first).to_be_visible()
    expect(tab).to_have_url(re.compile(r"[?&]seen=1"))


def drawn_again(tab: Page) -> None:
    """Whoever opens the address sees the same: the prediction, and what came out."""
    expect(tab.locator(".seesaw-predict")).to_have_count(1)
    before = tab.locator("[class*=st-key-decision-lesson]").inner_text()
    values = tab.locator(".seesaw-predict").get_attribute("data-value")
    other = tab.context.new_page()
    other.goto(tab.url)
    came_out(other)
    assert other.locator("[class*=st-key-decision-lesson]").inner_text() == before
    assert other.locator(".seesaw-predict").get_attribute("data-value") == values
    other.close()


def accessible(tab: Page, where: str) -> None:
    """Nothing that keeps people out, in either theme."""
    wear(tab, "light")
    found = findings(tab, f"{where}, light")
    wear(tab, "dark")
    found += findings(tab, f"{where}, dark", runOnly=["color-contrast"])
    assert not found, "\n".join(found)
