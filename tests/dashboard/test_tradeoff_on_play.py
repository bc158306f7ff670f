"""The trade-off on Play: points that move while the study trains, the test split at its end."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.showing.play_tradeoff import draw_trained, draw_training, movers
from mtl_core.diagnostics import Result
from tests.dashboard.conftest import components


def _part(trained: Any, share: float) -> Result:
    return Result(trained.study, trained.layout, trained.records[: round(share * len(trained.records))], "running")


def _place(picture: Any, label: str) -> tuple[float, float]:
    for trace in picture.data:
        if trace.ids is not None and label in trace.ids:
            at = list(trace.ids).index(label)
            return float(trace.x[at]), float(trace.y[at])
    raise AssertionError(label)


def test_points_move_with_training_and_the_axes_hold_still(pair: Any) -> None:
    early, late = (draw_training(_part(pair, share), pair=["left", "right"], height=300) for share in (0.5, 0.8))
    for label in ("equal", "pcgrad"):
        assert _place(early, label) != _place(late, label)
    assert early.layout.xaxis.range is not None
    for picture in (early, late):
        low, high = picture.layout.xaxis.range
        assert low < _place(picture, "equal")[0] < high
    assert "validation split, step" in late.layout.annotations[-1].text


def test_the_end_shows_the_test_split(pair: Any) -> None:
    picture = draw_trained(pair.result, pair=["left", "right"], height=300)
    means = pair.result.tradeoff_means
    row = means[(means["label"] == "equal") & (means["task"] == "left")].iloc[0]
    assert _place(picture, "equal")[0] == pytest.approx(row["mean"])
    assert picture.layout.annotations[-1].text.startswith("test split")


def test_three_tasks_have_a_triangle_whose_colours_are_fixed(triple: Any) -> None:
    early, late = (draw_training(_part(triple, share), pair=None, height=300) for share in (0.4, 0.9))
    for picture in (early, late):
        assert (picture.layout.coloraxis.cmin, picture.layout.coloraxis.cmax) == (0, 1)
        assert picture.data[0].type == "scatterternary"
    assert draw_trained(triple.result, pair=None, height=300).data[0].type == "scatterternary"


def test_of_many_tasks_two_that_move_are_chosen(many: Any) -> None:
    found = movers(many.result)
    tasks = [task.name for task in many.layout.tasks]
    assert len(found) == 2
    assert found == [task for task in tasks if task in found]


def test_before_the_first_evaluation_its_place_is_kept(pair: Any) -> None:
    picture = draw_training(_part(pair, 0.0), pair=["left", "right"], height=300)
    assert not picture.data
    assert picture.layout.height == 300


def _plots(app: AppTest) -> dict[str, Any]:
    return {given["key"]: given for given in components(app) if "figure" in given}


def test_it_follows_the_study_by_itself(visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    app = visit("play", put(pair, part=0.5, state="running"))
    assert not app.exception
    assert _plots(app)["plot-tradeoff"]["live"]["picture"]


def test_at_the_end_it_stands_still(visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    assert _plots(visit("play", put(pair)))["plot-tradeoff"]["live"] is None


def test_the_tasks_of_many_are_chosen_on_the_page(visit: Callable[..., AppTest], put: Any, many: Any) -> None:
    app = visit("play", put(many), across="task_7", up="task_2")
    assert not app.exception
    figure = _plots(app)["plot-tradeoff"]["figure"]
    assert "task_7 \\u00b7" in figure or "task_7 ·" in figure
