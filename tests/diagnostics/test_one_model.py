"""One model for every weighting beside runs trained for each: fronts whose gaps are known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.cli import printing
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.remarks import prices
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "classification", 10) for name in ("left", "right"))
STEPS, LOSS, METRICS = 10, 0, len(TASKS[0].metrics)
POINTS = np.array([(1, 0), (0.75, 0.25), (0.5, 0.5), (0.25, 0.75), (0, 1)], dtype=np.float32)


def invented(strategies: Sequence[str] = ("hard", "palora"), seeds: int = 3) -> Result:
    """A study of two tasks without records."""
    study = Study(strategies=strategies, weights=5, seeds=seeds, steps=STEPS)
    models = tuple(ModelLayout(name, name) for name in dict.fromkeys(("hard", *strategies)))  # that of the baselines too
    return Result(study, Layout(TASKS, models, plan(study), "cpu"))


def separate(result: Result, diverged: Sequence[int] = (), late: Sequence[int] = ()) -> list[Record]:
    """Runs with the accuracy 0.4 + 0.4 w in a task of weight w, and a little of each seed's own, in all metrics.

    Those that are ``late`` are at half time.
    """
    points = np.array([run.weights for run in result.layout.runs])
    noise = 0.01 * np.array([run.seed - 1 for run in result.layout.runs])[:, None]
    values = np.repeat((0.4 + 0.4 * points + noise)[..., None], METRICS, axis=2).astype(np.float32)
    run = np.arange(len(values), dtype=np.int32)
    on_time = run[~np.isin(run, late)]
    at, task = np.full((2, len(run)), -1, dtype=np.int32)
    at[list(diverged)], task[list(diverged)] = 3, 0
    return [
        Record("evaluation", STEPS // 2, {"run": run, "validation": values, "test": values}),
        Record("evaluation", STEPS, {"run": on_time, "validation": values[on_time], "test": values[on_time]}),
        Record("status", STEPS, {"run": run, "diverged_step": at, "diverged_task": task}),
    ]


def front(result: Result, gap: Sequence[float], strategy: str = "palora", step: int = STEPS) -> Record:
    """One model that differs from the separate runs by ``gap`` in each task, and whose loss falls as the weight rises."""
    run = np.array([run.index for run in result.layout.runs if run.strategy == strategy], dtype=np.int32)
    seed = np.array([result.layout.runs[index].seed for index in run])[:, None, None]
    accuracy = 0.4 + 0.4 * POINTS + 0.01 * (seed - 1) + np.array(gap)
    values = np.repeat(accuracy[..., None], METRICS, axis=3).astype(np.float32)
    values[..., LOSS] = 2 - POINTS
    return Record("front", step, {"run": run, "points": POINTS, "validation": values, "test": values})


def known(**more: Any) -> Result:
    result = invented()
    return result.extended([*separate(result, **more), front(result, (-0.08, 0.04))], "finished")


def test_the_gap_is_one_model_minus_the_run_trained_for_the_weighting() -> None:
    result = known()
    gaps = result.one_model.gaps
    gaps = gaps[gaps["metric"] == "accuracy"]
    assert gaps["against"].eq("hard").all()
    assert gaps["n"].eq(3).all()
    assert gaps.set_index(["weights", "task"]).index.tolist() == [
        *(("1 / 0", "left"), ("0.75 / 0.25", "left"), ("0.75 / 0.25", "right"), ("0.5 / 0.5", "left"), ("0.5 / 0.5", "right")),
        *(("0.25 / 0.75", "left"), ("0.25 / 0.75", "right"), ("0 / 1", "right")),
    ], "at the corners the baselines have the task that they trained"
    # Pairing takes away what a seed has of its own, so the interval has next to no width.
    for task, gap in (("left", -0.08), ("right", 0.04)):
        own = gaps[gaps["task"] == task]
        assert own["difference"].to_numpy() == pytest.approx(gap, abs=1e-6)
        assert (own["high"] - own["low"]).to_numpy() == pytest.approx(0, abs=1e-5)
        assert own["delta_percent"].to_numpy() == pytest.approx(100 * gap / 0.8, abs=1e-4), "of the task alone everywhere"
        assert own["verdict"].eq("negative" if gap < 0 else "positive").all()
    middle = gaps[(gaps["weights"] == "0.5 / 0.5") & (gaps["task"] == "left")].iloc[0]
    assert (middle["one"], middle["separate"]) == (pytest.approx(0.52), pytest.approx(0.6))


def test_the_price_is_the_mean_over_weightings() -> None:
    result = known()
    price = result.one_model.price.assign(task=lambda table: table["task"].astype(object).fillna("mean")).set_index("task")
    assert price["weightings"].to_dict() == {"mean": 5, "left": 4, "right": 4}
    assert price["delta_percent"].to_dict() == pytest.approx(
        {"mean": (-10 - 6.25 - 2.5 + 1.25 + 5) / 5, "left": -10, "right": 5}, abs=1e-4
    )
    assert result.one_model.by_weighting["delta_m"].tolist() == pytest.approx([-10, -6.25, -2.5, 1.25, 5], abs=1e-4)
    words, meant = map(str, prices(result))
    assert words.startswith("The price of one model, palora")
    assert "-2.5 % [-2.5, -2.5] beside hard over 5 weightings (n = " in words
    assert "tasks by their weights" in meant
    assert result.one_model.price["diverged"].eq(0).all()


def test_one_model_has_one_sentence_beside_however_many_and_one_weighting_is_no_weightings() -> None:
    result = known()
    price = result.one_model.price
    price = price.astype({"against": object}).assign(n=1)
    other = price.assign(against="mmoe", weightings=1)
    result.one_model.__dict__["price"] = pd.concat([price, other], ignore_index=True)
    words, _meant = map(str, prices(result))
    assert words.count("The price") == words.count("palora") == 1
    assert "beside hard over 5 weightings, with one seed" in words
    assert "beside mmoe over 1 weighting, with one seed" in words
    said = prices(result)[0].told(str, lambda one, many, count: f"{count} {{against}}", str.upper)
    assert said.endswith("5 HARD, 1 MMOE."), "in the reader's words, made safe"


def test_a_shell_is_told_the_price(capsys: pytest.CaptureFixture[str]) -> None:
    result = known()
    printing.result(result, result.compared())
    assert ": -2.5 % [-2.5, -2.5] beside hard" in capsys.readouterr().out


def test_a_front_in_perfect_order_and_one_that_does_not_heed_weights() -> None:
    result = invented(["hard", "palora", "hypernet"])
    deaf = front(result, (0, 0), "hypernet")
    deaf.arrays["test"][..., LOSS] = 1.0
    found = result.extended([*separate(result), front(result, (0, 0)), deaf]).one_model.in_order
    assert found.groupby("strategy", observed=True)["share"].agg(list).to_dict() == {"palora": [1, 1], "hypernet": [0.5, 0.5]}


def test_seeds_with_a_run_that_diverged_are_left_out_and_counted() -> None:
    result = invented()
    lost = next(run.index for run in result.layout.runs if run.label == "hard · 0.25 / 0.75" and run.seed == 1)
    table = known(diverged=[lost]).one_model
    assert table.price["n"].eq(2).all()
    assert table.price["diverged"].eq(1).all()
    assert table.price["weightings"].tolist() == [5, 4, 4]
    gaps = table.gaps[table.gaps["metric"] == "accuracy"].groupby("weights", observed=True)["n"].first()
    assert gaps.to_dict() == {"1 / 0": 3, "0.75 / 0.25": 3, "0.5 / 0.5": 3, "0.25 / 0.75": 2, "0 / 1": 3}
    own = next(run.index for run in result.layout.runs if run.strategy == "palora")
    table = known(diverged=[own]).one_model
    assert table.price["n"].eq(2).all()
    assert table.means["n"].eq(2).all()


def test_runs_that_are_not_as_far_are_not_compared() -> None:
    """While a study trains in waves."""
    result = invented()
    late = [run.index for run in result.layout.runs if run.label == "hard · 0.25 / 0.75"]
    table = known(late=late).one_model
    assert "0.25 / 0.75" not in set(table.gaps["weights"].astype(str))
    assert table.price["weightings"].tolist() == [4, 3, 3]
    assert table.price["n"].eq(3).all()


def test_a_study_without_separate_runs_has_the_corners_alone() -> None:
    result = invented(["palora"])
    price = result.extended([*separate(result), front(result, (-0.08, 0.04))]).one_model.price
    assert price["against"].eq("hard").all()
    assert price["weightings"].tolist() == [2, 1, 1]
    assert price["delta_percent"].tolist() == pytest.approx([-2.5, -10, 5], abs=1e-4)


def test_every_strategy_that_was_trained_separately_has_its_price() -> None:
    result = invented(["hard", "mmoe", "palora"])
    table = result.extended([*separate(result), front(result, (-0.08, 0.04))]).one_model
    assert table.price["against"].unique().tolist() == ["hard", "mmoe"]
    corners = table.gaps[(table.gaps["against"] == "mmoe") & (table.gaps["weights"] == "1 / 0")]
    assert set(corners["task"].astype(str)) == {"left"}, "nothing trained the other head"


def test_without_a_percentage_the_sentence_says_why() -> None:
    result = invented()
    records = [*separate(result), front(result, (-0.08, 0.04))]
    runs = np.arange(len(result.layout.runs), dtype=np.int32)
    values = records[1].arrays["test"]
    chance = np.repeat(
        np.array([[0.9], [0.1]], dtype=np.float32), METRICS, axis=1
    )  # what looks at no input has 0.9 on the left
    parts = np.repeat(values[..., None], 3, axis=3)
    told = {"chance": np.repeat(chance[None], len(runs), axis=0), "examples": np.full((len(runs), 2), 500)}
    records.append(Record("jackknife", STEPS, {"run": runs, "end": parts, "best": parts} | told))
    found = result.extended(records)
    assert np.isnan(found.one_model.price["delta_percent"]).tolist() == [True, True, False]
    assert "alone left cannot be told from chance" in str(prices(found)[0])
    assert found.one_model.gaps.query("task == 'left'")["difference"].notna().all()


def test_tables_without_a_front_are_empty_and_have_the_same_columns() -> None:
    for result in (invented(), invented(["hard", "mmoe"])):
        nothing = result.extended(separate(result)).one_model
        for name in ("fronts", "means", "gaps", "by_weighting", "price", "in_order"):
            table, full = getattr(nothing, name), getattr(known().one_model, name)
            assert isinstance(table, pd.DataFrame)
            assert table.empty
            assert list(table) == list(full)
        assert prices(result) == ()


def test_a_trained_front_is_in_the_table() -> None:
    study = mtl.Study(suite="vitals", strategies=["hard", "palora"], weights=3, seeds=2, steps=20)
    result = mtl.run(study)
    (record,) = (record for record in result.records if record.kind == "front")
    fronts = result.one_model.fronts
    rows = fronts[(fronts["split"] == "test") & (fronts["metric"] == "r2")]
    assert len(rows) == 2 * 7 * 3  # six points of the map and the centre
    first = rows[(rows["seed"] == 1) & (rows["weights"] == "0.5 / 0.5 / 0")].set_index("task")
    place = int(np.argmax((np.abs(record.arrays["points"] - [0.5, 0.5, 0]) < 1e-6).all(axis=1)))
    assert first["value"].to_numpy() == pytest.approx(record.arrays["test"][1, place, :, 1])
    assert first["weight"].tolist() == [0.5, 0.5, 0]
    # The centre is what the last evaluation asked for, and `hard · equal` is its separate run.
    gap = result.one_model.gaps.query("weights == '0.333 / 0.333 / 0.333' and metric == 'r2'").set_index("task")
    end = result.compared(at="end").transfer.query("metric == 'r2'").set_index(["label", "task"])["value"]
    assert gap["one"].to_numpy() == pytest.approx(end["palora · equal"].to_numpy(), rel=1e-5)
    assert gap["separate"].to_numpy() == pytest.approx(end["hard · equal"].to_numpy())
    assert len(set(result.one_model.gaps["weights"])) == 7
