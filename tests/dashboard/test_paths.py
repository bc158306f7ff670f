"""Weights that change with time: asked for on Play's form, marked on its curves, and what they cost on the Transfer page."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.frame import alt
from dashboard.figures.score_matrix import MAXIMUM_ROWS, WIDTH, score_matrix
from dashboard.showing.pictures import draw_curves
from mtl_core.spec import Study
from tests.dashboard.conftest import Trained, _train
from tests.dashboard.test_play import setting
from tests.dashboard.test_views import figures, words

Put = Callable[..., str]
Visit = Callable[..., AppTest]
WAYS = [{"name": "path", "way": way} for way in ("joining", "sequential")]


@pytest.fixture(scope="module")
def joined() -> Trained:
    """Two tasks along two paths."""
    return _train(Study(methods=["equal", *WAYS], weights=0, seeds=2, steps=10, evaluate_every=10))


def test_a_path_is_chosen_by_name_and_in_rows_of_ones_own(visit: Visit) -> None:
    app = visit("play", suite="vitals", methods="equal,path")
    setting(app, "methods.path.way").set_value("sequential").run()
    assert json.loads(app.query_params["methods"]) == ["equal", {"name": "path", "way": "sequential"}]
    setting(app, "methods.path.way").set_value("own").run()
    assert not app.exception
    ways = json.loads(app.query_params["methods"])[1]["way"]
    assert [len(row) for row in ways] == [3, 3, 3], "rows of one's own begin as tasks that join"
    assert not app.button(key="train").disabled
    again = visit("play", suite="vitals", methods='["equal",{"name":"path","way":[[1,0,0],[0,0.5,0.5]]}]')
    assert setting(again, "methods.path.way").value == "own"
    assert json.loads(again.query_params["methods"])[1]["way"] == [[1, 0, 0], [0, 0.5, 0.5]]
    assert "Rows: 2." in words(again)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, 0, 0], [0, 0.5, 0.6]], "row 2 of path.way must be a point on the simplex"),
        ([[1, 0, 0], [None, 0.5, 0.5]], "row 2 of path.way must be a point on the simplex"),
        ([[1, 0, 0]], "found 1; for one row choose fixed weights"),
        ([[1, 0, 0], [0, 1, 0]], "found none for bp"),
    ],
)
def test_a_bad_row_is_told_in_words(visit: Visit, monkeypatch: pytest.MonkeyPatch, rows: Any, said: str) -> None:
    edited = pd.DataFrame(rows, columns=["0", "1", "2"], dtype=float)
    monkeypatch.setattr("streamlit.data_editor", lambda *_given, **_more: edited)
    app = visit("play", suite="vitals", methods='[{"name":"path","way":[[1,0,0],[0,0.5,0.5]]}]')
    assert not app.exception
    assert said in words(app)
    assert app.button(key="train").disabled


def test_curves_have_a_mark_where_a_task_comes(joined: Trained) -> None:
    picture = draw_curves(joined.result, labels=["path"], score=True)
    assert [shape.x0 for shape in picture.layout.shapes if shape.x0 == shape.x1] == [5]
    assert "+ right" in [note.text for note in picture.layout.annotations]
    assert alt(picture).endswith("Tasks that come then: 5: right.")
    assert not draw_curves(joined.result, labels=["equal"], score=True).layout.shapes


def test_the_transfer_page_shows_what_came_later(put: Put, visit: Visit, joined: Trained, pair: Any) -> None:
    app = visit("transfer", put(joined))
    assert not app.exception
    assert "What came later" in words(app)
    (drawn,) = (figure for figure in figures(app) if figure["layout"]["meta"]["alt"].startswith("Validation scores before"))
    assert [trace["name"] for trace in drawn["data"]] == ["left", "right"]
    (table,) = (each.value for each in app.dataframe if "forgotten" in each.value)
    assert list(zip(table["label"], table["task"], strict=True)) == [
        (label, task) for label in ("path", "path(way=sequential)") for task in ("left", "right")
    ]
    assert "What came later" not in words(visit("transfer", put(pair)))


def test_bars_are_as_long_as_scores_are_good_and_awkward_tables_are_drawn(joined: Trained) -> None:
    table = joined.result.score_matrix
    picture = score_matrix(table, ["left", "right"], ["path"], ["left", "right"])
    best = table[(table["label"] == "path") & (table["task"] == "left")]["value"]
    assert np.array(picture.data[0].x) == pytest.approx(best / best.max() * WIDTH)
    shorter = np.array(score_matrix(table, ["left", "right"], ["path"], ["left"], {"left"}).data[0].x)
    assert np.argmax(shorter) == np.argmin(best), "where lower is better the least error has the longest bar"
    faint = [color.startswith("rgba") for color in picture.data[1].marker.color]
    assert faint == [True, True, False], "right comes in the second part"
    odd = table.assign(value=np.where(table["step"] == 5, -np.inf, 0.0), low=np.nan, high=np.nan)
    assert json.loads(score_matrix(odd, ["left", "right"], ["path"], ["left"]).to_json())
    assert not score_matrix(table.iloc[:0], ["left"], ["path"], ["left"]).data
    many = pd.concat([table[table["label"] == "path"].assign(label=f"<b>{place}</b>") for place in range(40)])
    labels = [f"<b>{place}</b>" for place in range(40)]
    tall = score_matrix(many, ["left", "right"], labels, ["left"])
    assert len(tall.data[0].y) <= MAXIMUM_ROWS
    assert not any("<b>" in note.text for note in tall.layout.annotations)
