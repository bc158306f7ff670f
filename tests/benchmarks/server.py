"""The server as its visitor meets it: how soon a study is on screen, how often curves move, how fast pages change, its memory.

Starts the ``seesaw`` command with an empty store, then opens it in Chromium as a first visitor would.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from mtl_core.spec import Study
from mtl_core.store import open_store

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAGES = ("Transfer", "Conflict", "Trade-off", "Studies", "Play")
PICTURE = "[data-testid=stMain] .js-plotly-plot .main-svg, [data-testid=stMain] [data-testid=stDataFrame] canvas, [data-study]"


def main() -> None:
    """Print the table."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder) / "store.sqlite"
        command = [sys.executable, "-m", "mtl_core.cli", "serve", "--no-browser", "--port", str(port), "--store", str(store)]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or os.environ["CHROMIUM"], args=FLAGS)
        started = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not _answers(port):
                time.sleep(0.02)
            print(f"the server answers after {time.perf_counter() - started:.1f} s")
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            opened = time.perf_counter()
            page.goto(address)
            found = page.locator(".st-key-plot-tradeoff .seesaw-plot[data-drawn]")
            found.get_by_text("test split").wait_for(timeout=120_000)
            page.locator(".seesaw-examples[data-drawn]").wait_for()
            page.locator("[class*=st-key-decision] strong").first.wait_for()
            print(f"examples, answer and plane are on screen {time.perf_counter() - opened:.1f} s after opening (wanted: 5)")
            page.wait_for_timeout(15_000)  # the landscape's first picture is being made
            waits = sorted(_first_curve(page, address, 400 + number) for number in range(5))
            print(f"first curve {waits[2]:.2f} s after Train, at most {waits[-1]:.2f} (wanted: 1)")
            told = _training(page, f"{address}/?learning_rate=0.001&steps=20000")
            print(f"curves move {told[0]:.1f} times a second while they train (wanted: 1)")
            print(f"Pause and Stop are obeyed within {told[1]:.2f} and {told[2]:.2f} s (wanted: 1.5)")
            for name in PAGES:
                _change(page, name)  # each page's code is loaded once
            for name in PAGES:
                seconds = median(_change(page, name) for _ in range(3))
                print(f"change to {name}: content after {seconds:.2f} s (wanted: 1)")
            with open_store(store) as held:
                for number in range(500):
                    held.send(held.add(Study(seeds=[number], steps=10)), "stop")
            seconds = median(_change(page, "Studies") for _ in range(3))
            print(f"change to Studies with 500 of them: content after {seconds:.2f} s (wanted: 3)")
            print(f"server process: {_resident(server.pid):.0f} MB resident (wanted: under 300)")
            print(f"torch loaded in it: {_has_torch(server.pid)}")
        finally:
            server.terminate()
            server.wait(20)


def _first_curve(page: Page, address: str, steps: int) -> float:
    """Seconds from pressing Train, on the first study's page with other settings, to the first point of the new curves."""
    page.goto(address)
    page.locator(".st-key-plot-curves .seesaw-plot[data-drawn]").wait_for()
    page.locator(".st-key-play-steps input").fill(str(steps))
    page.locator(".st-key-play-steps input").press("Enter")
    page.locator(".st-key-train button:not([disabled])").wait_for()
    page.wait_for_timeout(2000)
    start = time.perf_counter()
    page.locator(".st-key-train button").click()
    # The picture of the study before ends at another step.
    page.wait_for_function(
        """steps => [...document.querySelectorAll(".st-key-plot-curves .seesaw-plot[data-drawn]")].some(
            node => node.layout?.xaxis.range[1] === steps && node.querySelector(".scatterlayer .js-line"))""",
        arg=steps,
    )
    seconds = time.perf_counter() - start
    page.wait_for_function("!document.querySelector('.st-key-command-toggle')", timeout=120_000)
    return seconds


def _training(page: Page, address: str) -> tuple[float, float, float]:
    """Updates of the curves a second while a study trains, and the seconds from Pause and from Stop until it obeys."""
    page.goto(address)
    page.locator(".st-key-train button:not([disabled])").click()
    page.get_by_role("button", name="Pause").wait_for()
    node = page.locator(".st-key-plot-curves .seesaw-plot[data-drawn]").last
    node.wait_for()
    page.wait_for_timeout(2000)
    before, start = int(node.get_attribute("data-drawn") or 0), time.perf_counter()
    page.wait_for_timeout(10_000)
    rate = (int(node.get_attribute("data-drawn") or 0) - before) / (time.perf_counter() - start)
    waits = []
    for name, sign in (("Pause", "button:has-text('Resume')"), ("Stop", "text=Stopped at step")):
        start = time.perf_counter()
        page.get_by_role("button", name=name).click()
        page.locator(sign).first.wait_for()
        waits.append(time.perf_counter() - start)
    return rate, waits[0], waits[1]


def _change(page: Page, name: str) -> float:
    if page.title().startswith(name):
        page.get_by_role("link", name="Studies" if name != "Studies" else "Play").first.click()
        page.wait_for_timeout(1500)
    start = time.perf_counter()
    page.get_by_role("link", name=name).first.click()
    page.locator("[data-testid=stMain] h1", has_text="").first.wait_for()
    page.locator(PICTURE).first.wait_for(timeout=30_000)
    return time.perf_counter() - start


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


if __name__ == "__main__":
    main()
