"""Curves of several labels over each other, and names at the ends of lines."""

from collections.abc import Callable
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from dashboard.figures.ends import FEW, LONGEST, End, apart, named
from dashboard.showing.pictures import draw_agreement, draw_curves, draw_weights
from mtl_core.diagnostics import Result
from mtl_core.records import Record
from tests.dashboard.conftest import components


def _bold(picture: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in picture.data if trace.name and trace.line.width and trace.line.width > 1.4}


def test_one_colour_a_label_and_one_dash_a_task(pair: Any) -> None:
    lines = _bold(draw_curves(pair.result, labels=["equal", "pcgrad"], score=False))
    assert set(lines) == {"equal · left", "equal · right", "pcgrad · left", "pcgrad · right"}
    colors = {name: trace.line.color for name, trace in lines.items()}
    dashes = {name: trace.line.dash for name, trace in lines.items()}
    for label in ("equal", "pcgrad"):
        assert colors[f"{label} · left"] == colors[f"{label} · right"]
    assert colors["equal · left"] != colors["pcgrad · left"]
    assert dashes["equal · left"] == dashes["pcgrad · left"] != dashes["equal · right"]


def test_a_label_keeps_its_colour_whatever_lies_beside_it(pair: Any) -> None:
    first = _bold(draw_curves(pair.result, labels=["equal", "pcgrad"], score=False))["pcgrad · left"].line.color
    other = next(run.label for run in pair.layout.runs if run.role == "fixed")
    beside = _bold(draw_curves(pair.result, labels=["pcgrad", other], score=False))
    assert beside["pcgrad · left"].line.color == first
    line = _bold(draw_agreement(pair.result, labels=["pcgrad", "equal"]))["pcgrad"].line
    weights = _bold(draw_weights(pair.result, labels=["pcgrad", "equal"]))["pcgrad · left"].line
    assert first.replace(" ", "").startswith("rgba(")
    red, green, blue = (int(line.color[place : place + 2], 16) for place in (1, 3, 5))
    assert first.startswith(f"rgba({red}, {green}, {blue}")
    assert line.color == weights.color


def test_alone_a_label_has_its_tasks_colours_and_names_at_the_ends(pair: Any) -> None:
    picture = draw_curves(pair.result, labels=["equal"], score=False)
    assert {"left", "right"} <= set(_bold(picture))
    assert picture.layout.showlegend is False
    assert {note.text for note in picture.layout.annotations} == {"left", "right"}
    assert all(note.x == pair.study.steps for note in picture.layout.annotations)


def test_names_lie_apart_in_the_order_of_their_lines() -> None:
    found = apart(np.array([0.52, 0.5, 0.9, 0.51]), 0.1)
    assert (np.diff(np.sort(found)) >= 0.1 - 1e-9).all()
    assert list(np.argsort(found)) == [1, 3, 0, 2]
    assert found[2] == 0.9, "what is far from others stays where it is"


def test_many_lines_or_long_names_have_a_legend() -> None:
    steps, values = np.arange(3.0), np.arange(3.0)
    assert named([End(str(place), "#000000", steps, values) for place in range(FEW + 1)], 300) == {}
    assert named([End("x" * (LONGEST + 1), "#000000", steps, values)], 300) == {}
    assert named([End("x", "#000000", steps, np.full(3, np.nan))], 300) == {}


def test_several_labels_are_chosen_on_the_page(visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    app = visit("play", put(pair))
    choice = next(box for box in app.multiselect if box.label == "Curves of")
    assert choice.value == ["equal"]
    choice.set_value(["equal", "pcgrad"]).run()
    assert not app.exception
    figure = next(given["figure"] for given in components(app) if given.get("key") == "plot-curves")
    assert "pcgrad" in figure
    next(box for box in app.multiselect if box.label == "Curves of").set_value([]).run()
    assert not app.exception, "none is the first"


def test_what_was_set_for_all_is_marked_once(pair: Any) -> None:
    """A learning rate is set for every run; under two labels it is one line and one pair of words."""
    runs = np.arange(len(pair.layout.runs), dtype=np.int32)
    told = Record("change", 7, {"run": runs, "learning_rate": np.full(len(runs), 0.01)})
    result = Result(pair.study, pair.layout, [*pair.records, told], "running")
    picture = draw_curves(result, labels=["equal", "pcgrad"], score=False)
    words = [note.text for note in picture.layout.annotations if note.textangle == -90]
    assert words == ["learning rate 0.01"]
    assert str((picture.layout.meta or {})["alt"]).count("Set by hand") == 1


def test_what_decides_its_own_weights_leads_to_what_can_be_dragged(put: Any, visit: Callable[..., AppTest], pair: Any) -> None:
    app = visit("play", put(pair, part=0.5, state="running"), run="pcgrad")
    app.button(key="steer-fixed").click().run()
    assert not app.exception
    (chosen,) = app.multiselect(key="run").value
    assert next(run.weights for run in pair.layout.runs if run.label == chosen) is not None
