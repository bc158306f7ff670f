"""A classroom: nobody is let in without the code, nobody touches what another one started, and a teacher uncovers for all."""

import hashlib
import os
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from mtl_core.spec import Study
from mtl_core.store.classes import Vote
from tests.e2e.conftest import PATIENCE, Server, newcomer, serving, until
from tests.e2e.test_accessible_in_browser import findings

CODE = "open sesame"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets others in; it cannot be told that they come from this machine."""
    os.environ["SEESAW_CODE"] = CODE
    try:
        with serving(tmp_path_factory.mktemp("classroom"), "--host", "0.0.0.0", "--class", "physics") as started:
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


def test_a_class_predicts_and_its_teacher_uncovers_for_all(
    classroom: Server, two: tuple[BrowserContext, BrowserContext], browser: Browser
) -> None:
    lesson, folder = "negative-transfer", Path(classroom.store.address).parent
    key = re.search(r"teacher=([^&]+)", (folder / "log").read_text())
    assert key is not None
    theirs = newcomer(browser)
    teacher, students = theirs.new_page(), [context.new_page() for context in two]
    teacher.goto(f"{classroom.address}/learn?teacher={key[1]}&class=physics&lesson={lesson}", wait_until="commit")
    for tab in students:
        tab.goto(f"{classroom.address}/learn?code={CODE}&class=physics&lesson={lesson}", wait_until="commit")
    expect(teacher.get_by_text("0 have answered.")).to_be_visible()
    assert key[1] not in teacher.url
    for tab, step in zip(students, ("ArrowRight", "PageUp"), strict=True):
        _predict(tab, step)
        _press(tab, "Hand in")
        expect(tab.get_by_text("Your answer counts.")).to_be_visible()
    expect(teacher.get_by_text("2 have answered.")).to_be_visible()
    expect(teacher.get_by_role("figure", name=re.compile("2 answers. left: median 0.03"))).to_be_visible()
    expect(students[0].get_by_text("2 have answered.")).to_be_visible()
    faults = [*findings(teacher, "teacher"), *findings(students[0], "student")]
    assert not faults, "\n".join(faults)
    _press(teacher, "Close the vote")
    expect(students[0].get_by_text("The vote is closed.")).to_be_visible()
    assert students[0].get_by_text("a difference of").count() == 0
    _press(teacher, "Uncover for all")
    for tab in (teacher, *students):
        expect(tab.get_by_text("a difference of").first).to_be_visible()
    expect(teacher.get_by_role("figure", name=re.compile("It came out at left: −0.0"))).to_be_visible()
    expect(students[1].locator(".handle").first).to_have_attribute("aria-valuetext", re.compile(r"^\+0\.05; "))  # own mark
    assert classroom.store.vote("physics", lesson) == Vote("uncovered", 2)
    kept = b"".join(path.read_bytes() for path in folder.glob("seesaw.db*"))
    for context in (*two, theirs):
        for secret in (cookie["value"] for cookie in context.cookies()):
            assert secret.encode() not in kept
            assert hashlib.sha256(secret.encode()).hexdigest().encode() not in kept
    assert key[1].encode() not in kept
    with classroom.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM seesaw_answers")).all()
    assert len(rows) == 2
    assert not [row for row in rows if "127.0.0.1" in str(row) or "::1" in str(row)]
    theirs.close()


def _predict(tab: Page, step: str) -> None:
    """Place every mark by a key."""
    handles = tab.locator(".handle")
    expect(handles).to_have_count(2)
    for number in range(2):
        handles.nth(number).focus()
        tab.keyboard.press(step)
    expect(tab.get_by_text("All marks are placed.")).to_be_visible()


def _press(tab: Page, name: str) -> None:
    """Press a button by keys, once it can be."""
    button = tab.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled()
    button.focus()
    tab.keyboard.press("Enter")
