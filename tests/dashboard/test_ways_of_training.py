"""Which rows batches are drawn from, parts of a run, and where runs start from, on Play's form."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import mtl_core as mtl
from tests.dashboard.test_play import setting

Visit = Callable[..., AppTest]


def labels(app: AppTest) -> set[str]:
    """What stands over the form's controls."""
    return {each.label for each in (*app.selectbox, *app.toggle, *app.number_input)}


def test_task_sampling_is_asked_where_rows_are_of_different_tasks(visit: Visit) -> None:
    app = visit("play", suite="phrases", sampling="equal")
    assert setting(app, "sampling").value == "equal"
    assert app.query_params["sampling"] == "equal"
    setting(app, "sampling").set_value("temperature").run()
    assert setting(app, "sampling.temperature.temperature").value == 2
    setting(app, "tasks.phrases").set_value(["intent", "slots"]).run()
    assert not app.exception
    assert "sampling" not in app.query_params
    assert "Task sampling" not in labels(app)
    assert not app.button(key="train").disabled


def test_tasks_join_and_stages_unfreeze_in_parts_that_follow_the_steps(visit: Visit) -> None:
    app = visit("play", suite="vitals", steps="30")
    setting(app, "phases").set_value("joining").run()
    phases = json.loads(app.query_params["phases"])
    assert [phase["steps"] for phase in phases] == [10, 10, 10]
    assert phases[0]["tasks"] == ["progression"]
    setting(app, "phases").set_value("thawing").run()
    setting(app, "steps").set_value(40).run()
    assert not app.exception
    phases = json.loads(app.query_params["phases"])
    assert [(phase["steps"], phase.get("stages")) for phase in phases] == [
        (13, ["heads"]),
        (13, ["layer 2"]),
        (14, None),
    ]
    assert not app.button(key="train").disabled
    again = visit("play", suite="vitals", steps="40", phases=app.query_params["phases"])
    assert setting(again, "phases").value == "thawing"
    setting(again, "phases").set_value("one").run()
    assert "phases" not in again.query_params


def test_trunks_that_fit_can_be_started_from(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("play", suite="phrases")
    assert any("seesaw pretrain phrases" in caption.value for caption in app.caption)
    monkeypatch.setattr("mtl_core.suites.phrases.MORE", 10)
    monkeypatch.setattr("mtl_core.suites.phrases.UTTERANCES", (20, 10, 12))
    suite = {"name": "phrases", "utterances": 20, "draw": 77}
    trunk = mtl.pretrain(suite, steps=1, batch_size=4)
    mtl.pretrain(suite, backbone={"name": "transformer", "width": 8}, steps=1, batch_size=4)
    app = visit("play", suite="phrases")
    assert setting(app, "start").options == ["Nothing: first values are drawn", f"own text of phrases, 1 steps ({trunk.id})"]
    setting(app, "start").set_value(trunk.id).run()
    assert not app.exception
    assert app.query_params["start"] == trunk.id
    assert not app.button(key="train").disabled
    setting(app, "suite").set_value("vitals").run()
    assert not app.exception
    assert "start" not in app.query_params
