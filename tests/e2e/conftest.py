"""A real server with a real worker, and a real Chromium, once for all browser tests."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from mtl_core.spec import Study
from mtl_core.store import Store, open_store

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 120.0
"""Seconds for anything to happen. It only ends a test that hangs: how fast things happen is for ``tests/benchmarks``."""

expect.set_options(timeout=PATIENCE * 1000)


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its store and its process."""

    address: str
    store: Store
    pid: int

    def health(self) -> dict[str, Any]:
        """What the server says of itself."""
        with urllib.request.urlopen(f"{self.address}/api/health") as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def until(condition: Any) -> None:
    """Wait until a condition holds; fails when patience ends."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE, "it did not happen"
        time.sleep(0.05)


def still(tab: Page) -> None:
    """Wait until the page has followed what was chosen before, as a person does who looks at it."""
    expect(tab.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def unfold(box: Locator) -> None:
    """Open a list of choices. A list closes when the page scrolls under it, so the page scrolls before, as a person does."""
    box.scroll_into_view_if_needed()
    box.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box.click()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), os.environ.get("CHROMIUM"))
    if not found:
        missing = "no Chromium: install one, or name it in $CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server as the command starts it, with a store of its own; the default study is finished."""
    with serving(tmp_path_factory.mktemp("server")) as started:
        until(lambda: started.store.get(Study().id).state == "finished")
        yield started


@contextlib.contextmanager
def serving(folder: Path, *flags: str) -> Iterator[Server]:
    """A server that has just begun to answer, with an empty store in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"sqlite:///{folder / 'seesaw.db'}"
    start = "from mtl_core.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", start, "serve", "--store", url, "--port", str(port), "--no-browser", *flags]
    address = f"http://localhost:{port}"
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        until(lambda: process.poll() is not None or _answers(address))
        assert process.poll() is None, (folder / "log").read_text()
        with open_store(url) as store:
            yield Server(address, store, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/health"):
            return True
    except urllib.error.HTTPError as refusal:
        return refusal.code == 401
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


def newcomer(browser: Browser, width: int = 1280, height: int = 720) -> BrowserContext:
    """A browser of somebody's who has never been here, with a screen of so many pixels."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE * 1000)
    return context


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody who has never been here."""
    context = newcomer(browser, 1440, 1000)
    yield context
    context.close()


@pytest.fixture
def tab(visitor: BrowserContext) -> Page:
    """An empty tab of the visitor's."""
    return visitor.new_page()
