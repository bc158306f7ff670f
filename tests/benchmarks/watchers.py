"""Many people who look at one study while it trains: how often their pictures move, and what one more visitor has to wait.

Starts the ``seesaw`` command with an empty store and a long study. Each watcher opens the page as a browser does, over the
page's own connection, and then asks what is new as the page's charts do; one real Chromium is the visitor. Watchers and
visitor run on the server's own processors, so what is told is no better than what people elsewhere would see.

    .venv/bin/python tests/benchmarks/watchers.py --watchers 1 10 50
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dashboard.components.live_plot import LIVE_PATH
from mtl_core.spec import Study
from mtl_core.store import open_store

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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        url = str(Path(folder) / "store.sqlite")
        command = [sys.executable, "-m", "mtl_core.cli", "serve", "--no-browser", "--port", str(port), "--store", url]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with open_store(url) as store:
                while not store.find(Study()) or store.get(Study().id).state != "finished":
                    await asyncio.sleep(0.2)
                for number, count in enumerate(counts):
                    study = store.add(Study(steps=20_000, learning_rate=0.001 + number * 1e-4))
                    while not store.get(study).step:
                        await asyncio.sleep(0.1)
                    print(await _watched(port, server.pid, study, count), flush=True)
                    store.send(study, "stop")
        finally:
            server.terminate()
            server.wait(20)


async def _watched(port: int, pid: int, study: str, count: int) -> str:
    """One line: what so many watchers and one visitor more see of a study."""
    seen: list[list[float]] = [[] for _ in range(count)]
    came = time.perf_counter()
    watchers = [asyncio.create_task(_watch(port, study, times)) for times in seen]
    while min(map(len, seen)) < 2 and time.perf_counter() - came < PATIENCE:
        await asyncio.sleep(0.1)
    there = time.perf_counter() - came
    for times in seen:
        times.clear()  # what follows is how it goes on once everybody is there
    started, before = time.perf_counter(), _processor(pid)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium") or os.environ["CHROMIUM"], args=FLAGS
        )
        first, change, moved = await _visit(browser, f"http://127.0.0.1:{port}/?study={study}")
        await browser.close()
    await asyncio.sleep(max(0.0, WATCHED - (time.perf_counter() - started)))
    load = (_processor(pid) - before) / (time.perf_counter() - started)
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


async def _watch(port: int, study: str, times: list[float]) -> None:
    """Note when a watcher's pictures move, until it is told to leave."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    origin: Any = f"http://127.0.0.1:{port}"
    async with connect(address, origin=origin, subprotocols=["streamlit"], max_size=None) as session:  # type: ignore[list-item]
        asked = BackMsg()
        asked.rerun_script.query_string = f"study={study}"
        await session.send(asked.SerializeToString())
        pictures = await _pictures(session)
        # What else the page says is read and left, as it comes.
        reader = asyncio.create_task(_drain(session))
        question = f"{origin}{LIVE_PATH}?study={study}&language=en" + "".join(f"&picture={name}" for name in sorted(pictures))
        tag = ""
        while True:
            answer, tag, again = await asyncio.to_thread(_ask, question, tag)
            if answer:
                times.append(time.monotonic())
            await asyncio.sleep(max(0.4, again))
            assert not reader.done()


def _ask(question: str, tag: str) -> tuple[bool, str, float]:
    request = urllib.request.Request(question, headers={"If-None-Match": tag} if tag else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
            return True, answer.headers["ETag"], float(answer.headers["Seesaw-Again"])
    except urllib.error.HTTPError as told:
        if told.code != 304:
            raise
        return False, tag, float(told.headers["Seesaw-Again"])


async def _pictures(session: ClientConnection) -> set[str]:
    """The names of the pictures on the page, once it is drawn."""
    found: set[str] = set()
    async for message in session:
        told = ForwardMsg()
        told.ParseFromString(message if isinstance(message, bytes) else message.encode())
        if told.HasField("delta"):
            found |= set(_named(told))
        if told.WhichOneof("type") == "script_finished" and found:
            return found
    raise ConnectionError("the page ended before it was drawn")


def _named(told: ForwardMsg) -> Iterator[str]:
    element = told.delta.new_element
    if element.WhichOneof("type") == "bidi_component":
        part = element.bidi_component
        live = json.loads(part.json or part.mixed.json).get("live")
        if live and live["picture"]:
            yield live["picture"]


async def _drain(session: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        async for _ in session:
            pass


def _processor(pid: int) -> float:
    """Seconds of processor that the server has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    asyncio.run(main())
