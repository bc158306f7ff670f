"""A classroom: nobody is let in without the code, and nobody touches what another one started."""

import os
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from mtl_core.spec import Study
from tests.e2e.conftest import PATIENCE, Server, newcomer, serving, until

CODE = "open sesame"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets others in; it cannot be told that they come from this machine."""
    os.environ["SEESAW_CODE"] = CODE
    try:
        with serving(tmp_path_factory.mktemp("classroom"), "--host", "0.0.0.0") as started:
            until(lambda: started.store.get(Study().id).state == "finished")
            yield started
    finally:
        del os.environ["SEESAW_CODE"]


@pytest.fixture
def two(browser: Browser) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two people's browsers."""
    contexts = newcomer(browser), newcomer(browser)
    yield contexts
    for context in contexts:
        context.close()


def _upgrade(server: Server) -> int:
    """The status with which a connection without cookies is answered."""
    connection = HTTPConnection(server.address.removeprefix("http://"), timeout=PATIENCE)
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    connection.request("GET", "/_stcore/stream", headers=asked | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
    return connection.getresponse().status


def test_nothing_is_seen_without_the_code(classroom: Server, two: tuple[BrowserContext, BrowserContext]) -> None:
    tab = two[0].new_page()
    connect = """url => new Promise(done => { const socket = new WebSocket(url);
        socket.onopen = () => done("open"); socket.onerror = () => done("refused"); })"""
    stream = f"{classroom.address.replace('http', 'ws')}/_stcore/stream"
    answer = tab.goto(f"{classroom.address}/studies")
    assert answer is not None
    assert answer.status == 401
    assert tab.locator("body").inner_text().startswith("Seesaw")
    for path in ("/api/health", "/_stcore/health", "/_stcore/host-config"):
        assert tab.request.get(classroom.address + path).status == 401
    tab.get_by_label("Access code").fill("wrong code")
    tab.get_by_role("button", name="Come in").click()
    expect(tab.get_by_role("alert")).to_contain_text("not the code")
    assert tab.evaluate(connect, stream) == "refused"
    assert _upgrade(classroom) == 403  # asked by something that is no page, too
    tab.get_by_label("Access code").fill(CODE)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Studies")).to_be_visible()
    assert tab.evaluate(connect, stream) == "open"
    assert tab.url.endswith("/studies")


def test_another_one_cannot_touch_a_study(classroom: Server, two: tuple[BrowserContext, BrowserContext]) -> None:
    ann, ben = (context.new_page() for context in two)
    ann.goto(f"{classroom.address}/?code={CODE}&methods=equal&weights=0&seeds=1&steps=20000")
    train = ann.locator(".st-key-train button")
    expect(train).to_be_enabled()
    train.click()
    until(lambda: any(info.owner for info in classroom.store.list()))
    (hers,) = [info for info in classroom.store.list() if info.owner]
    ben.goto(f"{classroom.address}/?code={CODE}&study={hers.id}")
    stop = ben.get_by_role("button", name="Stop Shortcut S")
    expect(stop).to_be_disabled()
    ben.goto(f"{classroom.address}/studies?study={hers.id}")
    expect(ben.locator(".st-key-picked").get_by_role("button", name="Delete")).to_be_disabled()
    expect(ann.get_by_role("button", name="Stop Shortcut S")).to_be_enabled()
    ann.get_by_role("button", name="Stop Shortcut S").click()
    until(lambda: classroom.store.get(hers.id).state == "stopped")


def test_a_name_is_no_link(classroom: Server, two: tuple[BrowserContext, BrowserContext], tmp_path: Path) -> None:
    classroom.store.rename(Study().id, "https://evil.example www.evil.example me@evil.example")
    tab = two[0].new_page()
    tab.goto(f"{classroom.address}/?code={CODE}&study={Study().id}")
    expect(tab.get_by_text(re.compile("evil.example")).first).to_be_visible()
    assert tab.locator("a[href*='evil']").count() == 0
