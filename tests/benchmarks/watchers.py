"""Many people who look at one study while it trains: how often their pictures move, and what one more visitor has to wait.

Starts the ``seesaw`` command with an empty store and a long study. Each watcher opens the page as a browser does, over the
page's own connection, and then asks what is new as the page's charts do; one real Chromium is the visitor. Watchers and
visitor run on the server's own processors, so what is told is no better than what people elsewhere would see.

    .venv/bin/python tests/benchmarks/watchers.py --watchers 1 10 50
"""

import argparse
import asyncio
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from playwright.async_api import Browser, async_playwright
from visiting import Server, serving, visit

from mtl_core.spec import Study

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WATCHED = 20.0
"""Seconds that are measured."""

PATIENCE = 120.0
"""Seconds after which watchers who never came are told as such."""


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, nargs="*", default=[1, 10, 50])
    counts = parser.parse_args().watchers
    # Every watcher may wait for an answer at the same time.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max(counts) + 1))
    with serving() as server:
        for number, count in enumerate(counts):
            study = server.store.add(Study(steps=20_000, learning_rate=0.001 + number * 1e-4))
            while not server.store.get(study).step:
                await asyncio.sleep(0.1)
            print(await _watched(server, study, count), flush=True)
            server.store.send(study, "stop")


async def _watched(server: Server, study: str, count: int) -> str:
    """One line: what so many watchers and one visitor more see of a study."""
    seen: list[list[float]] = [[] for _ in range(count)]
    came = time.perf_counter()
    watchers = [asyncio.create_task(_watch(server, study, times)) for times in seen]
    while min(map(len, seen)) < 2 and time.perf_counter() - came < PATIENCE:
        await asyncio.sleep(0.1)
    there = time.perf_counter() - came
    for times in seen:
        times.clear()  # what follows is how it goes on once everybody is there
    started, before = time.perf_counter(), server.processor()
    first, change, moved = await probed(server, study)
    await asyncio.sleep(max(0.0, WATCHED - (time.perf_counter() - started)))
    load = (server.processor() - before) / (time.perf_counter() - started)
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    gaps = np.concatenate([np.diff(times) for times in seen])
    updates = f"{np.median(gaps):.2f} s, p95 {np.quantile(gaps, 0.95):.2f} s" if len(gaps) else "none"
    failed = sum(len(times) < 2 for times in seen)
    return (
        f"{count} watchers, all there after {there:.1f} s: an update every {updates} (wanted: p95 1.5), {failed} without any; "
        f"a visitor's first picture after {first:.1f} s (wanted: 8), page change at most {change:.2f} s (wanted: 1), "
        f"{moved:.1f} updates a second (wanted: 2 with one watcher); server processor {100 * load:.0f} %"
    )


async def probed(server: Server, study: str) -> tuple[float, float, float]:
    """What a real Chromium sees that opens a study and changes pages.

    Returns:
        Seconds to the first picture and of a change of page, and updates of the curves a second.
    """
    async with async_playwright() as playwright:
        executable = shutil.which("chromium") or os.environ["CHROMIUM"]
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        found = await _visit(browser, f"http://127.0.0.1:{server.port}/?study={study}")
        await browser.close()
    return found


async def _visit(browser: Browser, address: str) -> tuple[float, float, float]:
    """Seconds to the first picture and of a change of page, and updates of the curves a second."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    start = time.perf_counter()
    await page.goto(address)
    node = page.locator(".st-key-plot-curves .seesaw-plot[data-drawn]").last
    await node.wait_for(timeout=120_000)
    first = time.perf_counter() - start
    await page.wait_for_timeout(1000)
    before, start = int(await node.get_attribute("data-drawn") or 0), time.perf_counter()
    await page.wait_for_timeout(6000)
    moved = (int(await node.get_attribute("data-drawn") or 0) - before) / (time.perf_counter() - start)
    changes = []
    for name in ("Transfer", "Play", "Transfer"):
        start = time.perf_counter()
        await page.get_by_role("link", name=name).first.click()
        picture = page.locator(f".st-key-plot-{'curves' if name == 'Play' else 'transfer'} .seesaw-plot[data-drawn]")
        await picture.first.wait_for(timeout=60_000)
        changes.append(time.perf_counter() - start)
        await page.wait_for_timeout(1000)
    return first, max(changes), moved


async def _watch(server: Server, study: str, times: list[float]) -> None:
    """Note when a watcher's pictures move, until it is told to leave."""
    async with visit(server, f"study={study}") as tab:
        tag = ""
        while True:
            answer, tag, again = await tab.news(tag)
            if answer is not None:
                times.append(time.monotonic())
            await asyncio.sleep(max(0.4, again))
            assert not tab.lost


if __name__ == "__main__":
    asyncio.run(main())
