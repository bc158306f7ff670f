"""The Sharing page: its pictures are the tables, and it says what it knows in words."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.matrices import Table, bars, matrices
from dashboard.figures.sharing import sharing
from dashboard.figures.sharing_places import MARK, places_of
from mtl_core.diagnostics.sharing import Shared, shared
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout, Row, Trace
from mtl_core.spec import Choice, Run
from mtl_core.suites.suite import Task
from tests.dashboard.test_views import figures, words

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def invented(rows: list[Row], usage: dict[int, dict[str, Any]], tasks: int) -> Shared:
    names = tuple(f"task {place}" for place in range(tasks))
    traces = tuple(Trace(name, ("task", "module"), ()) for name in {name for tables in usage.values() for name in tables})
    run = Run(0, "method", "equal", Choice("equal"), None, 0, 0.01)
    model = ModelLayout("hard", rows=tuple(rows), traces=traces)
    layout = Layout(tuple(Task(name, "regression") for name in names), (model,), (run,), "cpu")
    records = [
        Record("structure", step, {"run": np.array([0])} | {name: np.array([table]) for name, table in tables.items()})
        for step, tables in usage.items()
    ]
    return shared(layout, records, [0])


def of(result: Any, label: str) -> Shared:
    return shared(result.layout, result.records, [run.index for run in result.layout.runs if run.label == label])


def band_heights(figure: Any, row: int) -> list[float]:
    """How high the bands beside a row's marks are, from the picture's own polygons."""
    trace = figure.data[len(figure.data) - 3]
    y = np.array([np.nan if value is None else value for value in trace.y], dtype=float)
    near = y[np.abs(y - row - MARK) < 0.2]
    return [] if not len(near) else [float(near.max() - near.min())]


def test_the_picture_is_the_table(strategies: Any) -> None:
    found = of(strategies.result, "cross_stitch · equal")
    picture = sharing(found, "cross_stitch")
    assert [frame.name for frame in picture.frames] == [str(step) for step in found.steps]
    numbers = [float(text) for text in picture.data[-1].text]
    assert numbers == pytest.approx(found.shared[-1, :, 0, 1], abs=0.005)
    for row in range(len(found.rows)):
        assert band_heights(picture, row)[0] == pytest.approx(0.18 * found.shared[-1, row, 0, 1], abs=0.002)
    first = picture.frames[0].data[-1]
    assert [float(text) for text in first.text] == pytest.approx(found.shared[0, :, 0, 1], abs=0.005)
    assert f"{found.private[-1, 0, 0]:.2f}" in picture.data[-2].hovertext[0]
    assert len(picture.to_json()) < 300_000


def test_hard_is_one_box_a_stage_and_does_not_move(strategies: Any) -> None:
    found = of(strategies.result, "hard · equal")
    picture = sharing(found, "hard")
    assert not picture.frames
    assert not picture.layout.sliders
    assert len(picture.layout.shapes) == 1 + len(found.rows) + len(found.tasks)
    assert [float(text) for text in picture.data[-1].text] == [1, 1]


def test_a_tree_splits_and_experts_share_the_width() -> None:
    rows = [Row("low", ("a", "b"), ((0, 2), (1, 3))), Row("high", ("c", "d", "e"), ((0, 2), (1,), (3,)), ((0,), (1,), (1,)))]
    found = invented(rows, {}, 4)
    places = places_of(found)
    assert all(places.across)
    assert sorted(np.diff(places.boxes[0])[:, 0].round(2).tolist()) == [1.8, 1.8]
    assert sorted(np.diff(places.boxes[1])[:, 0].round(2).tolist()) == [0.8, 0.8, 1.8]
    every = ((0, 1),) * 3
    experts = invented([Row("low", ("e1", "e2", "e3"), every)], {0: {"usage.low": [[0, 0.1, 0.9], [0.9, 0.1, 0]]}}, 2)
    boxes = places_of(experts).boxes[0]
    assert boxes[2].mean() < boxes[1].mean() < boxes[0].mean(), "what the left task uses stands on the left"
    assert (boxes[[1, 0], 0] > boxes[[2, 1], 1]).all(), "none hides another"


def test_eight_tasks_and_a_skipped_stage_are_legible() -> None:
    rows = [Row("low", ("shared", "skipped"), (tuple(range(8)),) * 2, (), skippable=True)]
    likely = np.linspace(0, 1, 8)
    found = invented(rows, {0: {"usage.low": np.stack([likely, 1 - likely], axis=1)}}, 8)
    picture = sharing(found, "adashare")
    assert "dash" in {shape.line.dash for shape in picture.layout.shapes}
    names = [note.text for note in picture.layout.annotations]
    assert {"skipped", "shared", "task 7"} <= set(names)
    assert all(len(text) <= 18 for text in names)


def test_an_older_study_without_structure_says_so() -> None:
    picture = sharing(invented([], {}, 2), "hard")
    assert not picture.data
    assert "older version" in picture.layout.meta["alt"]


def test_tables_have_their_numbers_in_them() -> None:
    values = np.array([[1.0, -0.25], [np.nan, 0.5]])
    picture = matrices([Table("one", ["a", "b"], ["c", "d"], values), Table("two", ["a", "b"], ["c"], values[:, :1])], "alt")
    assert [list(row) for row in picture.data[0].text] == [["1.00", "−0.25"], ["", "0.50"]]
    assert picture.data[0].zmin == -1, "around zero where there are negative numbers"
    assert picture.layout.xaxis2.domain[0] > picture.layout.xaxis.domain[1]
    assert not matrices([], "none").data
    drawn = bars([Table("depth", ["low", "high"], ["left", "right"], np.array([[1, 2], [3, 4]]))], ["left", "right"], "alt")
    assert [list(bar.y) for bar in drawn.data] == [[1, 3], [2, 4]]


def test_the_page_answers_in_words_from_intervals(put: Put, visit: Visit, strategies: Any) -> None:
    app = visit("sharing", put(strategies))
    assert not app.exception
    said = words(app)
    table = strategies.result.sharing
    assert "Against each task alone" in said
    assert "Against hard sharing, paired by seed" in said
    for row in table.to_dict("records"):
        assert f"**{row['strategy']}**".replace("\\", "") in said
    shown = app.dataframe[0].value
    assert shown["parameters"].tolist() == table["parameters"].tolist()
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert len(figures(app)) >= 4


def test_the_link_says_strategy_weighting_and_seed(put: Put, visit: Visit, strategies: Any) -> None:
    app = visit("sharing", put(strategies), sharing="mmoe(experts=3)", weighting="pcgrad", seed="1")
    assert not app.exception
    assert "Multi-gate" in words(app) or "mmoe(experts=3)" in words(app)
    assert "seed 1" in words(app)
    run = next(run.index for run in strategies.layout.runs if run.label == "mmoe(experts=3) · pcgrad" and run.seed == 1)
    found = shared(strategies.layout, strategies.records, [run])
    diagram = figures(app)[0]
    assert [float(text) for text in diagram["data"][-1]["text"]] == pytest.approx(found.shared[-1, :, 0, 1], abs=0.005)


def test_under_hard_similarity_is_no_discovery(put: Put, visit: Visit, strategies: Any) -> None:
    app = visit("sharing", put(strategies), sharing="hard")
    assert "Same by construction" in words(app)
    assert not any("Similarity" in str(chart.proto.alt) for chart in app.get("plotly_chart"))


def test_a_study_of_hard_alone_says_what_others_would_show(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("sharing", put(pair))
    assert not app.exception
    assert "hard sharing alone" in words(app)
    assert app.button(key="offer-strategies")
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
