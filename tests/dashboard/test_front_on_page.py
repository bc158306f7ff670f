"""How good fronts are and whom each method serves best, on the Trade-off page and in its pictures."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.frame import alt
from dashboard.showing.tradeoff_pictures import draw_plane, draw_preferences, way_styles
from mtl_core.diagnostics import Result
from mtl_core.suites.suite import Task
from tests.dashboard.conftest import Trained
from tests.diagnostics.test_pareto import ALONE, CHANCE, PLACES, made

Put = Callable[..., str]
Visit = Callable[..., AppTest]

FIVE = tuple(Task(f"task_{place + 1}", "classification", 10, measured=("accuracy",)) for place in range(5))
SIDES = {"equal": (0.9, 0.9, 0.1, 0.9, 0.1), "pcgrad": (0.1, 0.1, 0.9, 0.1, 0.9)}


def many() -> Result:
    """Five tasks of which each of two methods serves some."""
    return made(SIDES, tasks=FIVE, alone=(ALONE,) * 5, chance=(CHANCE,) * 5)


def kept(result: Result) -> Trained:
    return Trained(result.study, result.layout, list(result.records), 10)


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for kind in ("subheader", "caption", "markdown", "info") for each in app.get(kind))


def traces(picture: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(picture.to_json())["data"]
    return found


def test_the_page_measures_fronts_and_says_whom_each_serves(put: Put, visit: Visit) -> None:
    app = visit("tradeoff", put(kept(made())), spread="band")
    assert not app.exception
    said = words(app).replace("\\", "")
    assert "hard has a hypervolume of 0.68" in said  # 0.6875
    assert "where 1 is all tasks alone; it spans 1.000 in left" in said
    assert "On average over seeds the best choice is, of all preferences: " in said
    fronts = next(each.value for each in app.dataframe if "hypervolume" in each.value)
    assert fronts["front"].tolist() == ["hard", "equal", "pcgrad"]
    assert fronts["span"].tolist()[1:] == ["a single point"] * 2
    lost = next(each.value for each in app.dataframe if "best_for" in each.value)
    assert lost["mean"].is_monotonic_increasing
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert any(trace.get("fill") == "toself" for trace in charts[0]["data"]), "the band over seeds"
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))


def test_of_many_tasks_those_that_count_are_chosen(put: Put, visit: Visit) -> None:
    app = visit("tradeoff", put(kept(many())), cares="task_1,task_3")
    assert not app.exception
    assert "Of more than four tasks there is no hypervolume" in words(app)
    assert app.multiselect(key="cares").value == ["task_1", "task_3"]
    app.multiselect(key="cares").set_value(["task_2"]).run()
    assert "Choose two or three tasks." in words(app)


def test_the_line_shows_who_is_best_and_what_others_lose() -> None:
    result = made()
    picture = draw_preferences(result, tasks=["left", "right"])
    drawn = traces(picture)
    assert {trace["name"] for trace in drawn if "name" in trace} == {"equal", "pcgrad", "fixed weights"}
    strip = [trace for trace in drawn if trace.get("yaxis") == "y2" and trace["mode"] == "lines"]
    ends = sorted(end for trace in strip for end in trace["x"])
    assert (ends[0], ends[-1]) == (0, 100), "all preferences have a best"
    marks = {trace["marker"]["symbol"] for trace in drawn if "marker" in trace}
    assert len(marks) == len(way_styles(result)), "not by colour alone"
    assert "Who is best for whom, by how much left, right count: " in alt(picture)


def test_the_triangle_is_covered_once() -> None:
    picture = draw_preferences(many(), tasks=["task_1", "task_2", "task_3"])
    drawn = traces(picture)
    area = 0.0
    for trace in (trace for trace in drawn if trace.get("fill") == "toself"):
        corners = np.array([trace["a"], trace["b"]], dtype=np.float64).reshape(2, -1, 5)[:, :, :3]
        one, two = corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0]
        area += float(np.abs(one[0] * two[1] - one[1] * two[0]).sum() / 2)
        assert (corners > -1e-9).all()
    assert area == pytest.approx(0.5), "of the half square of two weights"
    marks = [trace for trace in drawn if trace["mode"] == "markers" and len(trace["a"]) > 1]
    assert sum(len(trace["customdata"]) for trace in marks) == 256
    assert {trace["marker"]["symbol"].removesuffix("-open") for trace in marks} == {"star", "diamond-tall"}


def test_a_band_takes_the_place_of_means_and_their_intervals() -> None:
    result = made(PLACES, luck=0.02)
    told = {"pair": ("left", "right"), "labels": None, "seed": None, "corners": False, "height": 400}
    bars, band = (draw_plane(result, **told, spread=spread) for spread in ("bars", "band"))
    assert any("error_x" in trace for trace in traces(bars))
    drawn = traces(band)
    assert not any("error_x" in trace for trace in drawn)
    assert sum(trace.get("fill") == "toself" for trace in drawn) == 1
    assert "25 to 75 % of the seeds" in alt(band)
    alone = draw_plane(made(seeds=1), **told, spread="band")
    assert not any(trace.get("fill") == "toself" for trace in traces(alone)), "one seed has no band"
