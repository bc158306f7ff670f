"""Studies side by side in a real browser: chosen by hand, kept in the link, downloaded."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import mtl_core as mtl
from mtl_core.spec import Study
from tests.e2e.conftest import Server, still, until

pytestmark = pytest.mark.browser

OTHER = Study(seeds=2, steps=40, weights=0, backbone={"name": "mlp", "width": 16})


def test_two_studies_are_chosen_compared_and_found_again_by_the_link(tab: Page, server: Server) -> None:
    server.store.add(OTHER)
    until(lambda: server.store.get(OTHER.id).state == "finished")
    tab.goto(f"{server.address}/studies")
    box = tab.locator(".st-key-beside-chosen-0 input")
    for study in (Study(), OTHER):
        box.fill(study.id)
        tab.get_by_role("option", name=re.compile(study.id)).click()
        tab.wait_for_url(re.compile(f"beside={study.id}"))
    box.press("Escape")
    tab.get_by_text("Task by task, side by side").wait_for()
    assert [tab.url.index(study.id) for study in (Study(), OTHER)] == sorted(tab.url.index(s.id) for s in (Study(), OTHER))

    again = tab.context.new_page()
    again.goto(tab.url)
    again.get_by_text("Task by task, side by side").wait_for()
    again.locator(".st-key-chart-beside .js-plotly-plot").wait_for()
    expect(again.get_by_test_id("stException")).to_have_count(0)
    with again.expect_download() as waiting:
        again.locator(".st-key-download-beside-tasks-csv button").click()
    table = pd.read_csv(Path(waiting.value.path()))
    means = mtl.load(OTHER.id, server.store.url).tradeoff_means.query("label == 'equal'")
    rows = table[(table["study"] == OTHER.id) & (table["label"] == "equal")]
    assert rows["task"].tolist() == means["task"].tolist()
    assert rows["mean"].tolist() == pytest.approx(means["mean"].tolist())
    assert set(table["study"]) == {Study().id, OTHER.id}


def test_what_was_chosen_is_still_there_after_another_page(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/studies?beside={Study().id}&beside=0123456789ab")
    tab.get_by_text("this store does not have it").wait_for()
    tab.get_by_role("link", name="Methods").first.click()
    tab.locator("h1", has_text="Methods").wait_for()
    still(tab)
    tab.get_by_role("link", name="Studies").first.click()
    tab.get_by_text("this store does not have it").wait_for()
    tab.wait_for_url(re.compile(f"beside={Study().id}&beside=0123456789ab"))
