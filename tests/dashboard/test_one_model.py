"""One model for every weighting on the Trade-off page: its front, the runs trained for each weighting, and the slider."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import mtl_core as mtl
from dashboard.figures.frame import alt
from dashboard.figures.one_model import one_model
from mtl_core.diagnostics.remarks import prices
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.spec import Study
from tests.dashboard.conftest import Trained

Put = Callable[..., str]
Visit = Callable[..., AppTest]


def tables(result: mtl.Result, label: str = "palora · equal") -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the figure draws of a label."""
    means, gaps = headline_rows(result.layout, result.one_model.means), headline_rows(result.layout, result.one_model.gaps)
    return means[(means["label"] == label) & (means["split"] == "test")], gaps[gaps["label"] == label]


def invented(points: list[tuple[float, ...]], tasks: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A front whose metric is the weight, and separate runs that are better by 0.1 wherever a task has weight."""
    rows = [(at, " / ".join(map(str, point)), task, weight)
            for at, point in enumerate(points) for task, weight in zip(tasks, point, strict=True)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["point", "weights", "task", "weight"])
    means = table.assign(label="one", mean=table["weight"], low=table["weight"], high=table["weight"])
    gaps = table[table["weight"] > 0].assign(label="one", against="hard", delta_percent=-10.0)
    return means, gaps.assign(separate=gaps["weight"] + 0.1)


def sent(picture: Any) -> dict[str, Any]:
    """The figure as the browser gets it."""
    content: dict[str, Any] = json.loads(picture.to_json())
    return content


def points_of(trace: dict[str, Any]) -> list[tuple[float, float]]:
    """Where a trace's marks are, whether sent as lists or as typed bytes."""
    made = [np.frombuffer(base64.b64decode(v["bdata"]), dtype=v["dtype"]) if isinstance(v, dict) else v
            for v in (trace["x"], trace["y"])]  # fmt: skip
    return [(pytest.approx(x), pytest.approx(y)) for x, y in zip(*made, strict=True)]


def test_the_front_is_a_line_and_the_separate_runs_are_drawn_at_the_same_weightings(asked: Any) -> None:
    means, gaps = tables(asked.result)
    picture = one_model(means, gaps, ["left", "right"], ("left", "right"))
    traces = sent(picture)["data"]
    line = next(trace for trace in traces if trace.get("name") == "palora · equal, one model")
    wide = means.pivot_table(index="point", columns="task", values="mean", observed=True)[["left", "right"]]
    assert points_of(line) == [tuple(row) for row in wide.to_numpy()[::-1]], "the weight of the x task rises"
    assert line["mode"] == "lines+markers"
    (square,) = [trace for trace in traces if trace.get("name") == "hard, trained for each"]
    middle = gaps[gaps["weights"] == "0.5 / 0.5"].set_index("task")["separate"]
    assert points_of(square) == [(middle["left"], middle["right"])], "the corners have one task alone, which is a line"
    assert square["marker"]["symbol"] == "square-open"
    assert len(picture.layout.shapes) == 2
    assert "palora · equal" in alt(picture)


def test_the_slider_steps_along_the_front_and_says_weights_and_both_metrics(asked: Any) -> None:
    means, gaps = tables(asked.result, "hypernet · equal")
    content = sent(one_model(means, gaps, ["left", "right"], ("left", "right")))
    (slider,) = content["layout"]["sliders"]
    assert [step["args"][0] for step in slider["steps"]] == [[frame["name"]] for frame in content["frames"]]
    assert [step["label"].split("<br>")[0] for step in slider["steps"]] == ["0 / 1", "0.5 / 0.5", "1 / 0"]
    assert slider["active"] == 1, "equal weights first"
    middle = means[means["weights"] == "0.5 / 0.5"].set_index("task")["mean"]
    own = gaps[gaps["weights"] == "0.5 / 0.5"].set_index("task")["separate"]
    told = "  ·  ".join(f"{task} {middle[task]:.3f} ({own[task]:.3f})" for task in ("left", "right"))
    assert slider["steps"][1]["label"] == f"0.5 / 0.5<br>{told}"
    frame = content["frames"][1]["data"][0]
    assert frame["x"] == pytest.approx([middle["left"], own["left"]])
    assert frame["y"] == pytest.approx([middle["right"], own["right"]])
    # The frame moves the last trace, which starts where the slider does.
    assert content["frames"][1]["traces"] == [len(content["data"]) - 1]
    assert content["data"][-1]["x"] == frame["x"]
    corner = content["frames"][0]["data"][0]
    assert corner["x"][0] == corner["x"][1], "no separate run has both tasks there: the line goes straight to the level"
    assert corner["marker"]["size"][1] == 0


def test_three_tasks_are_no_line_and_neighbours_on_the_slider_are_neighbours_in_the_triangle() -> None:
    points = [(a / 3, b / 3, (3 - a - b) / 3) for a in range(4) for b in range(4 - a)]
    means, gaps = invented(points, ["a", "b", "c"])
    content = sent(one_model(means, gaps, ["a", "b", "c"], ("a", "b")))
    drawn = next(trace for trace in content["data"] if trace.get("name") == "one, one model")
    assert drawn["mode"] == "markers"
    places = np.array([frame["data"][0][axis][0] for frame in content["frames"] for axis in "xy"]).reshape(-1, 2)
    assert len(places) == 10
    assert (np.abs(np.diff(places, axis=0)).max(axis=1) < 0.34).all()
    square = next(trace for trace in content["data"] if trace.get("name") == "hard, trained for each")
    assert len(points_of(square)) == 3, "where both have weight"


def test_up_and_right_is_better_for_losses_too() -> None:
    means, gaps = invented([(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)], ["a", "b"])
    picture = one_model(means, gaps, ["a", "b"], ("a", "b"), lower=["b"])
    assert picture.layout.yaxis.autorange == "reversed"
    assert picture.layout.xaxis.autorange is None


def test_names_are_text_and_missing_runs_leave_a_front() -> None:
    means, gaps = invented([(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)], ["<b>a</b>", "%{x}"])
    picture = one_model(means, gaps[:0], ["<b>a</b>", "%{x}"], ("<b>a</b>", "%{x}"))
    content = picture.to_json()
    assert "<b>a</b>" not in content.replace("\\u003c", "<").split('"meta"')[0]
    assert len(sent(picture)["frames"]) == 3
    assert not one_model(means.assign(mean=np.nan), gaps, ["<b>a</b>", "%{x}"], ("<b>a</b>", "%{x}")).frames


def words(app: AppTest) -> str:
    """Everything readable on a page, without the signs that keep people's text from being markup."""
    kinds = ("subheader", "caption", "markdown", "info")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind)).replace("\\", "")


def charts(app: AppTest) -> list[dict[str, Any]]:
    """The figures with a slider."""
    drawn = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [figure for figure in drawn if figure["layout"].get("sliders")]


def test_the_page_draws_one_model_and_states_its_price(put: Put, visit: Visit, asked: Any) -> None:
    app = visit("tradeoff", put(asked))
    assert not app.exception
    (figure,) = charts(app)
    assert any(trace.get("name") == "palora · equal, one model" for trace in figure["data"])
    found = prices(asked.result)
    assert len(found) == 3, "a sentence a model, and once what the numbers are"
    for price in found:
        assert str(price) in words(app)
    app.selectbox(key="model").set_value("hypernet · equal").run()
    (figure,) = charts(app)
    assert any(trace.get("name") == "hypernet · equal, one model" for trace in figure["data"])
    table = next(frame.value for frame in app.dataframe if "separate" in frame.value)
    assert len(table) == 4


def test_a_study_without_such_a_strategy_has_nothing_of_it(put: Put, visit: Visit, pair: Any) -> None:
    app = visit("tradeoff", put(pair))
    assert not charts(app)
    assert "One model" not in words(app)


def test_before_the_end_the_page_says_when_the_front_comes(put: Put, visit: Visit, asked: Any) -> None:
    app = visit("tradeoff", put(asked, part=0.6, state="running"))
    assert not app.exception
    assert "when training has ended" in words(app)
    assert not charts(app)


@pytest.mark.parametrize("suite", [{"suite": "vitals", "weights": 3}, {"suite": "subspace"}])
def test_more_tasks_are_drawn_two_at_a_time(put: Put, visit: Visit, suite: dict[str, Any]) -> None:
    result = mtl.run(Study(strategies=["hard", "palora"], seeds=1, steps=4, **suite))
    app = visit("tradeoff", put(Trained(result.study, result.layout, result.records, 4)), across=result.study.tasks[2])
    assert not app.exception
    (figure,) = charts(app)
    assert figure["layout"]["xaxis"]["title"]["text"].startswith(result.study.tasks[2])
    assert "one seed, which says nothing of others" in words(app) or "no percentage" in words(app)
