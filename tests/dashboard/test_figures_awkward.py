"""Figures on awkward tables: empty, one seed, NaN, diverged runs, forty tasks, names that look like markup."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures import conflict, conflict_share, curves, simplex, tradeoff, transfer, weights
from dashboard.figures.frame import MAXIMUM_POINTS, alt, by_run, empty, escape_plotly, mean, signed, thin

NASTY = ["<b>bold</b>", "%{x}", "a & b", "$\\alpha$"]


def invented(tasks: list[str], seeds: int = 2, steps: int = 4, lost: tuple[int, ...] = ()) -> dict[str, pd.DataFrame]:
    """Tables of one method and its baselines; ``lost`` runs diverged half-way and say NaN from there."""
    generator = np.random.default_rng(0)
    labels = [*(f"{task} alone" for task in tasks), "pcgrad"]
    runs = pd.DataFrame(
        [
            {
                "run": place * seeds + seed,
                "role": "method" if label == "pcgrad" else "baseline",
                "label": label,
                "method": label if label == "pcgrad" else "fixed",
                "strategy": "hard",
                "seed": seed,
                "status": "diverged" if place * seeds + seed in lost else "finished",
                "diverged_step": steps // 2 if place * seeds + seed in lost else -1,
            }
            for place, label in enumerate(labels)
            for seed in range(seeds)
        ]
    )
    walk = [
        {"run": run, "step": step, "task": task, "value": np.nan if run in lost and step > steps // 2 else generator.random()}
        for run in runs["run"]
        for step in range(steps)
        for task in tasks
    ]
    table = pd.DataFrame(walk, columns=["run", "step", "task", "value"])
    splits = [table.assign(split=split, metric="loss") for split in ("train", "validation")]
    pairs = [(a, b) for place, a in enumerate(tasks) for b in tasks[place + 1 :]]
    against = pd.DataFrame(
        [
            {"run": run, "step": step, "layer": "all", "task_a": a, "task_b": b, "cosine": 0.1, "magnitude_similarity": 0.9}
            for run in runs[runs["label"] == "pcgrad"]["run"]
            for step in range(steps)
            for a, b in pairs
        ],
        columns=["run", "step", "layer", "task_a", "task_b", "cosine", "magnitude_similarity"],
    )
    return {
        "runs": runs,
        "curves": pd.concat(splits),
        "weights": table.rename(columns={"value": "weight"}),
        "conflict": against,
    }


def sent(picture: Any) -> dict[str, Any]:
    """The figure as the browser gets it."""
    content: dict[str, Any] = json.loads(picture.to_json())
    return content


def everything(tables: dict[str, pd.DataFrame], tasks: list[str]) -> list[Any]:
    """One figure of each kind that is drawn over time."""
    runs = tables["runs"]
    return [
        curves.curves(tables["curves"], runs, tasks, "pcgrad"),
        weights.weights(tables["weights"], runs, tasks, "pcgrad"),
        weights.weights(tables["weights"], runs, tasks, "pcgrad", stacked=True),
        conflict.agreement(tables["conflict"], runs, tasks, "pcgrad"),
        conflict.agreement(tables["conflict"], runs, tasks, "pcgrad", measure="magnitude_similarity"),
    ]


def test_empty_tables_say_so() -> None:
    tables = {name: table.iloc[:0] for name, table in invented(["a", "b"]).items()}
    for picture in everything(tables, ["a", "b"]):
        assert not sent(picture)["data"]
        assert picture.layout.annotations[0].text
        assert alt(picture)


def test_empty_results_say_so() -> None:
    columns = ["label", "task", "metric", "n", "difference", "delta_percent", "low", "high", "verdict", "seed"]
    nothing = pd.DataFrame(columns=columns)
    means = pd.DataFrame(columns=["label", "role", "task", "n", "mean", "low", "high", "on_front", "weight", "strategy"])
    spots = pd.DataFrame(columns=["label", "role", "0", "1", "2"])
    share = pd.DataFrame(columns=["label", "layer", "task_a", "task_b", "share"])
    pictures = [
        transfer.transfer(nothing, nothing, ["a", "b"], ["x"], ["a", "b"]),
        tradeoff.plane(means, pd.DataFrame(columns=["label", "a", "b"]), ["a", "b"], ("a", "b")),
        simplex.triangle(spots, ["a", "b", "c"], {}, "accuracy"),
        simplex.matrix(nothing, ["a", "b"], ["x"]),
        conflict_share.share_by_label(share, ["x"], layers=["all"]),
        conflict_share.share_by_layer(share, ["a", "b"], "x", layers=["all"]),
        conflict_share.share_matrix(share, ["a", "b"], "x"),
    ]
    for picture in pictures:
        assert not sent(picture)["data"]
        assert alt(picture)


def test_one_seed_and_one_step_are_drawn_as_points() -> None:
    tables = invented(["a", "b"], seeds=1, steps=1)
    for picture in everything(tables, ["a", "b"])[:1]:
        assert any("markers" in trace.get("mode", "") for trace in sent(picture)["data"])


def test_a_diverged_run_is_marked_and_does_not_squash_the_others() -> None:
    tables = invented(["a", "b"], lost=(4,))
    tables["curves"].loc[(tables["curves"]["run"] == 4) & (tables["curves"]["step"] == 2), "value"] = 1e30
    picture = curves.curves(tables["curves"], tables["runs"], ["a", "b"], "pcgrad")
    (mark,) = [trace for trace in sent(picture)["data"] if trace.get("name") == "diverged"]
    assert mark["text"] == ["seed 0 diverged at step 2"]
    assert picture.layout.yaxis.range[1] < 2


def test_a_label_whose_runs_all_diverged_is_still_drawn() -> None:
    tables = invented(["a", "b"], lost=(4, 5))
    for picture in everything(tables, ["a", "b"]):
        assert sent(picture)["data"]


def test_infinite_values_never_reach_the_browser() -> None:
    tables = invented(["a", "b"])
    tables["weights"].loc[0, "weight"] = np.inf
    for picture in everything(tables, ["a", "b"]):
        assert "Infinity" not in picture.to_json()


def test_forty_tasks_stay_readable() -> None:
    tasks = [f"task {number}" for number in range(40)]
    tables = invented(tasks, seeds=1, steps=3)
    over_time = curves.curves(tables["curves"], tables["runs"], tasks, "pcgrad")
    assert over_time.layout.legend.orientation == "v"
    lines = conflict.agreement(tables["conflict"], tables["runs"], tasks, "pcgrad")
    assert len([trace for trace in lines.data if trace.showlegend is not False]) == conflict.MAXIMUM_PAIRS
    assert any("more pairs" in note.text for note in lines.layout.annotations)
    rows = pd.DataFrame({"label": "pcgrad", "task": tasks, "delta_percent": 1.0, "verdict": "unclear"})
    assert len(simplex.matrix(rows, tasks, ["pcgrad"]).data[0].z) == 40


def test_names_are_never_markup() -> None:
    tables = invented(NASTY)
    for picture in everything(tables, NASTY):
        content = sent(picture)
        shown = [str(trace.get("name", "")) + str(trace.get("hovertemplate", "")) for trace in content["data"]]
        assert "<b>bold" not in " ".join(shown)
        assert not any("%{x}" in text.split("<br>")[0] for text in shown if "%{x}: " not in text.split("<br>")[0])


@pytest.mark.parametrize("name", NASTY)
def test_plain_text_has_no_tags_and_no_places_to_fill(name: str) -> None:
    safe = escape_plotly(name)
    assert "<" not in safe
    assert "%{" not in safe


def test_long_names_are_cut() -> None:
    assert len(escape_plotly("x" * 500)) <= 60


def test_weights_below_zero_are_not_stacked() -> None:
    tables = invented(["a", "b"])
    tables["weights"]["weight"] -= 0.9
    picture = weights.weights(tables["weights"], tables["runs"], ["a", "b"], "pcgrad", stacked=True)
    assert not any(trace.get("stackgroup") for trace in sent(picture)["data"])


def test_weights_of_many_sizes_are_drawn_by_powers_of_ten() -> None:
    tables = invented(["a", "b"], seeds=1)
    own = tables["weights"]["run"] == 2
    tables["weights"].loc[own & (tables["weights"]["task"] == "b"), "weight"] *= 1e20
    tables["weights"].loc[own & (tables["weights"]["task"] == "a"), "weight"] = [0.5, 0.0, -0.25, -1e3]
    for stacked in (False, True):
        picture = weights.weights(tables["weights"], tables["runs"], ["a", "b"], "pcgrad", stacked=stacked)
        first, second = picture.data[-2:]
        assert list(first.y) == pytest.approx([0.5, 0, -0.25, -4])
        assert list(first.customdata) == [0.5, 0, -0.25, -1e3]
        assert 18 < max(second.y) <= 21
        axis = picture.layout.yaxis
        assert dict(zip(axis.ticktext, axis.tickvals, strict=True))["1e20"] == pytest.approx(21)
        assert "powers of ten" in axis.title.text
        assert "powers of ten" in alt(picture)
        assert picture.layout.meta["powers"]
    plain = weights.weights(invented(["a", "b"])["weights"], tables["runs"], ["a", "b"], "pcgrad")
    assert "powers of ten" not in alt(plain)
    assert plain.layout.yaxis.tickvals is None


def test_thinning_keeps_the_ends() -> None:
    kept = thin(12_345)
    assert len(kept) <= MAXIMUM_POINTS
    assert (kept[0], kept[-1]) == (0, 12_344)
    assert list(thin(3)) == [0, 1, 2]


def test_runs_become_rows_with_gaps_where_they_say_nothing() -> None:
    table = pd.DataFrame({"run": [3, 3, 7], "step": [0, 5, 5], "value": [1.0, np.inf, 2.0]})
    steps, values, runs = by_run(table, "value")
    assert steps.tolist() == [0, 5]
    assert runs.tolist() == [3, 7]
    assert np.isnan(values[0, 1])
    assert np.isnan(values[1, 0])
    assert mean(values) == pytest.approx([1.0, 2.0])


def test_differences_carry_a_real_minus() -> None:
    assert signed(-0.5, 1) == "−0.5"
    assert signed(float("nan")) == "–"


def test_an_empty_figure_has_words_and_no_axes() -> None:
    picture = empty("nothing <yet>")
    assert picture.layout.annotations[0].text == "nothing &lt;yet&gt;"
    assert picture.layout.xaxis.visible is False
