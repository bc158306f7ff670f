"""Who is let in: names, code, key and secrets, asked of the gate as a browser would."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dashboard.reading import visitors
from dashboard.serving import door as doors
from dashboard.serving import hosts, routes
from dashboard.serving.door import Door
from dashboard.serving.hosts import Names
from mtl_core.errors import SpecError

CODE = "seesaw-code"


async def _page(_request: Any) -> HTMLResponse:
    return HTMLResponse("the pages")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def behind(door: Door) -> Any:
    """The server's routes and a page and a connection, behind the door."""
    own = [Route("/{path:path}", _page), WebSocketRoute("/_stcore/stream", _socket)]
    return Starlette(routes=[*routes.ROUTES, *own], middleware=routes.middleware(door))


def ask(app: Any, path: str, *, kind: str = "http", method: str = "GET", body: bytes = b"", **headers: str) -> dict[str, Any]:
    """Status, headers, cookies and text of an answer; for a connection, the kind of the first message."""
    target, _, query = path.partition("?")
    given = {"host": "192.168.0.7:8501", "accept": "text/html"} | {name.replace("_", "-"): v for name, v in headers.items()}
    scope = {
        "type": kind,
        "method": method,
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("192.168.0.9", 1),
        "server": ("192.168.0.7", 8501),
        "scheme": "ws" if kind == "websocket" else "http",
        "http_version": "1.1",
        "root_path": "",
        "subprotocols": [],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(app(scope, receive, send))
    if kind == "websocket":
        return {"first": sent[0]["type"]}
    told = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    cookies = [value for name, value in told if name == "set-cookie"]
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode("utf-8", "replace")
    return {"status": sent[0]["status"], "headers": dict(told), "cookies": cookies, "text": text}


@pytest.fixture
def door() -> Door:
    return Door(Names("0.0.0.0"), exposed=True, code=CODE)


@pytest.mark.parametrize(
    "path", ["/", "/studies", "/_stcore/health", "/api/health", "/assets/plotly.js", "/_stcore/upload_file/a/b"]
)
def test_without_the_code_nothing_is_seen(path: str, door: Door) -> None:
    app = behind(door)
    answer = ask(app, path, accept="*/*")
    assert answer["status"] == 401
    assert answer["text"] == "An access code is needed.\n"
    form = ask(app, path)
    assert (form["status"], "the pages" in form["text"]) == (401, False)
    assert '<label for="code">' in form["text"]
    assert not form["cookies"]
    assert ask(app, "/_stcore/stream", kind="websocket")["first"] == "websocket.close"
    for forged in ("seesaw_code=x", f"seesaw_code={CODE}", "seesaw_code=; seesaw_host="):
        assert ask(app, path, cookie=forged)["status"] == 401


def test_the_code_opens_by_form_and_by_link_and_leaves_the_address(door: Door) -> None:
    app = behind(door)
    for answer in (
        ask(app, "/studies?find=a", method="POST", body=f"code={CODE.upper()}+".encode()),
        ask(app, f"/studies?code={CODE}&find=a"),
    ):
        assert answer["status"] == 303
        assert answer["headers"]["location"] == "/studies?find=a"
        (cookie,) = answer["cookies"]
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert CODE not in cookie
        mark = cookie.split(";")[0]
        assert ask(app, "/", cookie=mark)["text"] == "the pages"
        assert ask(app, "/_stcore/stream", kind="websocket", cookie=mark)["first"] == "websocket.accept"
    assert ask(app, f"//evil.example/?code={CODE}")["headers"]["location"].startswith("/evil.example")
    assert ask(behind(Door(Names("0.0.0.0"), True, CODE)), "/", cookie=mark)["status"] == 401  # another start, other marks


def test_guessing_is_ended(door: Door) -> None:
    app = behind(door)
    said = [ask(app, "/", method="POST", body=b"code=wrong")["status"] for _ in range(doors.TRIES_EACH + 1)]
    assert said == [401] * doors.TRIES_EACH + [429]
    assert ask(app, "/", method="POST", body=f"code={CODE}".encode())["status"] == 429


def test_each_browser_gets_a_secret_of_its_own_and_keeps_it(door: Door) -> None:
    app, mark = behind(door), f"seesaw_code={door.mark(CODE)}"
    first, second = (ask(app, "/", cookie=mark)["cookies"] for _ in range(2))
    assert first != second
    (cookie,) = first
    assert cookie.startswith("seesaw_visitor=")
    assert "httponly" in cookie.lower()
    assert len(cookie.split(";")[0]) > len("seesaw_visitor=") + 22  # 128 bits and more
    assert not ask(app, "/", cookie=f"{mark}; {cookie.split(';')[0]}")["cookies"]


def test_the_key_makes_the_browser_the_hosts(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    app = behind(door)
    (cookie,) = ask(app, f"/?key={door.key}")["cookies"]
    name, _, mark = cookie.split(";")[0].partition("=")
    monkeypatch.setattr(visitors, "_host_mark", door.mark(door.key))
    assert visitors.recognise({name: mark}).is_host
    assert not visitors.recognise({name: "", "seesaw_visitor": "a"}).is_host
    assert visitors.recognise({"seesaw_visitor": "a"}).owner != visitors.recognise({"seesaw_visitor": "b"}).owner
    assert ask(app, "/", cookie=f"{name}={mark}")["text"] == "the pages"
    assert ask(app, "/?key=wrong")["status"] == 401


@pytest.mark.parametrize("exposed", [True, False])
def test_the_teachers_key_makes_the_browser_the_teachers_and_leaves_the_address(
    exposed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(Names("0.0.0.0"), exposed, CODE if exposed else "", teacher=doors.choose_key())
    app = behind(door)
    answer = ask(app, f"/learn?teacher={door.teacher}&class=physics")
    assert answer["headers"]["location"] == "/learn?class=physics"
    (cookie,) = answer["cookies"]
    assert "httponly" in cookie.lower()
    assert door.teacher not in cookie
    name, _, mark = cookie.split(";")[0].partition("=")
    monkeypatch.setattr(visitors, "_host_mark", door.mark(door.key))
    monkeypatch.setattr(visitors, "_teacher_mark", door.mark(door.teacher))
    teacher, student = visitors.recognise({name: mark, "seesaw_visitor": "a"}), visitors.recognise({"seesaw_visitor": "a"})
    assert (teacher.is_teacher, teacher.is_host, student.is_teacher) == (True, False, False)
    assert teacher.owner == student.owner
    for forged in ("", door.teacher, door.mark(door.key), door.mark("")):
        assert not visitors.recognise({name: forged}).is_teacher
    first = ask(app, "/", cookie=f"{name}={mark}")
    assert first["text"] == "the pages"
    assert first["cookies"][0].startswith("seesaw_visitor="), "browsers are told apart for a class on one's own machine too"


def test_a_wrong_teachers_key_opens_nothing_and_is_left_to_the_page(door: Door) -> None:
    for own in (door, Door(Names("0.0.0.0"), True, CODE, teacher="right")):
        app, code = behind(own), f"seesaw_code={own.mark(CODE)}"
        for key in ("wrong", "", own.mark(own.teacher)):
            assert ask(app, f"/learn?teacher={key}")["status"] == 401
            answer = ask(app, f"/learn?teacher={key}", cookie=code)
            assert answer["text"] == "the pages"
            assert not [cookie for cookie in answer["cookies"] if visitors.TEACHER_COOKIE in cookie]
        assert ask(app, "/", cookie=f"{visitors.TEACHER_COOKIE}={own.mark('')}")["status"] == 401


def test_on_ones_own_machine_nothing_is_asked() -> None:
    answer = ask(behind(Door(Names("127.0.0.1"))), "/", host="localhost:8501")
    assert (answer["text"], answer["cookies"]) == ("the pages", [])
    assert answer["headers"]["content-security-policy"] == "frame-ancestors 'self'"
    assert answer["headers"]["x-frame-options"] == "SAMEORIGIN"
    assert visitors.recognise({}).is_host


@pytest.mark.parametrize(
    ("host", "known", "foreign"),
    [
        ("127.0.0.1", ["localhost:8501", "127.0.0.1", "[::1]:8501", "allowed.example"], ["evil.example", "192.168.0.7", ""]),
        (
            "0.0.0.0",
            ["192.168.0.7:8501", "localhost", "ALLOWED.example.", "[fe80::1]"],
            ["evil.example", "a@192.168.0.7", "x:y"],
        ),
    ],
)
def test_foreign_names_are_refused_on_every_route(host: str, known: list[str], foreign: list[str]) -> None:
    app = behind(Door(Names(host, ["allowed.example"])))
    for name in known:
        assert ask(app, "/", host=name)["status"] == 200, name
    for name in foreign:
        assert ask(app, "/api/health", host=name)["status"] == 403, name
        assert ask(app, "/_stcore/stream", kind="websocket", host=name)["first"] == "websocket.close"


@pytest.mark.parametrize("host", ["", " ", " 127.0.0.1", "no.such.name.invalid", "203.0.113.1", "a b", "." * 70])
def test_an_address_of_no_use_is_refused_in_words(host: str) -> None:
    with pytest.raises(SpecError, match=r"must be one of this machine's, found .* use 127\.0\.0\.1"):
        hosts.check_address(host)


def test_what_only_this_machine_reaches() -> None:
    assert [hosts.is_loopback(hosts.check_address(host)) for host in ("127.0.0.1", "localhost", "127.0.0.2")] == [True] * 3
    assert not hosts.is_loopback("0.0.0.0")
    assert not hosts.is_loopback("0")


def test_the_code_is_random_or_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(doors.CODE, raising=False)
    assert doors.choose_code() != doors.choose_code()
    monkeypatch.setenv(doors.CODE, "abc")
    with pytest.raises(SpecError, match=r"at least 6 characters, found 3"):
        doors.choose_code()
    monkeypatch.setenv(doors.CODE, "our class")
    assert Door(Names("0.0.0.0"), True, doors.choose_code()).is_code(" Our Class ")
