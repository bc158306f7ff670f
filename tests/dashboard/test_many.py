"""Many methods and many tasks stay legible: nothing is dropped in silence, nothing lies over a word."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.conflict import MAXIMUM_PAIRS, pair_styles
from dashboard.figures.conflict_share import share_matrix
from dashboard.figures.matrices import Table, matrix
from dashboard.figures.tradeoff import CROWD, crowded
from dashboard.figures.transfer import ROW, transfer
from dashboard.showing.conflict_pictures import FIRST, apart_most
from dashboard.showing.transfer_pictures import MOST_ROWS, fitting
from tests.dashboard.conftest import Trained, components
from tests.dashboard.test_views import words

Put = Callable[..., str]
Visit = Callable[..., AppTest]

FORTY = [f"task {place}" for place in range(40)]


def test_no_line_crosses_the_words_of_a_row(many: Trained) -> None:
    result, tasks = many.result, [task.name for task in many.layout.tasks]
    rows = result.transfer[result.transfer["metric"] == "r2"]
    picture = transfer(rows, result.pairs[result.pairs["metric"] == "r2"], tasks, ["equal"], tasks)
    names = [note.y for note in picture.layout.annotations if "<b>" in note.text]
    zero = [shape for shape in picture.layout.shapes if shape.x0 == shape.x1 == 0]
    bars = [float(trace.y[0]) for trace in picture.data]
    assert len(names) == len(zero) == len(tasks)
    for y in names:
        assert all(not shape.y0 - 7 < y < shape.y1 + 7 for shape in zero)
        assert min(abs(y - bar) for bar in bars) >= 0.3 * ROW


def test_of_labels_with_many_tasks_the_best_are_drawn_in_their_usual_order() -> None:
    labels = ["a", "b", "c", "d"]
    assert fitting(labels, ["d", "b"], 2) == labels
    assert fitting(labels, ["d", "b"], MOST_ROWS // 2) == ["b", "d"]
    assert fitting(labels, ["d", "b"], 10 * MOST_ROWS) == ["d"]
    assert fitting(labels, [], MOST_ROWS) == ["a"]


def test_many_tasks_conflict_as_a_matrix_and_chosen_pairs_as_lines(put: Put, visit: Visit, many: Trained) -> None:
    study = put(many)
    app = visit("conflict", study)
    assert not app.exception
    usual = apart_most(many.result, ["equal"], "all", [task.name for task in many.layout.tasks])
    assert len(usual) == FIRST
    lines = _lines(app)
    assert lines == {f"{first} × {second}" for first, second in usual}
    app.multiselect(key="pairs").select("task_2 × task_7").run()
    assert not app.exception
    assert _lines(app) == {"task_2 × task_7"}
    chosen = visit("conflict", study, pairs="task_1 × task_3")
    assert _lines(chosen) == {"task_1 × task_3"}


def _lines(app: AppTest) -> set[str]:
    import json

    drawn = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return {
        trace["name"]
        for figure in drawn
        if "gradient cosine" in str(figure["layout"]["yaxis"].get("title"))
        for trace in figure["data"]
        if trace.get("name") and trace.get("showlegend", True)
    }


def test_play_shows_the_conflicts_of_many_tasks_as_a_matrix(put: Put, visit: Visit, many: Trained) -> None:
    app = visit("play", put(many))
    assert not app.exception
    (cosine,) = [data["figure"] for data in components(app) if data.get("key") == "plot-cosine"]
    assert '"type":"heatmap"' in cosine


def test_lines_of_chosen_pairs_differ_whichever_are_chosen() -> None:
    pairs = [(FORTY[0], FORTY[place]) for place in (1, 9, 17, 25, 33)] + [(FORTY[8], FORTY[1])]
    styles = pair_styles(FORTY, pairs[:MAXIMUM_PAIRS])
    assert len({(style.color, style.dash) for style in styles.values()}) == len(pairs)


def test_matrices_of_forty_tasks_have_names_only_where_there_is_room() -> None:
    share = pd.DataFrame({"label": "x", "layer": "all", "task_a": FORTY[0], "task_b": FORTY[1:], "share": 0.7})
    tall, low = share_matrix(share, FORTY, "x"), share_matrix(share, FORTY, "x", most=340)
    assert len(tall.layout.yaxis.ticktext) == 40
    assert not low.layout.yaxis.ticktext
    assert not tall.layout.xaxis.ticktext
    assert "task 1" in str(tall.data[0].customdata[0][1])
    assert matrix([Table("low", FORTY, FORTY, np.eye(40))], 0, "alt").layout.height < 26 * 40


@pytest.mark.parametrize(("spread", "expected"), [(0.1, True), (0.9, False)])
def test_methods_close_together_are_a_crowd(spread: float, expected: bool) -> None:
    rows = [("left alone", "baseline", 0.0, 1.0), ("right alone", "baseline", 1.0, 0.0)]
    rows += [(f"m{place}", "method", 0.5 + spread * (place - 1) / 2, 0.5 - spread * (place - 1) / 2) for place in range(3)]
    means = pd.DataFrame(
        [
            {"label": label, "role": role, "task": task, "mean": value, "low": np.nan, "high": np.nan, "on_front": False}
            | {"weight": np.nan, "n": 2, "strategy": "hard"}
            for label, role, *values in rows
            for task, value in zip(("left", "right"), values, strict=True)
        ]
    )
    assert crowded(means, ("left", "right")) is expected
    assert not crowded(means[means["label"] != "m2"], ("left", "right")), "two need no close-up"
    assert spread < CROWD or not expected


def test_the_head_of_a_page_names_a_few_tasks_and_counts_many(put: Put, visit: Visit, many: Trained, pair: Trained) -> None:
    from dashboard.words import first_of

    assert first_of(FORTY, 8) == "task 0 and 39 more"
    assert "· left, right ·" in " ".join(words(visit("tradeoff", put(pair))).split())
