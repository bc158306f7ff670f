"""The results pages in a real browser: what is downloaded, what is clicked, and what a link keeps."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import mtl_core as mtl
from mtl_core.spec import Study
from tests.e2e.conftest import Server, still

pytestmark = pytest.mark.browser


def saved(tab: Page, key: str) -> bytes:
    """What the browser saves when the button is pressed."""
    with tab.expect_download() as waiting:
        tab.locator(f".st-key-{key} button").click()
    return Path(waiting.value.path()).read_bytes()


def test_the_downloads_are_the_tables_of_the_study(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/transfer?study={Study().id}")
    table = pd.read_parquet(io.BytesIO(saved(tab, "download-transfer-parquet")))
    text = pd.read_csv(io.BytesIO(saved(tab, "download-transfer-csv")))
    expected = mtl.load(Study().id, server.store.url).transfer
    expected = expected[expected["label"] == "equal"]
    for found in (table, text):
        rows = found[found["label"] == "equal"]
        assert rows["task"].tolist() == expected["task"].tolist()
        assert rows["difference"].tolist() == pytest.approx(expected["difference"].tolist())
        assert rows["verdict"].astype(str).tolist() == expected["verdict"].astype(str).tolist()


def test_a_whole_study_is_downloaded_from_the_list(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/studies?study={Study().id}")
    tab.locator(".st-key-picked").get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(saved(tab, "archive-parquet"))) as archive:
        assert archive.testzip() is None
        assert {Path(name).stem for name in archive.namelist()} >= {
            "runs",
            "curves",
            "weights",
            "conflict",
            "transfer",
            "tradeoff",
        }


@pytest.mark.parametrize("page", ["transfer", "conflict", "tradeoff"])
def test_a_page_opened_by_its_own_address_shows_the_first_study(tab: Page, server: Server, page: str) -> None:
    tab.goto(f"{server.address}/{page}")
    tab.locator("[data-testid=stMain] .js-plotly-plot").first.wait_for()
    expect(tab.get_by_test_id("stException")).to_have_count(0)


def test_what_is_selected_travels_in_the_link(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/conflict?study={Study().id}&compare=equal&seed=2")
    tab.get_by_text("Make this study again").wait_for()  # the page's last words: all of it was read
    tab.get_by_role("link", name="Transfer").first.click()
    tab.locator("h1", has_text="Transfer").wait_for()
    expect(tab.get_by_text("Rings show seed 2 alone")).to_be_visible()
    assert "seed=2" in tab.evaluate("location.search")


def test_a_front_is_measured_and_a_study_made_again_by_the_printed_command(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/tradeoff?study={Study().id}")
    expect(tab.get_by_text("where 1 is all tasks alone")).to_be_visible()
    tab.locator(".st-key-chart-preferences .js-plotly-plot .main-svg").first.wait_for()
    tab.get_by_role("radio", name="Band over seeds").click()
    drawn = "() => document.querySelector('.st-key-chart-plane .js-plotly-plot')?._fullData?.some(t => t.fill === 'toself')"
    tab.wait_for_function(drawn)
    assert "spread=band" in tab.evaluate("location.search")
    tab.get_by_text("Make this study again").click()
    expect(tab.get_by_text("seesaw run").first).to_be_visible()
    expect(tab.get_by_text("import mtl_core as mtl").first).to_be_visible()


def test_tasks_are_put_into_networks_by_hand_and_by_keys(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/together?study={Study().id}")
    tab.get_by_text("Make this study again").wait_for()
    hand = tab.locator(".seesaw-groups")
    expect(tab.locator(".st-key-decision-own")).to_contain_text("Yours, 1 network: all tasks together")
    hand.scroll_into_view_if_needed()
    still(tab)
    chip, place = hand.locator("[data-task='1']").bounding_box(), hand.locator(".new").bounding_box()
    assert chip is not None
    assert place is not None
    tab.mouse.move(chip["x"] + 20, chip["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(place["x"] + 40, place["y"] + 40, steps=4)
    tab.mouse.up()
    expect(tab.locator(".st-key-decision-own")).to_contain_text("Yours, 2 networks: every task alone")
    tab.wait_for_url("**own=1%2C2**")
    hand.locator("[data-task='0']").focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".st-key-decision-own")).to_contain_text("Yours, 1 network: all tasks together")
    expect(hand.locator("[data-task='0']")).to_be_focused()
    expect(tab.get_by_test_id("stException")).to_have_count(0)
