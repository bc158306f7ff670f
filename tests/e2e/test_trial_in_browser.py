"""The Try page in a real browser: a typed sentence with its words marked, and a digit drawn by hand."""

import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from mtl_core.spec import Study
from tests.e2e.conftest import Server, newcomer, still, until

pytestmark = pytest.mark.browser

SENTENCES = Study(
    suite={"name": "phrases", "hidden": 0},
    tasks=["intent", "slots"],
    backbone={"name": "transformer", "width": 16, "depth": 1},
    methods=["equal"],
    weights=[],
    seeds=1,
    steps=60,
    learning_rate=0.02,
    evaluate_every=60,
)
MAZES = Study(
    suite="mazes",
    tasks=["reach_a", "avoid_c"],
    backbone={"name": "fullsize", "width": 8, "depth": 2},
    methods=["equal"],
    weights=[],
    seeds=1,
    steps=40,
    batch_size=16,
    learning_rate=0.01,
    evaluate_every=40,
)
CARDS = ".seesaw-replies article"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A tab on a phone."""
    context = newcomer(browser, 390, 800)
    yield context.new_page()
    context.close()


def test_a_sentence_is_typed_and_its_words_are_marked(server: Server, tab: Page, phone: Page) -> None:
    server.store.add(SENTENCES)
    until(lambda: server.store.get(SENTENCES.id).state == "finished")
    tab.goto(f"{server.address}/try?study={SENTENCES.id}")
    sentence = tab.locator(".st-key-text input")
    sentence.fill("turn on the lamp in the kitchen <b>zeppelin</b>")
    sentence.press("Enter")
    cards = tab.locator(CARDS)
    expect(cards).to_have_count(2)
    together = cards.nth(1)
    expect(together.locator("section").first).to_contain_text("switch")
    expect(together.locator("mark", has_text="kitchen")).to_contain_text("room")
    expect(together.locator("mark", has_text="lamp")).to_contain_text("device")
    expect(tab.locator(".seesaw-replies")).to_contain_text("never saw: b, zeppelin.")
    assert "<b>zeppelin</b>" in together.locator(".text").inner_text()
    assert together.locator(".text b").count() == 0, "what is typed is text"
    expect(cards.first.locator("h3")).to_contain_text(re.compile(r"[\d.]+ ms"))
    still(tab)
    phone.goto(tab.url)
    expect(phone.locator(CARDS)).to_have_count(2)
    wide = phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390, "nothing stands out of a phone's screen"
    first, second = (phone.locator(CARDS).nth(place).bounding_box() for place in range(2))
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    tab.goto(f"{server.address}/play?study={SENTENCES.id}")
    marks = tab.locator(".seesaw-examples td mark")
    expect(marks.first).to_be_visible()
    assert tab.locator(".seesaw-examples tbody").nth(1).locator(".mark.right, .mark.wrong").count() == 12, (
        "two networks, six texts"
    )


def test_a_digit_is_drawn_and_read(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/try?study={Study().id}")
    pads = tab.locator(".seesaw-pads canvas")
    expect(pads).to_have_count(2)
    ring = [(0.5 + 0.2 * math.cos(turn / 4), 0.5 + 0.34 * math.sin(turn / 4)) for turn in range(26)]
    drawn(tab, 0, [(0.5, 0.1), (0.5, 0.5), (0.5, 0.9)])
    expect(tab.get_by_text("Draw with a mouse or a finger (right)")).to_be_visible()
    drawn(tab, 1, ring)
    told = tab.locator(".seesaw-replies")
    expect(told).to_have_attribute("data-drawn", re.compile(r"left 1, right 0$"))
    expect(told.locator("canvas")).to_be_visible()
    tab.locator(".seesaw-pads button").first.click()
    expect(tab.get_by_text("Draw with a mouse or a finger (left)")).to_be_visible()
    tab.get_by_role("radio", name="Pick an example").click()
    expect(told.locator(".mark").first).to_be_visible()
    assert "way=example" in tab.url


def test_a_maze_is_picked_and_its_ways_are_drawn(server: Server, tab: Page) -> None:
    server.store.add(MAZES)
    until(lambda: server.store.get(MAZES.id).state == "finished")
    tab.goto(f"{server.address}/try?study={MAZES.id}")
    ways = tab.locator(CARDS).nth(1).locator("pre")
    expect(ways).to_have_count(2)
    before = ways.first.inner_text()
    assert set(before) <= set("↑↓←→■ \n"), "a way from every cell that is no wall"
    number = tab.locator("input[type=number]").first
    number.fill("7")
    number.press("Enter")
    until(lambda: ways.first.inner_text() != before)
    assert "example=7" in tab.url
    tab.goto(f"{server.address}/play?study={MAZES.id}")
    moves = tab.locator(".seesaw-examples pre")
    expect(moves).to_have_count(24)
    assert set(moves.first.inner_text()) <= set("↑↓←→■ \n")


def drawn(tab: Page, pad: int, stroke: list[tuple[float, float]]) -> None:
    """Draw a line, as a hand does, on a square."""
    box = tab.locator(".seesaw-pads canvas").nth(pad).bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=3)
    tab.mouse.up()
