"""The Sharing page: its pictures are the tables, and it says what it knows in words."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.frame import signed
from dashboard.figures.matrices import Table, bars, least_width, matrix
from dashboard.figures.sharing import sharing
from dashboard.figures.sharing_places import BOX, MARK, ROUND, filled, places_of
from dashboard.showing.sharing_table import among_all
from mtl_core.diagnostics.decisions import on_sharing
from mtl_core.diagnostics.intervals import VERDICTS
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sharing import Shared, shared
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout, Row, Trace
from mtl_core.spec import Choice, Run
from mtl_core.suites.suite import Task
from tests.dashboard.conftest import components
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


def test_modules_that_nobody_uses_stand_where_there_is_room() -> None:
    every = (tuple(range(4)),) * 4
    pairs = np.array([[0, 0, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    nodes = invented([Row("low", ("n1", "n2", "n3", "n4"), every)], {0: {"usage.low": pairs}}, 4)
    middles = places_of(nodes).boxes[0].mean(axis=1)
    assert abs(middles[2] - 0.5) <= 0.5 + 1e-9, "under the two tasks on the left"
    assert abs(middles[0] - 2.5) <= 0.5 + 1e-9, "under those on the right"
    assert sorted(middles.round(6)) == [0, 1, 2, 3]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.97, 1.0])
def test_what_fills_a_box_stays_in_it(share: float) -> None:
    left, right, low = 2.0, 3.0, 1.0
    shape = filled(np.array([left, right]), low, share)
    assert shape[:, 1].min() == low
    assert shape[:, 1].max() == pytest.approx(low + share * BOX)
    for x, y in shape:
        near = min(y - low, low + BOX - y)
        edge = ROUND * (1 - np.sqrt(min(1.0, near / ROUND))) ** 2
        assert left + edge - 1e-9 <= x <= right - edge + 1e-9
    if share == 0.5:
        assert (shape[:, 0].min(), shape[:, 0].max()) == (left, right)


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
    tables = [Table("one", ["a", "b"], ["c", "d"], values), Table("two", ["a", "b"], ["c"], values[:, :1])]
    pictures = [matrix(tables, place, "alt") for place in range(2)]
    assert [list(row) for row in pictures[0].data[0].text] == [["1.00", "−0.25"], ["", "0.50"]]
    assert {picture.data[0].zmin for picture in pictures} == {-1}, "around zero where one has negative numbers"
    assert [picture.layout.meta["alt"] for picture in pictures] == ["alt one.", "alt two."]
    assert not matrix([], 0, "none").data
    drawn = bars([Table("depth", ["low", "high"], ["left", "right"], np.array([[1, 2], [3, 4]]))], ["left", "right"], "alt")
    assert [list(bar.y) for bar in drawn.data] == [[1, 3], [2, 4]]


def test_matrices_of_many_tasks_are_legible_on_a_telephone() -> None:
    def drawn(count: int, name: str) -> Any:
        names = [f"{name}{place}" for place in range(count)]
        return matrix([Table("low", names, names, np.eye(count))], 0, "alt")

    few, eight, many = drawn(2, "task "), drawn(8, "attribute of faces "), drawn(16, "task ")
    assert (few.layout.xaxis.tickangle, eight.layout.xaxis.tickangle) == (0, -90)
    assert len(set(eight.layout.xaxis.ticktext)) == 8, "what names differ in is left"
    assert max(map(len, eight.layout.xaxis.ticktext)) <= 12
    assert "attribute of faces 7" in eight.data[0].customdata[7][0]
    assert eight.layout.height > few.layout.height + 6 * 26, "as high as its rows and its names need"
    assert eight.data[0].texttemplate
    assert many.data[0].texttemplate is None, "numbers where it is pointed at"
    widths = [least_width([Table("low", ["a"], ["b"] * count, np.zeros((1, count)))]) for count in (2, 8, 16)]
    assert widths == sorted(set(widths))
    assert 2 * widths[0] <= 350 < 2 * widths[1], "two tasks stand side by side there, eight below each other"


def test_the_page_says_its_answer_once_and_in_two_tables(put: Put, visit: Visit, strategies: Any) -> None:
    app = visit("sharing", put(strategies))
    assert not app.exception
    said = words(app)
    table = strategies.result.sharing
    told = [
        remark.told(str, lambda one, many, count: one if count == 1 else many, str)
        for remark in on_sharing(strategies.result, "equal")
    ]
    assert told
    assert all(said.count(words) == 1 for words in told), "the answer is said, and said once"
    gains, costs = (app.dataframe[place].value for place in range(2))
    assert gains["delta_m"].tolist() == pytest.approx(table["delta_m"].tolist(), nan_ok=True)
    for word, row in zip(gains["transfer_left"], table.to_dict("records"), strict=True):
        percent = row["transfer_left"]
        assert signed(row["difference_left"], 3) in word if np.isnan(percent) else f"{signed(percent, 1)} %" in word
    assert gains["n"].tolist() == table["n"].tolist()
    assert gains["shared"].tolist() == pytest.approx(table["shared"].tolist(), nan_ok=True)
    assert costs["parameters"].tolist() == table["parameters"].tolist()
    assert costs["latency"].tolist() == pytest.approx((1000 * table["latency"]).tolist(), nan_ok=True)
    assert costs["x_flops"].tolist() == table["x_flops"].tolist()
    assert not set(gains) & set(costs) - {"strategy"}, "what it gains and what it costs are two tables"
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    assert len(figures(app)) >= 4


def test_one_of_many_words_is_easily_right_by_chance(strategies: Any) -> None:
    result = strategies.result
    table = result.sharing.copy()
    labels, alone, hard = table["label"].tolist(), result.compared(), result.compared("hard · equal")
    for comparison, clear in ((alone, 0), (hard, 1)):
        # Each alone is clear at 5 %, and of four, or three, none is.
        total = comparison.summary.assign(p=0.03, verdict=pd.Categorical(["positive"] * len(comparison.summary), VERDICTS))
        total.loc[total["label"] == labels[clear], "p"] = 0.001
        comparison.__dict__["summary"] = total
    table["verdict"] = table["versus_hard_verdict"] = "positive"
    judged = among_all(result, table)
    assert judged["verdict"].tolist() == ["positive", "unclear", "unclear", "unclear"]
    assert judged["versus_hard_verdict"].tolist()[1:] == ["positive", "unclear", "unclear"]
    assert pd.isna(judged["versus_hard_verdict"][0])
    leading = headline_rows(result.layout, alone.among(labels)[0])
    for row in judged.to_dict("records"):
        own = leading[leading["label"] == row["label"]].set_index("task")["verdict_holm"]
        assert [row["verdict_left"], row["verdict_right"]] == [own["left"], own["right"]]


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


def test_pictures_follow_a_study_by_themselves(put: Put, visit: Visit, strategies: Any) -> None:
    app = visit("sharing", put(strategies, part=0.7, state="running"), sharing="cross_stitch")
    assert not app.exception
    drawn = {data["key"]: data for data in components(app) if "figure" in data}
    assert {"plot-sharing", "plot-shared-0", "plot-similarity-0"} <= set(drawn)
    assert all(data["live"] for data in drawn.values()), "each has where its next figure comes from"
