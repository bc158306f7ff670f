"""Pictures of walks from a process of their own."""

import os
import signal
import threading

import numpy as np
import pytest
from safetensors.numpy import save

from mtl_core.errors import WorkerError
from mtl_core.execution import sketcher
from mtl_core.execution.sketcher import Sketcher
from mtl_core.landscapes.picture import picture
from mtl_core.spec.landscapes import Walk
from mtl_core.store import Store

WALK = Walk("quadratics", ["equal", "mgda"], steps=20)


@pytest.fixture
def drawing(file_store: Store):
    made = Sketcher(file_store)
    yield made
    made.close()


def test_the_picture_is_that_of_the_walk_and_is_kept(drawing: Sketcher, file_store: Store) -> None:
    assert not drawing.knows(WALK)
    found, expected = drawing.picture(WALK), picture(WALK)
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert drawing.knows(WALK)
    assert file_store.landscape(WALK.id) == save(expected)
    # Another server finds it without a process of its own.
    other = Sketcher(file_store)
    np.testing.assert_array_equal(other.picture(WALK)["path"], expected["path"])
    assert other._process is None


def test_a_process_that_was_killed_is_replaced(drawing: Sketcher) -> None:
    drawing.picture(WALK)
    first = drawing._process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    drawing.picture(Walk("quadratics", steps=5))
    assert drawing._process is not first


def test_a_walk_that_takes_too_long_is_ended_and_said_so(file_store: Store) -> None:
    hasty = Sketcher(file_store, patience=0.3)
    with pytest.raises(WorkerError, match=r"no answer within 0\.3 s.*fewer steps"):
        hasty.picture(Walk("valley", steps=1_000_000))
    assert hasty._process is None


def test_the_process_leaves_when_there_is_nothing_to_do(file_store: Store) -> None:
    brief = Sketcher(file_store, idle=0.05)
    brief.picture(WALK)
    process = brief._process
    assert process is not None
    assert process.wait(120) == 0


def test_many_who_ask_the_same_are_answered_by_one_computation(drawing: Sketcher, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Walk] = []
    ask = drawing._ask
    monkeypatch.setattr(drawing, "_ask", lambda walk: asked.append(walk) or ask(walk))
    visitors = [threading.Thread(target=drawing.picture, args=(WALK,)) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(120)
    assert asked == [WALK]


def test_a_store_that_cannot_be_used_stops_nothing(drawing: Sketcher, file_store: Store) -> None:
    with file_store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE seesaw_landscapes")
    assert drawing.picture(WALK)["path"].shape == (6, 21, 2)


def test_memory_is_bounded(drawing: Sketcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketcher, "REMEMBERED", 2)
    for steps in (1, 2, 3):
        drawing.picture(Walk("quadratics", steps=steps))
    assert len(drawing._memory) == 2
