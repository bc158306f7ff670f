"""What a visitor may change, how much a visitor may ask for, and which uploaded tables are kept."""

import io
import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.asking import upload
from dashboard.reading import jobs, limits, uploads
from dashboard.reading.visitors import HOST, Visitor
from mtl_core.errors import DataError, NotAllowedError
from mtl_core.spec import Study
from mtl_core.store import Store
from tests.dashboard.conftest import PAIR

ANN, BEN = Visitor("a" * 64), Visitor("b" * 64)
CSV = b"x,y,z\n" + b"1,2,3\n" * 40


def small(steps: int) -> Study:
    return Study(seeds=1, weights=0, steps=steps)


def test_a_visitor_changes_only_what_that_visitor_started(shelf: Store) -> None:
    study = jobs.submit(small(10), ANN)
    assert jobs.watch(study).owner == ANN.owner
    for act in (
        lambda: jobs.control(study, "stop", BEN),
        lambda: jobs.control(study, "set_learning_rate", BEN, value=1.0),
        lambda: jobs.rename(study, "mine", BEN),
        lambda: jobs.delete(study, BEN),
        lambda: jobs.delete(study, Visitor("")),
    ):
        with pytest.raises(NotAllowedError, match="Somebody else started this study"):
            act()
    jobs.control(study, "stop", ANN)
    assert jobs.submit(small(10), BEN) == study
    assert jobs.watch(study).state == "stopped"  # shown, not started again
    jobs.submit(small(10), ANN)
    assert jobs.watch(study).state == "queued"
    jobs.rename(study, "hers", ANN)
    jobs.delete(study, HOST)
    assert shelf.list() == []


def test_what_the_host_started_is_nobody_elses(shelf: Store) -> None:
    study = jobs.first_study(ANN)
    for visitor in (ANN, Visitor("")):
        with pytest.raises(NotAllowedError):
            jobs.control(study, "stop", visitor)
    jobs.control(study, "stop", HOST)
    assert jobs.first_study(ANN) == study
    assert jobs.watch(study).state == "stopped"


def test_a_teacher_changes_every_study_and_asks_for_no_more_than_others(shelf: Store) -> None:
    teacher = Visitor("c" * 64, is_teacher=True)
    hers, first = jobs.submit(small(10), ANN), jobs.first_study(ANN)
    for study in (hers, first):
        jobs.control(study, "stop", teacher)
        jobs.rename(study, "for the class", teacher)
        jobs.delete(study, teacher)
    assert shelf.list() == []
    for steps in range(1, limits.STUDIES_EACH + 1):
        jobs.submit(small(steps), teacher)
    with pytest.raises(NotAllowedError, match="A visitor may have 3"):
        jobs.submit(small(50), teacher)


def test_a_browser_without_cookies_only_looks(shelf: Store) -> None:
    with pytest.raises(NotAllowedError, match="allow cookies"):
        jobs.submit(small(10), Visitor(""))


def test_a_visitor_and_all_together_start_so_many_studies(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in range(1, limits.STUDIES_EACH + 1):
        first = jobs.submit(small(steps), ANN)
    with pytest.raises(NotAllowedError, match="A visitor may have 3"):
        jobs.submit(small(50), ANN)
    assert jobs.submit(small(1), ANN)  # known already: only shown
    jobs.submit(small(50), BEN)
    jobs.control(first, "stop", ANN)
    jobs.submit(small(51), ANN)
    monkeypatch.setattr(limits, "STUDIES_IN_ALL", 4)
    with pytest.raises(NotAllowedError, match="At most 4 studies"):
        jobs.submit(small(52), BEN)
    jobs.submit(small(54), Visitor("c" * 64))  # who has nothing there yet is let in for longer
    monkeypatch.setattr(limits, "FIRSTS_IN_ALL", 5)
    with pytest.raises(NotAllowedError, match="At most 5 studies"):
        jobs.submit(small(55), Visitor("d" * 64))
    jobs.submit(small(53), HOST)


@pytest.mark.parametrize("room", [(limits.STORE_BYTES + 1, 2**40), (1, limits.FREE_BYTES - 1)])
def test_visitors_start_nothing_where_there_is_little_room(
    room: tuple[int, int], shelf: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "room", lambda _self: room)
    with pytest.raises(NotAllowedError, match="5,120 MB and 200 MB of the disk"):
        jobs.submit(small(10), ANN)
    jobs.submit(small(10), HOST)


def test_a_visitor_keeps_so_many_tables(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [uploads.keep(io.BytesIO(CSV + bytes([49 + n])), shelf, ANN) for n in range(limits.TABLES_EACH)]
    assert uploads.keep(io.BytesIO(CSV + b"1"), shelf, ANN) == kept[0]
    with pytest.raises(NotAllowedError, match="3 tables of together 100 MB, and you have 3"):
        uploads.keep(io.BytesIO(CSV), shelf, ANN)
    monkeypatch.setattr(limits, "TABLE_BYTES_IN_ALL", shelf.uploaded_bytes() + 10)
    assert uploads.keep(io.BytesIO(CSV + b"1"), shelf, HOST) == kept[0]
    with pytest.raises(NotAllowedError, match="this one does not fit"):
        uploads.keep(io.BytesIO(CSV), shelf, BEN)
    monkeypatch.setattr(uploads, "MEGABYTES", 0)
    with pytest.raises(DataError, match="more than 0 MB"):
        uploads.keep(io.BytesIO(CSV), shelf, HOST)
    assert sorted(path.name for path in uploads.folder(shelf).iterdir()) == sorted(path.name for path in kept)


def test_tables_go_once_nobody_needs_them(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    used, unused, fresh = (
        uploads.keep(io.BytesIO(CSV + sign), shelf, ANN) for sign in (b"2,1,1\n" * 20, b"1,2,2\n", b"1,2,5\n")
    )
    study = shelf.add(Study(suite={"name": "csv", "path": str(used), "targets": ["x", "y"]}, batch_size=16))
    stray = uploads.folder(shelf) / "notes.txt"
    stray.write_text("not ours")
    for path in (used, unused, stray):
        os.utime(path, (0, 0))
    uploads.sweep(shelf)
    assert unused.exists()  # its visitor needed it a moment ago
    monkeypatch.setattr(Store, "_now", lambda _self: time.time() + 2 * uploads.UNUSED)
    shelf.note_upload(fresh.name, ANN.owner, 1)
    uploads.sweep(shelf)
    assert [path.exists() for path in (used, unused, fresh, stray)] == [True, False, True, True]
    jobs.delete(study, HOST)
    assert not used.exists()


@pytest.fixture
def ben(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is Ben's."""
    monkeypatch.setattr(state, "visitor", lambda: BEN)


def test_pages_say_whose_study_it_is(ben: None, shelf: Store, visit: Callable[..., AppTest]) -> None:
    theirs = shelf.add(PAIR, owner=ANN.owner)
    app = visit("play", theirs)
    assert not app.exception
    assert app.button(key="command-stop").disabled
    assert "Somebody else" in app.button(key="command-stop").help
    mine = jobs.submit(small(7), BEN)
    assert not visit("play", mine).button(key="command-stop").disabled
    listed = visit("studies", theirs)
    assert not listed.exception


def test_the_session_keeps_nothing_of_an_uploaded_file(
    shelf: Store, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def keep(file: Any, *rest: Any) -> Any:
        seen.append((file, get_script_run_ctx()))
        return uploads.keep(file, *rest)

    monkeypatch.setattr(upload, "keep", keep)
    app = visit("play", suite="csv")
    app.file_uploader[0].upload("mine.csv", CSV).run()
    assert not app.exception
    ((file, context),) = seen
    assert file.closed
    assert context.uploaded_file_mgr.get_files(context.session_id, [file.file_id]) == []
    assert len(list(uploads.folder(shelf).iterdir())) == 1
    app.run()
    assert not app.exception
