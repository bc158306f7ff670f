"""The data folder on the page: for whoever started the server, and for nobody else."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.reading import folder, visitors
from dashboard.reading.visitors import HOST, Visitor
from mtl_core.errors import DataError, NotAllowedError
from mtl_core.execution.supervisor import Supervisor
from mtl_core.execution.worker_process import WorkerProcess
from mtl_core.store import Store
from mtl_core.suites.folder import ENVIRONMENT

KEY = "data-folder"


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No folder is named before and after."""
    monkeypatch.setenv(ENVIRONMENT, "")
    yield
    monkeypatch.undo()
    visitors.tell_apart(None)


def typed(app: AppTest, text: str) -> AppTest:
    return app.text_input(key=KEY).set_value(text).run()


def test_the_host_names_it_and_a_file_suite_is_looked_for_there(
    shelf: Store, visit: Callable[..., AppTest], tmp_path: Path
) -> None:
    app = visit("play", suite='"snips"')
    assert any("none is named" in each.value for each in app.warning)
    typed(app, f" {tmp_path} ")
    assert os.environ[ENVIRONMENT] == str(tmp_path.resolve())
    assert any("must be in the data folder" in each.value for each in app.warning)
    typed(app, str(tmp_path / "<b>none"))
    assert any("found none at" in each.value and "\\<b\\>none" in each.value for each in app.error)
    assert os.environ[ENVIRONMENT] == str(tmp_path.resolve()), "what was refused changes nothing"
    typed(app, "")
    assert ENVIRONMENT not in os.environ
    assert not any("found none at" in each.value for each in app.error)


def test_neither_a_visitor_nor_a_link_names_it(shelf: Store, visit: Callable[..., AppTest], tmp_path: Path) -> None:
    visit("play", suite='"snips"', **{KEY: str(tmp_path)})
    assert os.environ[ENVIRONMENT] == ""
    visitors.tell_apart("somebody else's mark")
    app = visit("play", suite='"snips"')
    assert KEY not in [each.key for each in app.text_input]
    with pytest.raises(NotAllowedError):
        folder.name(str(tmp_path), Visitor("ben"))
    assert os.environ[ENVIRONMENT] == ""


@pytest.mark.parametrize("text", ["/nowhere/at/all", "a\0b", "x" * 5000, "~nobody-of-that-name/x", "\ud800"])
def test_what_is_no_folder_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="must be a folder of this machine"):
        folder.name(text, HOST)


def test_who_trains_with_another_folder_is_asked_to_leave(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = Supervisor(shelf.url)
    asked: list[WorkerProcess] = []
    monkeypatch.setattr(WorkerProcess, "ask_to_leave", lambda process: asked.append(process))
    supervisor._follow_the_folder()
    assert not asked, "nobody runs"
    process = supervisor.processes[0]
    monkeypatch.setattr("subprocess.Popen", lambda *_given, **_more: object())
    process.start()
    supervisor._follow_the_folder()
    assert not asked
    monkeypatch.setenv(ENVIRONMENT, "/another")
    supervisor._follow_the_folder()
    assert asked == [process]
    process._process = None  # it never was one
