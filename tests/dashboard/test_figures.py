"""Figures on really trained tables: what is drawn is what the tables say."""

import json
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures import conflict, conflict_share, curves, simplex, tradeoff, transfer, weights
from dashboard.figures.frame import MAXIMUM_POINTS, alt, changed, empty, parted, phased
from dashboard.figures.palette import NEUTRAL, QUIET, task_styles
from dashboard.showing.comparison import compared, places, task_names
from dashboard.showing.pictures import draw_curves
from dashboard.showing.transfer_pictures import by_metric
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.spec import grid


def drawn(picture: Any) -> list[dict[str, Any]]:
    """The traces as the browser gets them; also proves that the figure can be sent."""
    traces: list[dict[str, Any]] = json.loads(picture.to_json())["data"]
    return traces


def numbers(values: Any) -> np.ndarray:
    """A trace's values, whether sent as a list or as typed bytes."""
    if isinstance(values, dict):
        import base64

        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"]).astype(float)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def named(picture: Any, name: str) -> list[dict[str, Any]]:
    """The traces of a name."""
    return [trace for trace in drawn(picture) if trace.get("name") == name]


def test_curves_draw_the_mean_over_seeds(pair: Any) -> None:
    result = pair.result
    picture = curves.curves(result.curves, result.runs, ["left", "right"], "pcgrad")
    table = result.curves
    own = result.runs[result.runs["label"] == "pcgrad"]["run"]
    part = table[table["run"].isin(own) & (table["task"] == "left") & (table["metric"] == "loss")]
    expected = part[part["split"] == "validation"].groupby("step")["value"].mean()
    bold = next(trace for trace in named(picture, "left") if trace["line"]["width"] > 1.3)
    assert numbers(bold["x"]) == pytest.approx(expected.index.to_numpy(dtype=float))
    assert numbers(bold["y"]) == pytest.approx(expected.to_numpy(), rel=1e-6)


def test_a_line_stands_where_training_begins_anew(pair: Any) -> None:
    result = pair.result
    picture = curves.curves(result.curves, result.runs, ["left", "right"], "pcgrad")
    assert not parted(picture, ()).layout.shapes
    shapes = json.loads(parted(picture, (3, 8)).to_json())["layout"]["shapes"]
    assert [(shape["x0"], shape["x1"], shape["line"].get("dash")) for shape in shapes] == [(3, 3, "dot"), (8, 8, None)]
    assert [note.text for note in picture.layout.annotations] == ["left", "right", "trains anew"]
    assert alt(picture).endswith("From step 8 on, what was found by then trains anew.")
    assert not parted(empty("nothing yet"), (3,)).layout.shapes


def test_marks_over_steps_go_through_all_panels(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    picture = curves.curves(result.curves, result.runs, tasks, "pcgrad", metric={"left": "loss", "right": "accuracy"})
    assert len(list(picture.select_yaxes())) == 2
    for shape in changed(phased(parted(picture, (3,)), {5: []}), [(7, "weights 0.2 / 0.8")]).layout.shapes:
        assert (shape.yref, shape.y0, shape.y1) == ("paper", 0, 1)
    assert len(picture.layout.shapes) == 3


def test_every_task_has_its_own_colour_and_dash_in_every_figure(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    pictures = [
        curves.curves(result.curves, result.runs, tasks, "equal", shown=["right"]),
        weights.weights(result.weights, result.runs, tasks, "equal", shown=["right"]),
    ]
    style = task_styles(tasks)["right"]
    for picture in pictures:
        (bold,) = [trace for trace in named(picture, "right") if trace["line"]["width"] > 1.3]
        assert bold["line"]["color"] in (style.color, "rgba(219, 123, 0, 1)")
        assert bold["line"]["dash"] == style.dash
        assert not named(picture, "left")


def test_one_seed_is_drawn_alone(pair: Any) -> None:
    result = pair.result
    picture = curves.curves(result.curves, result.runs, ["left", "right"], "equal", seed=1)
    table = result.curves
    (run,) = result.runs[(result.runs["label"] == "equal") & (result.runs["seed"] == 1)]["run"]
    rows = (table["run"] == run) & (table["task"] == "left") & (table["metric"] == "loss") & (table["split"] == "validation")
    bold = next(trace for trace in named(picture, "left") if trace["line"]["width"] > 1.3)
    assert numbers(bold["y"]) == pytest.approx(table[rows]["value"].to_numpy(dtype=float), rel=1e-6)


def test_fixed_weights_are_drawn_as_they_are(pair: Any) -> None:
    result = pair.result
    picture = weights.weights(result.weights, result.runs, ["left", "right"], "0.75 / 0.25")
    (bold,) = [trace for trace in named(picture, "left") if trace["line"]["width"] > 1.3]
    assert numbers(bold["y"]) == pytest.approx(0.75)


def test_the_conflict_zone_lies_below_zero(pair: Any) -> None:
    result = pair.result
    picture = conflict.agreement(result.conflict, result.runs, ["left", "right"], "equal")
    zone = next(shape for shape in picture.layout.shapes if shape.type == "rect")
    assert (zone.y0, zone.y1) == (-1.05, 0)
    assert any(shape.type == "line" and shape.y0 == shape.y1 == 0 for shape in picture.layout.shapes)
    assert "cosine" in alt(picture)


def test_the_share_of_conflict_is_that_of_the_table(pair: Any) -> None:
    result = pair.result
    labels = ["equal", "pcgrad"]
    (heat,) = conflict_share.share_by_label(result.conflict_share, labels, layers=result.layout.layers).data
    share = result.conflict_share.set_index(["label", "layer"])["share"]
    for row, label in enumerate(labels):
        for column, layer in enumerate(result.layout.layers):
            assert heat.z[row][column] == pytest.approx(100 * share.loc[(label, layer)])


def test_many_tasks_share_a_matrix(many: Any) -> None:
    result = many.result
    tasks = task_names(result)
    (heat,) = conflict_share.share_matrix(result.conflict_share, tasks, "equal").data
    values = np.array(heat.z, dtype=float)
    assert values.shape == (8, 8)
    assert np.isnan(np.diag(values)).all()
    assert values == pytest.approx(values.T, nan_ok=True)


def test_transfer_shows_every_seed_the_mean_the_interval_and_the_verdict(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    rows, seeds = headline_rows(result.layout, result.transfer), headline_rows(result.layout, result.pairs)
    picture = transfer.transfer(rows, seeds, tasks, ["pcgrad"], tasks, "accuracy")
    row = rows[(rows["label"] == "pcgrad") & (rows["task"] == "left")].iloc[0]
    bar, rings, mean = drawn(picture)[:3]
    assert numbers(bar["x"]) == pytest.approx([row["low"], row["high"]])
    dots = seeds[(seeds["label"] == "pcgrad") & (seeds["task"] == "left")]
    assert numbers(rings["x"]) == pytest.approx(dots["difference"].to_numpy())
    assert numbers(mean["x"]) == pytest.approx([row["difference"]])
    words = " ".join(note.text for note in picture.layout.annotations)
    assert str(row["verdict"]) in words
    assert "%" in words
    assert "positive is better" in picture.layout.xaxis.title.text
    assert any(shape.x0 == shape.x1 == 0 for shape in picture.layout.shapes)


def test_the_plane_has_the_line_of_weightings_and_what_two_networks_reach(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    picture = tradeoff.plane(result.tradeoff_means, result.tradeoff, tasks, ("left", "right"))
    means = result.tradeoff_means.pivot_table(index="label", columns="task", values="mean", observed=True)
    order = ["0.25 / 0.75", "equal", "0.75 / 0.25"]
    lines = [trace for trace in drawn(picture) if trace.get("mode") == "lines" and trace["line"]["width"] == 1.5]
    assert numbers(lines[-1]["x"]) == pytest.approx(means.loc[order, "left"].to_numpy())
    assert numbers(lines[-1]["y"]) == pytest.approx(means.loc[order, "right"].to_numpy())
    (apart,) = (trace for trace in drawn(picture) if trace.get("name") == "each task alone: two networks")
    alone = [means.loc[f"{task} alone", task] for task in tasks]
    assert [*numbers(apart["x"]), *numbers(apart["y"])] == pytest.approx(alone)
    assert {"equal", "pcgrad"} <= {trace.get("name") for trace in drawn(picture)}


def test_points_of_the_plane_can_be_told_when_clicked(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    picture = tradeoff.plane(result.tradeoff_means, result.tradeoff, tasks, ("left", "right"))
    told = {entry[-1] for trace in drawn(picture) for entry in trace.get("customdata", [])}
    assert told == {run.label for run in result.layout.runs if run.role != "baseline"}


def test_what_is_better_the_lower_it_is_is_better_to_the_right_and_up_too(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    given = (result.tradeoff_means, result.tradeoff, tasks, ("left", "right"))
    whole, near = (tradeoff.plane(*given, lower=["left"], corners=corners) for corners in (True, False))
    assert whole.layout.xaxis.autorange == "reversed"
    assert whole.layout.yaxis.autorange is None
    assert near.layout.xaxis.range[0] > near.layout.xaxis.range[1]
    assert near.layout.yaxis.range[0] < near.layout.yaxis.range[1]


def test_the_close_up_holds_methods_first_and_levels_where_there_is_room(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    picture = tradeoff.plane(result.tradeoff_means, result.tradeoff, tasks, ("left", "right"), corners=False)
    means = result.tradeoff_means
    low, high = picture.layout.xaxis.range
    inside = means[(means["task"] == "left") & (means["role"] == "method")]["mean"]
    alone = means[(means["task"] == "left") & (means["label"] == "left alone")]["mean"].iloc[0]
    assert ((inside >= low) & (inside <= high)).all()
    assert np.ptp(inside) > 0.35 * (high - low), "a far level squashes no crowd"
    near = inside.min() - 0.5 * np.ptp(inside) <= alone <= inside.max() + 0.5 * np.ptp(inside)
    assert (low <= alone <= high) >= near


def test_the_close_up_of_a_single_method_reaches_what_tasks_reach_alone(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    means = result.tradeoff_means
    one = means[(means["role"] != "method") | (means["label"] == "equal")]
    picture = tradeoff.plane(one, result.tradeoff, tasks, ("left", "right"), corners=False)
    for axis, task in ((picture.layout.xaxis, "left"), (picture.layout.yaxis, "right")):
        alone = means[(means["task"] == task) & (means["label"] == f"{task} alone")]["mean"].iloc[0]
        assert axis.range[0] < alone < axis.range[1]


def test_the_triangle_has_every_weighting_at_its_place(triple: Any) -> None:
    result = triple.result
    tasks = task_names(result)
    means = result.tradeoff_means[result.tradeoff_means["task"] == tasks[0]]
    values = dict(zip(means["label"].astype(str), means["mean"], strict=True))
    picture = simplex.triangle(places(result), tasks, values, "accuracy")
    marks = [trace for trace in drawn(picture) if trace.get("customdata")]
    table = places(result)
    others = table[(table["role"] == "baseline") & ~table["label"].isin(list(values))]  # of other tasks: places alone
    assert sum(len(trace["customdata"]) for trace in marks) == len(values) + len(others)
    total = np.concatenate([numbers(trace["a"]) + numbers(trace["b"]) + numbers(trace["c"]) for trace in marks])
    assert total == pytest.approx(1, abs=1e-5)
    assert picture.layout.coloraxis.cmin == pytest.approx(min(values.values()))


def test_the_matrix_has_a_cell_for_every_task_and_label(many: Any) -> None:
    result = many.result
    rows = headline_rows(result.layout, result.transfer)
    (heat,) = simplex.matrix(rows, task_names(result), compared(result, [])).data
    first = rows[(rows["task"] == task_names(result)[0]) & (rows["label"] == "equal")].iloc[0]
    assert np.array(heat.z).shape == (8, 1)
    assert heat.z[0][0] == pytest.approx(first["delta_percent"])


def test_no_series_sends_more_points_than_allowed(pair: Any) -> None:
    result = pair.result
    picture = conflict.agreement(result.conflict, result.runs, ["left", "right"], "equal")
    for trace in drawn(picture):
        assert len(numbers(trace["y"])) <= 2 * (MAXIMUM_POINTS + 1)


def test_tasks_with_different_metrics_share_no_axis(triple: Any) -> None:
    result = triple.result
    measured = {task.name: task.headline for task in result.layout.tasks}
    assert len(set(measured.values())) == 2, "sprites has classes and numbers"
    picture = draw_curves(result, labels=["equal"], score=True)
    axes = {(trace["yaxis"], measured[trace["legendgroup"]]) for trace in drawn(picture) if trace.get("legendgroup")}
    assert len(axes) == 2
    assert len({axis for axis, _ in axes}) == 2
    (low, top), (bottom, high) = picture.layout.yaxis.domain, picture.layout.yaxis2.domain
    assert (bottom, top) == (0, 1)
    assert high < low
    assert picture.layout.xaxis.anchor == "y2"
    assert picture.layout.height > draw_curves(result, labels=["equal"], score=False).layout.height
    assert [sorted(group) for group in by_metric(result, task_names(result))] == [["shape"], ["size", "x"]]


def test_conflict_colours_part_at_half_and_noise_stays_pale() -> None:
    tasks = ["a", "b", "c"]
    rows = [("x", "all", a, b, share) for (a, b), share in zip(combinations(tasks, 2), (0.46, 0.52, 0.72), strict=True)]
    table = pd.DataFrame(rows, columns=["label", "layer", "task_a", "task_b", "share"])
    (heat,) = conflict_share.share_matrix(table, tasks, "x").data
    assert (heat.zmin, heat.zmax) == pytest.approx((28, 72))
    (pale,) = conflict_share.share_matrix(table[table["share"] < 0.6], tasks, "x").data
    assert (pale.zmin, pale.zmax) == (35, 65)


def test_the_triangles_colours_are_those_of_its_interior() -> None:
    points = [[float(part) for part in point] for point in grid(6, 3)]
    table = pd.DataFrame({"label": [str(n) for n in range(len(points))], "role": "fixed"})
    table[["0", "1", "2"]] = points
    values = {str(n): (0.8 + 0.01 * point[0] if min(point) > 0 else 0.1) for n, point in enumerate(points)}
    axis = simplex.triangle(table, ["a", "b", "c"], values, "accuracy").layout.coloraxis
    inner = [value for value in values.values() if value > 0.5]
    assert (axis.cmin, axis.cmax) == pytest.approx((min(inner), max(inner)))
    best, worst = max(values, key=lambda label: values[label]), min(values, key=lambda label: values[label])
    for lower, label in ((False, best), (True, worst)):
        picture = simplex.triangle(table, ["a", "b", "c"], values, "accuracy", lower=lower)
        assert f"best at {label}." in picture.layout.meta["alt"]
        assert bool(picture.layout.coloraxis.reversescale) == lower, "the brightest is the best"
    few = table[table[["0", "1", "2"]].min(axis=1) == 0]
    shown = {label: number for label, number in values.items() if label in set(few["label"])} | {"0": 0.9}
    axis = simplex.triangle(few, ["a", "b", "c"], shown, "accuracy").layout.coloraxis
    assert (axis.cmin, axis.cmax) == pytest.approx((0.1, 0.9)), "with nothing inside, the edge has the colours"


def test_all_figures_have_one_style_of_axes(pair: Any) -> None:
    result, tasks = pair.result, ["left", "right"]
    pictures = [
        curves.curves(result.curves, result.runs, tasks, "equal", metric={"left": "loss", "right": "accuracy"}),
        weights.weights(result.weights, result.runs, tasks, "equal"),
        conflict.agreement(result.conflict, result.runs, tasks, "equal"),
        tradeoff.plane(result.tradeoff_means, result.tradeoff, tasks, ("left", "right")),
        transfer.transfer(result.transfer, result.pairs, tasks, ["equal"], tasks),
    ]
    for picture in pictures:
        assert picture.layout.font.size == 13
        assert picture.layout.legend.font.size == 12
        for axis in (*picture.select_xaxes(), *picture.select_yaxes()):
            assert (axis.title.font.size, axis.title.font.color) == (13, NEUTRAL)
            assert (axis.tickfont.size, axis.tickfont.color, axis.gridcolor) == (12, NEUTRAL, QUIET)
        assert not any(axis.showgrid for axis in picture.select_xaxes()), "no upright line runs through words"
