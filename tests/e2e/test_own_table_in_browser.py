"""A person with a table of their own: what was found in it, a kind corrected, trained, compared, extended, and made again."""

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import mtl_core as mtl
from tests.e2e.conftest import Server, still, unfold, until
from tests.e2e.test_play_in_browser import parameters, study_of

pytestmark = pytest.mark.browser


def written(folder: Path) -> Path:
    """A table as a spreadsheet of a German office writes it: semicolons, decimal commas, Windows-1252, and labels that lack."""
    generator = np.random.default_rng(3)
    rows = [["Größe", "Gewicht", "Alter", "Stufe", "Süß"]]
    for place in range(160):
        size, weight, age = generator.normal(size=3)
        level = int(np.clip(round(size - weight + 2), 0, 4))
        taste = "" if place % 20 == 0 else "süß" if size + 0.3 * generator.normal() > 0 else "herb"
        rows.append([*(f"{value:.3f}".replace(".", ",") for value in (size, weight, age)), str(level), taste])
    path = folder / "Früchte.csv"
    path.write_bytes("\r\n".join(";".join(row) for row in rows).encode("cp1252"))
    return path


def test_a_table_from_upload_to_a_study_that_is_made_again(tab: Page, server: Server, tmp_path: Path) -> None:
    table = written(tmp_path)
    tab.goto(f"{server.address}/?suite=csv&methods=equal,uw&weights=0&steps=60&batch_size=16&seeds=5")
    tab.locator("input[type=file]").set_input_files(table)
    page = tab.locator("[data-testid=stMain]")
    expect(page).to_contain_text("Windows-1252")
    expect(page).to_contain_text("semicolon")
    expect(page).to_contain_text("comma")
    unfold(tab.locator('[class*="st-key-play-suite-csv"][class*="-targets"] input'))
    tab.get_by_role("option", name="Stufe (class)").click()
    tab.get_by_role("option", name="Süß (class)").click()
    tab.keyboard.press("Escape")
    expect(page).to_contain_text("no label in 8 rows")
    tab.get_by_text("Kinds, inputs and splits").click()
    tab.locator('[class*="st-key-play-suite-csv"][class*="-kind-Stufe"]').get_by_text("number", exact=True).click()
    train = tab.locator(".st-key-train button")
    until(lambda: "regression" in parameters(tab).get("suite", ""))
    still(tab)
    expect(train).to_be_enabled()
    before = study_of(tab)
    train.click()
    until(lambda: study_of(tab) != before)
    first = study_of(tab) or ""
    until(lambda: server.store.get(first).state == "finished")
    assert dict(server.store.get(first).study.suite.options["kinds"])["Stufe"] == "regression"

    tab.goto(f"{server.address}/transfer?study={first}")
    unfold(tab.locator(".st-key-against input"))
    tab.get_by_role("option", name="equal", exact=True).click()
    until(lambda: parameters(tab).get("against") == "equal")
    still(tab)
    tab.get_by_role("button", name="Train more seeds: 10 in all").click()
    until(lambda: study_of(tab) != first)
    later = study_of(tab) or ""
    until(lambda: server.store.get(later).state == "finished")
    result = mtl.load(later, server.store)
    assert (result.study.seeds, result.study.looks) == (10, (5,))
    assert (result.against("equal").transfer["n"] == 10).all()
    expect(page).to_contain_text("Results were looked at before, after 5 seeds")
    expect(page).to_contain_text("10 seeds")  # the old ones are there at once, the new ones when they are trained
    still(tab)
    with tab.expect_download() as saved:
        tab.locator(".st-key-download-transfer-csv button").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8-sig"))))
    expected = result.against("equal").transfer
    on_page = expected[expected["label"].isin([row["label"] for row in rows])]
    assert [(row["label"], row["n"]) for row in rows] == [(label, "10") for label in on_page["label"]]
    assert "uw" in set(on_page["label"])
    assert [float(row["difference"]) for row in rows] == pytest.approx(on_page["difference"].tolist())

    tab.get_by_text("Make this study again").click()
    command = tab.locator(".st-key-remake code").first.inner_text()
    assert "Früchte.csv" in command
    assert str(server.store.folder) not in command
    words = shlex.split(command)[1:]
    again = subprocess.run(
        [sys.executable, "-m", "mtl_core.cli", *words, "--json", "--store", str(tmp_path / "again.db")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(again.stdout)["transfer"]
    for row, same in zip(found, result.transfer.to_dict("records"), strict=True):
        assert (row["label"], row["task"], row["n"]) == (same["label"], same["task"], same["n"])
        assert row["value"] == pytest.approx(same["value"], abs=0.05)
