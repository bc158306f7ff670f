"""What a layout means, and that JSON of any age is read."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mtl_core.records import Layout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

LAYOUT = Layout((Task("a", "classification", 3, "Which?", ("x", "y", "z")), Task("b", "regression"), Task("c", "regression")),
                ("layer 1", "layer 2"), plan(Study(suite="vitals", seeds=2, weights=2)), 17, "cpu")  # fmt: skip


def test_axes_have_names() -> None:
    assert LAYOUT.layers == ("all", "layer 1", "layer 2")
    assert LAYOUT.pairs == [(0, 1), (0, 2), (1, 2)]


def test_json_gives_the_same_layout_back() -> None:
    assert Layout.from_dict(json.loads(json.dumps(LAYOUT.to_dict()))) == LAYOUT


def test_the_layout_of_an_old_store_is_read_and_written_the_same() -> None:
    file = Path(__file__).parents[1] / "store" / "data" / "version_1.db"
    with sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True) as opened:
        kept = [text for (text,) in opened.execute("SELECT layout FROM seesaw_studies") if text is not None]
    assert kept
    for text in kept:
        assert json.loads(json.dumps(Layout.from_dict(json.loads(text)).to_dict())) == json.loads(text)


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
