"""The server's settings, its own routes, and its life from start to Ctrl-C."""

import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import text
from starlette.applications import Starlette
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import launch
from dashboard.serving import routes, server
from dashboard.serving.door import Door
from dashboard.serving.hosts import Names
from mtl_core.errors import SpecError, WorkerError
from mtl_core.spec import Study
from mtl_core.store import Store, open_store


class Client:
    """Asks a running server, following nothing and unpacking nothing."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str, **headers: str) -> tuple[int, HTTPMessage, bytes]:
        """Status, headers and body."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.fixture
def client(shelf: Store) -> Iterator[Client]:
    """The routes of the server, without the pages."""
    app = Starlette(routes=routes.ROUTES, middleware=routes.middleware(Door(Names("127.0.0.1"))))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    _until(lambda: server.started)
    yield Client(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()


def test_the_settings_are_ones_that_streamlit_knows() -> None:
    known = config._config_options_template
    for name, value in server.options("127.0.0.1", 8501).items():
        assert name in known, name
        if isinstance(known[name].default_val, bool):
            assert isinstance(value, bool), name


def test_it_is_closed_to_other_machines_unless_asked() -> None:
    own, open_to_all = server.options("127.0.0.1", 1), server.options("0.0.0.0", 1)
    assert own["server.address"] == "127.0.0.1"
    for chosen in (own, open_to_all):
        assert chosen["server.enableXsrfProtection"]
        assert chosen["server.enableCORS"]
        assert not chosen["browser.gatherUsageStats"]
        assert chosen["client.showErrorDetails"] == "none"
        assert chosen["server.maxUploadSize"] == 50


def test_a_taken_port_is_an_error_when_it_was_asked_for_and_passed_over_when_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WorkerError, match=rf"expected port {port} .* --port"):
            launch.free_port("127.0.0.1", port)
    assert launch.free_port("127.0.0.1", port) == port
    with pytest.raises(WorkerError, match=r"expected port 80 at 203\.0\.113\.1"):
        launch.free_port("203.0.113.1", 80)
    with pytest.raises(WorkerError, match=r"expected port 99999 at 127\.0\.0\.1"):
        launch.free_port("127.0.0.1", 99999)
    assert launch.free_port("127.0.0.1", None) in range(launch.DEFAULT_PORT, launch.DEFAULT_PORT + launch.PORTS_TRIED)


def test_the_chart_library_is_served_small_and_kept(client: Client) -> None:
    _, headers, squeezed = client.get(routes.PLOTLY_URL, **{"Accept-Encoding": "gzip"})
    _, plain_headers, plain = client.get(routes.PLOTLY_URL)
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed) == plain
    assert b"plotly.js" in plain[:200]
    assert len(squeezed) < len(plain) / 2
    for each in (headers, plain_headers):
        assert "immutable" in each["Cache-Control"]
        assert each["X-Content-Type-Options"] == "nosniff"


def test_health_tells_of_the_store_and_its_workers(client: Client, shelf: Store) -> None:
    status, _, body = client.get("/api/health")
    assert (status, json.loads(body)["status"]) == (503, "no worker")
    shelf.note_trouble("it does not start")
    assert json.loads(client.get("/api/health")[2])["problem"] == "it does not start"
    shelf.register("one", "cpu", ["cpu"])
    told = json.loads(client.get("/api/health")[2])
    assert told["status"] == "ok"
    assert told["workers"] == [{"name": "one", "device": "cpu"}]


def test_health_says_when_the_store_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"no database " * 100)
    monkeypatch.setenv("SEESAW_STORE", f"sqlite:///{tmp_path / 'broken'}")
    status, _, body = client.get("/api/health")
    assert status == 503
    assert json.loads(body)["status"] == "store unavailable"


def test_health_says_within_seconds_that_a_worker_is_gone_or_the_store_is_held(client: Client, shelf: Store) -> None:
    shelf.register("one", "cpu", ["cpu"])
    with shelf.engine.begin() as connection:  # six seconds without a sign of life
        connection.execute(text("UPDATE seesaw_workers SET seen = seen - 6"))
    assert json.loads(client.get("/api/health")[2])["status"] == "no worker"
    other = sqlite3.connect(shelf.address, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    status, _, body = client.get("/api/health")
    other.execute("ROLLBACK")
    other.close()
    told = json.loads(body)
    assert (status, told["status"]) == (503, "store cannot be written")
    assert "locked by another program" in told["problem"]


def test_the_first_page_has_a_name_too(client: Client) -> None:
    assert client.get("/play?study=abc&seeds=3")[1]["Location"] == "/?study=abc&seeds=3"


def test_the_default_study_is_queued_once(shelf: Store) -> None:
    launch.queue_default()
    launch.queue_default()
    assert [info.id for info in shelf.list()] == [Study().id]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches other processes otherwise there")
def test_ctrl_c_ends_server_and_worker(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"sqlite:///{tmp_path / 'seesaw.db'}"
    start = f"from dashboard.launch import serve; serve({url!r}, '127.0.0.1', {port}, False)"
    process = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        with open_store(url) as store:
            _until(lambda: store.workers())
            (worker,) = store.workers()
            _until(lambda: _answers(f"http://127.0.0.1:{port}/_stcore/health"))
            _until(lambda: store.get(Study().id).state in ("running", "finished"))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
        assert f"Seesaw is at http://localhost:{port}" in said
        _until(lambda: not _lives(worker.pid))
    finally:
        process.kill()


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_fault_of_a_page_is_said_without_its_details() -> None:
    def script():  # type: ignore[no-untyped-def]  # its source is run without this module's names
        from dashboard.serving.server import apologise

        assert apologise(ValueError("a secret"))

    app = AppTest.from_function(script, default_timeout=120).run()
    assert not app.exception
    assert "Something went wrong" in app.error[0].value
    assert "secret" not in app.error[0].value


def test_the_links_of_a_class_hold_code_key_and_name_where_they_belong() -> None:
    door = Door(Names("0.0.0.0"), True, "a code", teacher="its-key")
    said = launch._class("http://10.0.0.7:8501", "信号", door)
    students, teacher = (next(line for line in said.splitlines() if who in line) for who in ("Students:", "Teacher:"))
    assert "http://10.0.0.7:8501/learn?code=a+code&class=%E4%BF%A1%E5%8F%B7" in students
    assert "its-key" not in students
    assert "http://10.0.0.7:8501/learn?teacher=its-key&class=%E4%BF%A1%E5%8F%B7" in teacher
    assert "--host 0.0.0.0" not in said
    assert "--host 0.0.0.0" in launch._class("http://localhost:8501", "a", Door(Names("127.0.0.1"), teacher="its-key"))


def test_the_name_of_a_class_is_checked_before_anything_starts(shelf: Store) -> None:
    with pytest.raises(SpecError, match=r"name of a class .* found 'a b'"):
        launch.serve(None, for_class="a b")
