"""What a layout means, and that JSON of any age is read."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mtl_core.records import Examples, Layout, examples, watched
from mtl_core.records.sharing import ModelLayout, Row, Trace
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task
from mtl_core.suites.view import View

LAYOUT = Layout((Task("a", "classification", 3, "Which?", ("x", "y", "z")), Task("b", "regression"), Task("c", "regression")),
                (ModelLayout("hard", stages=("layer 1", "layer 2"), parameters=17),),
                plan(Study(suite="vitals", seeds=2, weights=2)), "cpu")  # fmt: skip


def test_axes_have_names() -> None:
    assert LAYOUT.layers == ("all", "layer 1", "layer 2")
    assert LAYOUT.pairs == [(0, 1), (0, 2), (1, 2)]


def test_json_gives_the_same_layout_back() -> None:
    assert Layout.from_dict(json.loads(json.dumps(LAYOUT.to_dict()))) == LAYOUT


def test_examples_come_back_from_json_and_an_older_layout_has_none() -> None:
    seen = (View((((0, 255), (7, 8)),)), View(row=(("age", "34"), ("city", "Rome"))))
    given = Examples(((seen[0],), (seen[1],)), ((1.0, None, 2.5), (0.0, 0.1, 0.2)), (1.0, 0.5, 2.0))
    layout = replace(LAYOUT, examples=given)
    assert Layout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout
    assert "examples" not in LAYOUT.to_dict()
    assert given.view(1, 2) is seen[1]


def test_relations_of_labels_come_back_from_json_and_an_older_layout_has_none() -> None:
    layout = replace(LAYOUT, relations=((1.0, 0.25, None), (0.25, 1.0, None), (None, None, None)))
    assert Layout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout
    assert "relations" not in LAYOUT.to_dict()


def test_the_first_seed_of_every_label_is_watched_methods_first(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(suite="vitals", seeds=2, weights=3, methods=["equal", "uw"], learning_rate=0.01, learning_rates=[0.1])
    runs = plan(study)
    found = [runs[place] for place in watched(runs)]
    assert {run.seed for run in found} == {study.seed_list[0]}
    assert [run.label for run in found if run.role == "baseline"] == ["progression alone", "bmi alone", "bp alone"]
    assert {run.label for run in found} >= {run.label for run in runs if run.role != "baseline"}
    monkeypatch.setattr(examples, "WATCHED", 3)
    others = [runs[place].label for place in watched(runs) if runs[place].role != "baseline"]
    assert len(others) == 3
    assert {"equal", "uw"} < set(others), "the study's own learning rate comes first"


def test_several_models_come_back_from_json() -> None:
    row = Row("layer 1", ("expert 1", "expert 2"), ((0, 1), (0, 1)), ((), ()))
    trace = Trace("usage", ("task", "expert"), (("a", "b", "c"), ("expert 1", "expert 2")), "who listens to whom")
    mixed = ModelLayout("mmoe(experts=2)", "mmoe", {"experts": 2}, ("layer 1", "top"), 40, rows=(row,), traces=(trace,))
    study = Study(suite="vitals", seeds=1, weights=2, strategies=["hard", {"name": "mmoe", "experts": 2}])
    layout = replace(LAYOUT, models=(*LAYOUT.models, mixed), runs=plan(study))
    assert Layout.from_dict(json.loads(json.dumps(layout.to_dict()))) == layout
    assert layout.layers == ("all", "layer 1", "layer 2", "top")
    assert {layout.model_of(run.index).parameters for run in layout.runs if run.strategy != "hard"} == {40}


def test_the_layout_of_an_old_store_is_read() -> None:
    file = Path(__file__).parents[1] / "store" / "data" / "version_1.db"
    with sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True) as opened:
        kept = [text for (text,) in opened.execute("SELECT layout FROM seesaw_studies") if text is not None]
    assert kept
    for text in kept:
        stored, layout = json.loads(text), Layout.from_dict(json.loads(text))
        (model,) = layout.models
        assert (model.strategy, list(model.stages), model.parameters) == ("hard", stored["stages"], stored["parameters"])
        written = json.loads(json.dumps(layout.to_dict()))
        assert {name: written[name] for name in ("tasks", "runs", "device")} == {
            name: stored[name] for name in ("tasks", "runs", "device")
        }
        assert Layout.from_dict(written) == layout


def test_a_task_says_what_its_records_hold_and_an_older_one_need_not() -> None:
    rare = Task("r", "classification", 2, judged_by="average_precision", positive=0)
    layout = replace(LAYOUT, tasks=(rare, *LAYOUT.tasks[1:]))
    stored = json.loads(json.dumps(layout.to_dict()))
    assert stored["tasks"][0]["measured"][-2:] == ["roc_auc", "average_precision"]
    assert (stored["tasks"][0]["judged_by"], stored["tasks"][0]["positive"]) == ("average_precision", 0)
    assert Layout.from_dict(stored) == layout
    for name in ("measured", "judged_by", "positive"):
        del stored["tasks"][0][name]
    older = Layout.from_dict(stored).tasks[0]
    assert older.metrics == ("loss", "accuracy", "macro_f1")
    assert older.headline == "accuracy"


def test_a_layout_without_its_runs_is_none() -> None:
    broken = LAYOUT.to_dict()
    del broken["runs"]
    with pytest.raises(KeyError):
        Layout.from_dict(broken)
