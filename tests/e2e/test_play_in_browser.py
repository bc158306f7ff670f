"""The Play page in a real browser: first sight, training live, its buttons, links, keyboard and uploads."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mtl_core.spec import Study
from mtl_core.store import TERMINAL, open_store
from tests.e2e.conftest import Server, newcomer, serving, unfold, until

pytestmark = pytest.mark.browser

SMALL = "seeds=2&weights=0"
"""Six runs: enough to look at, and fast."""


@pytest.fixture(autouse=True)
def _leave_nothing_training(server: Server) -> Iterator[None]:
    yield
    for info in server.store.list():
        if info.state not in TERMINAL:
            server.store.send(info.id, "stop")
    until(lambda: all(info.state in TERMINAL for info in server.store.list()))


def plot(tab: Page, name: str) -> Locator:
    return tab.locator(f".st-key-plot-{name} .seesaw-plot[data-drawn]").last


def command(tab: Page, name: str) -> Locator:
    """A command's button; one and the same pauses and resumes."""
    place = "toggle" if name in ("pause", "resume") else name
    return tab.locator(f".st-key-command-{place} button").filter(has_text=name.capitalize())


def parameters(tab: Page) -> dict[str, str]:
    """What the address bar says; asked of the page itself, which knows it first."""
    return {name: values[-1] for name, values in parse_qs(urlparse(tab.evaluate("location.href")).query).items()}


def study_of(tab: Page) -> str | None:
    return parameters(tab).get("study")


def start(tab: Page, server: Server, settings: str) -> str:
    """Ask for a study by link, press Train, and give its id once its first curve is drawn."""
    tab.goto(f"{server.address}/?{SMALL}&{settings}")
    train = tab.locator(".st-key-train button")
    expect(train).to_be_enabled()
    before = study_of(tab)
    train.click()
    until(lambda: study_of(tab) != before)
    command(tab, "stop").wait_for()
    # The picture of the study before goes last.
    plot(tab, "tradeoff").get_by_text("validation split").wait_for()
    plot(tab, "curves").wait_for()
    return study_of(tab) or ""


def drawn(node: Locator) -> int:
    return int(node.get_attribute("data-drawn") or 0)


def test_the_first_visit_shows_a_finished_trade_off(tab: Page, server: Server) -> None:
    troubles: list[str] = []
    tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    tab.on("request", lambda request: troubles.append(request.url) if server.address not in request.url else None)
    tab.goto(server.address)
    plot(tab, "tradeoff").wait_for()
    assert study_of(tab) == Study().id
    points = plot(tab, "tradeoff").evaluate("node => node.calcdata.reduce((sum, trace) => sum + trace.length, 0)")
    assert points > 20
    for name in ("curves", "weights", "cosine"):
        plot(tab, name).wait_for()
    assert plot(tab, "tradeoff").get_attribute("aria-label")
    elsewhere = [trouble for trouble in troubles if not trouble.startswith(("ws:", "data:", "blob:"))]
    assert not elsewhere


def test_who_comes_before_the_first_study_is_trained_sees_it_trained(tab: Page, tmp_path: Path) -> None:
    # Something long is trained first, so that nobody can be too late to see the first study wait.
    with open_store(f"sqlite:///{tmp_path / 'seesaw.db'}") as store:
        long = store.add(Study(steps=20_000))
    with serving(tmp_path) as fresh:
        tab.goto(fresh.address)
        tab.locator(".st-key-plot-first").wait_for()
        assert fresh.store.get(Study().id).state == "queued"
        fresh.store.send(long, "stop")
        plot(tab, "tradeoff").get_by_text("test split").wait_for()
        assert fresh.store.get(Study().id).state == "finished"
        assert study_of(tab) == Study().id
        expect(tab.locator(".st-key-plot-first")).to_have_count(0)
        expect(tab.locator(".st-key-train button")).to_be_disabled()


def test_training_moves_the_curves_and_keeps_node_and_zoom(tab: Page, server: Server) -> None:
    study = start(tab, server, "steps=20000&learning_rate=0.001")
    node = plot(tab, "curves")
    node.evaluate("node => { node.seesawMark = 'the same' }")
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    assert box is not None
    # Zoom as a person does: drag a rectangle over the plot.
    tab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    tab.mouse.down()
    for step in range(1, 13):  # slowly, across several updates
        tab.mouse.move(box["x"] + (0.3 + 0.025 * step) * box["width"], box["y"] + (0.4 + 0.025 * step) * box["height"])
        time.sleep(0.1)
    tab.mouse.up()
    until(lambda: node.evaluate("node => node.layout.xaxis.range") != [0, 20000])
    zoom = node.evaluate("node => node.layout.xaxis.range")
    before = drawn(node)
    until(lambda: drawn(node) >= before + 6)
    assert node.evaluate("node => node.seesawMark") == "the same"
    assert node.evaluate("node => node.layout.xaxis.range") == zoom
    command(tab, "stop").click()
    until(lambda: server.store.get(study).state == "stopped")


def test_the_points_of_the_trade_off_move_by_themselves_in_axes_that_hold_still(tab: Page, server: Server) -> None:
    start(tab, server, "steps=20000&methods=%5B%22equal%22%5D")
    node = plot(tab, "tradeoff")
    where = (
        """node => { const at = node.data.find((trace) => (trace.ids ?? []).includes("equal")); return [at.x[0], at.y[0]] }"""
    )
    place, step = node.evaluate(where), node.get_by_text("validation split").text_content()
    until(lambda: node.get_by_text("validation split").text_content() != step)
    assert node.evaluate(where) != place
    low, high = node.evaluate("node => node.layout.xaxis.range")
    until(lambda: node.evaluate(where)[0] > 0.5)
    after = node.evaluate("node => node.layout.xaxis.range")
    assert after[0] <= low
    assert after[1] >= high


def test_pause_step_resume_and_stop(tab: Page, server: Server) -> None:
    study = start(tab, server, "steps=20000&learning_rate=0.0011")
    command(tab, "pause").click()
    until(lambda: server.store.get(study).state == "paused")
    command(tab, "resume").wait_for()
    standing = server.store.get(study).step
    time.sleep(0.6)
    assert server.store.get(study).step == standing
    command(tab, "step").click()
    until(lambda: server.store.get(study).step == standing + 1)
    assert server.store.get(study).state == "paused"
    command(tab, "resume").click()
    until(lambda: server.store.get(study).step > standing + 5)
    command(tab, "stop").click()
    until(lambda: server.store.get(study).state == "stopped")
    expect(tab.get_by_text("Stopped at step")).to_be_visible()
    expect(tab.locator(".st-key-train button")).to_be_enabled()


def test_who_pauses_at_once_finds_pages_without_faults_and_goes_on(tab: Page, server: Server) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{server.address}/?{SMALL}&steps=20000&learning_rate=0.0014&strategies=hard,mmoe")
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    before = study_of(tab)
    tab.locator(".st-key-train button").click()
    until(lambda: study_of(tab) != before)
    command(tab, "pause").click()
    study = study_of(tab) or ""
    until(lambda: server.store.get(study).state == "paused")
    expect(tab.get_by_text("Resume on Play goes on from here")).to_be_visible()
    expect(tab.locator(".st-key-train button")).to_be_disabled()
    for name in ("Transfer", "Sharing", "Conflict", "Trade-off", "Play"):
        tab.get_by_role("link", name=name).first.click()
        tab.get_by_text("aused").first.wait_for()
        expect(tab.get_by_test_id("stException")).to_have_count(0)
    standing = server.store.get(study)
    command(tab, "resume").click()
    until(lambda: server.store.get(study).step > standing.step + 5)
    assert server.store.get(study).generation == standing.generation, "what was trained is kept"
    assert study_of(tab) == study
    command(tab, "stop").click()
    expect(tab.get_by_text("Stopped at step")).to_be_visible()
    assert not errors


def test_reload_and_a_second_browser_show_the_same_study(tab: Page, server: Server, browser: Browser) -> None:
    study = start(tab, server, "steps=20000&learning_rate=0.0012")
    command(tab, "pause").click()
    command(tab, "resume").wait_for()
    until(lambda: server.store.get(study).state == "paused")
    tab.locator(".st-key-play-batch_size input").fill("32")
    tab.locator(".st-key-play-batch_size input").press("Enter")
    until(lambda: parameters(tab).get("batch_size") == "32")
    link = tab.evaluate("location.href")
    tab.reload()
    command(tab, "resume").wait_for()
    elsewhere = newcomer(browser)
    other = elsewhere.new_page()
    other.goto(link)
    command(other, "resume").wait_for()
    for each in (tab, other):
        assert study_of(each) == study
        expect(each.locator(".st-key-play-batch_size input")).to_have_value("32")
        expect(each.locator(".st-key-play-seeds input")).to_have_value("2")
        plot(each, "curves").wait_for()
    # What one of them does the other sees.
    command(other, "stop").click()
    expect(tab.get_by_text("Stopped at step")).to_be_visible()
    elsewhere.close()


def test_the_keyboard_is_enough(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/?{SMALL}&steps=20000&learning_rate=0.0013")
    expect(tab.locator(".st-key-train button")).to_be_enabled()
    tab.get_by_role("button", name="Own weights").press("Enter")
    handle = tab.get_by_role("slider").first
    handle.focus()
    for press in range(1, 4):
        handle.press("ArrowRight")
        expect(handle).to_have_attribute("aria-valuenow", str(50 + press))
    tab.keyboard.press("Escape")
    before = study_of(tab)
    tab.keyboard.press("Control+Enter")
    until(lambda: study_of(tab) != before)
    command(tab, "pause").wait_for()
    study = study_of(tab) or ""
    tab.locator("h1").click()
    tab.keyboard.press("p")
    until(lambda: server.store.get(study).state == "paused")
    tab.keyboard.press("s")
    until(lambda: server.store.get(study).state == "stopped")


def test_pages_keep_the_study(tab: Page, server: Server) -> None:
    tab.goto(server.address)
    plot(tab, "tradeoff").wait_for()
    titles = {
        "Transfer": "Transfer",
        "Conflict": "Conflict",
        "Trade-off": "Trade-off",
        "Studies": "Studies",
        "Play": "Two overlaid",
    }
    for _ in range(2):
        for name, title in titles.items():
            tab.get_by_role("link", name=name).first.click()
            tab.locator("h1", has_text=title).wait_for()
            until(lambda: study_of(tab) == Study().id)
            expect(tab.get_by_test_id("stException")).to_have_count(0)


def test_a_stale_link_says_so_and_leads_on(tab: Page, server: Server) -> None:
    tab.goto(f"{server.address}/?study=000000000000")
    expect(tab.get_by_text("does not have")).to_be_visible()
    tab.get_by_text("Show the first study").click()
    plot(tab, "tradeoff").wait_for()


def test_a_table_is_uploaded_and_trained(tab: Page, server: Server, tmp_path: Path) -> None:
    rows = ["<b>speed</b>,*mass*,size,colour"]
    rows += [f"{n % 17},{(n * 7) % 23 / 2},{n % 11},{'red' if n % 3 else 'blue'}" for n in range(160)]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(rows))
    tab.goto(f"{server.address}/?{SMALL}&suite=csv&steps=40")
    expect(tab.locator(".st-key-train button")).to_be_disabled()
    tab.locator("input[type=file]").set_input_files(table)
    columns = tab.locator('[class*="st-key-play-suite-csv"][class*="-targets"] input')
    unfold(columns)
    tab.get_by_role("option", name="<b>speed</b> (number)").click()
    tab.get_by_role("option", name="colour (class)").click()
    tab.keyboard.press("Escape")
    train = tab.locator(".st-key-train button")
    expect(train).to_be_enabled()
    assert str(tmp_path) not in parameters(tab)["suite"]
    before = study_of(tab)
    train.click()
    until(lambda: study_of(tab) != before)
    study = study_of(tab) or ""
    until(lambda: server.store.get(study).state == "finished")
    plot(tab, "tradeoff").wait_for()
    # The column's name is text, never markup.
    assert tab.get_by_text("speed", exact=True).count() == 0
    assert list(server.store.get(study).study.tasks) == ["<b>speed</b>", "colour"]


def test_the_server_stays_small_and_without_torch(tab: Page, server: Server) -> None:
    tab.goto(server.address)
    plot(tab, "tradeoff").wait_for()
    status = Path(f"/proc/{server.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell a process's memory in /proc")
    resident = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    assert resident < 300 * 1024, f"{resident // 1024} MB"
    assert "libtorch" not in Path(f"/proc/{server.pid}/maps").read_text()
    assert server.health()["status"] == "ok"
    assert server.health()["workers"]
