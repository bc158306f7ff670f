"""The fronts of studies made up by hand: where 0 and 1 are, what is left out and what is said of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtl_core.diagnostics import Result
from mtl_core.diagnostics.front_words import on_fronts, on_preferences
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

STEPS, CHANCE = 10, 0.1
TASKS = tuple(Task(name, "classification", 10, measured=("accuracy",)) for name in ("left", "right"))
ALONE = 0.9
PLACES = {"equal": (0.7, 0.7), "pcgrad": (0.9, 0.5), "0.75 / 0.25": (0.8, 0.3), "0.25 / 0.75": (0.05, 0.9)}
LOSS, ACCURACY = 0, 1


def made(
    places: dict[str, tuple[float, ...]] = PLACES,
    *,
    tasks: tuple[Task, ...] = TASKS,
    seeds: int = 3,
    alone: Sequence[float] = (ALONE, ALONE),
    chance: Sequence[float] | None = (CHANCE, CHANCE),
    luck: float = 0.0,
    diverged: Sequence[str] = (),
    late: Sequence[str] = (),
    asked: np.ndarray | None = None,
) -> Result:
    """A study whose runs have these accuracies, all runs of a seed ``luck`` times its number more."""
    count = len(tasks)
    models = ["hard", "palora"] if asked is not None else ["hard"]
    weights = [(0.75, 0.25), (0.25, 0.75)] if count == 2 else []
    methods = ["equal"] if asked is not None else ["equal", "pcgrad"]
    study = Study(
        suite="digits_pair" if count == 2 else "subspace",
        tasks=None if count == 2 else [f"task_{place + 1}" for place in range(count)],
        strategies=models,
        methods=methods,
        weights=weights,
        seeds=seeds,
        steps=STEPS,
    )
    layout = Layout(tasks, tuple(ModelLayout(name, name) for name in models), plan(study), "cpu")
    runs = np.arange(len(layout.runs), dtype=np.int32)
    values = np.zeros((len(runs), count, 2), dtype=np.float32)
    for run in layout.runs:
        own = alone if run.role == "baseline" else places.get(run.label.removeprefix("hard · "), (0.5,) * count)
        values[run.index, :, ACCURACY] = np.array(own) + luck * run.seed
    on_time = np.array([run.index for run in layout.runs if run.label not in late], dtype=np.int32)
    lost = [run.index for run in layout.runs if run.label in diverged and run.seed == 0]
    at, task = np.full((2, len(runs)), -1, dtype=np.int32)
    at[lost], task[lost] = 3, 0
    records = [
        Record("evaluation", STEPS // 2, {"run": runs, "validation": values, "test": values}),
        Record("evaluation", STEPS, {"run": on_time, "validation": values[on_time], "test": values[on_time]}),
        Record("status", STEPS, {"run": runs, "diverged_step": at, "diverged_task": task}),
    ]
    if chance is not None:
        known = np.zeros((len(runs), count, 2), dtype=np.float32)
        known[:, :, ACCURACY] = chance
        told = {"chance": known, "examples": np.full((len(runs), count), 500)}
        parts = np.repeat(values[..., None], 3, axis=3)
        records.append(Record("jackknife", STEPS, {"run": runs, "end": parts, "best": parts} | told))
    if asked is not None:
        own = np.array([run.index for run in layout.runs if run.strategy == "palora"], dtype=np.int32)
        answers = np.zeros((len(own), len(asked), count, 2), dtype=np.float32)
        answers[..., ACCURACY] = asked[:, 1]
        records.append(Record("front", STEPS, {"run": own, "points": asked[:, 0], "validation": answers, "test": answers}))
    return Result(study, layout, records, "finished")


def number(result: Result, front: str, measure: str, task: str | None = None) -> Any:
    table = result.front[(result.front["front"] == front) & (result.front["measure"] == measure)]
    (row,) = table[table["task"].isna() if task is None else table["task"] == task].to_dict("records")
    return row


def scaled(value: float) -> float:
    return max(0.0, (value - CHANCE) / (ALONE - CHANCE))


def test_0_is_chance_and_1_is_alone_and_below_chance_is_0() -> None:
    result = made()
    a, b, low = scaled(0.7), scaled(0.5), scaled(0.05)
    assert number(result, "equal", "hypervolume")["mean"] == pytest.approx(a * a)
    assert number(result, "pcgrad", "hypervolume")["mean"] == pytest.approx(b)
    # 0.75 / 0.25 is beaten by pcgrad; 0.25 / 0.75 is below chance on the left.
    assert low == 0
    assert number(result, "hard", "hypervolume")["mean"] == pytest.approx(a * a + (1 - a) * b)
    assert number(result, "hard", "size")["mean"] == 3
    assert number(result, "hard", "span", "left")["mean"] == pytest.approx(1)
    assert number(result, "hard", "gap", "left")["mean"] == pytest.approx(a)
    row = number(result, "hard", "knee")
    assert (row["label"], row["mean"], row["n"], row["points"], row["at"], row["left_out"]) == ("equal", 1, 3, 4, "best", "")
    assert set(result.front["kind"]) == {"strategy", "method"}
    assert "hard has a hypervolume of " in str(on_fronts(result)[0])


def test_what_a_seed_has_for_all_its_runs_is_no_spread() -> None:
    row = number(made(luck=0.02), "equal", "hypervolume")
    # Paired by seed: f = 1 + (0.7 - 0.9) / (mean of alone, 0.92, less chance).
    assert row["mean"] == pytest.approx((1 - 0.2 / 0.82) ** 2)
    assert row["high"] - row["low"] == pytest.approx(0, abs=1e-6)


def test_a_task_within_noise_of_chance_is_left_out_and_named() -> None:
    three = (*TASKS, Task("third", "classification", 10, measured=("accuracy",)))
    places = {"equal": (0.7, 0.7, 0.9), "pcgrad": (0.9, 0.5, 0.9)}
    result = made(places, tasks=three, alone=(0.9, 0.9, 0.11), chance=(0.1, 0.1, 0.12))
    assert result.front["left_out"].eq("third").all()
    assert number(result, "equal", "hypervolume")["mean"] == pytest.approx(scaled(0.7) ** 2)
    assert [column for column in result.preferences if column.startswith("prefers_")] == ["prefers_left", "prefers_right"]
    assert "Left out, for alone they cannot be told from chance: third." in map(str, on_fronts(result))


def test_one_task_or_none_that_can_be_measured_is_no_front() -> None:
    for result, reason in (
        (made(chance=(0.1, 0.95)), "alone they cannot be told from chance: right."),
        (made(chance=None), "did not record what chance gives: left, right."),
    ):
        assert (result.front["n"] == 0).all()
        assert len(result.front) > 0
        assert result.preferences.empty
        assert result.regret.empty
        words = [str(each) for each in on_fronts(result)]
        assert words[0] == "Fewer than two tasks can be measured, so there is no front."
        assert words[1].endswith(reason)
        assert on_preferences(result) == ()


def test_a_run_that_diverged_is_no_point_and_its_label_no_choice() -> None:
    result = made(diverged=["equal"])
    a, b = scaled(0.7), scaled(0.5)
    row = number(result, "hard", "hypervolume")
    assert (row["n"], row["diverged"]) == (3, 1)
    assert row["mean"] == pytest.approx(b + 2 / 3 * (a * a - a * b))
    assert number(result, "equal", "hypervolume")["n"] == 2
    assert "equal" not in set(result.regret["label"])
    assert "equal: diverged with some seed, so no choice for anybody; in such a seed the front lacks the point." in map(
        str, on_fronts(result)
    )


def test_seeds_whose_runs_are_not_as_far_do_not_count() -> None:
    result = made(late=["pcgrad"])
    assert (result.front["n"] == 0).all()
    assert [str(each) for each in on_fronts(result)] == [
        "In no seed all runs came as far as the tasks alone, so no front is measured."
    ]


def test_one_seed_is_said() -> None:
    result = made(seeds=1)
    assert result.front["low"].isna().all()
    assert str(on_fronts(result)[0]).endswith("One seed says nothing of others.")
    assert result.preferences["low"].isna().all()


def test_all_fixed_weightings_are_one_way_to_choose() -> None:
    result = made(PLACES | {"0.25 / 0.75": (0.3, 0.95)})
    table = result.preferences
    assert table.loc[table["prefers_right"] > 0.9, "label"].eq("0.25 / 0.75").all()
    assert table.loc[table["prefers_right"] > 0.9, "way"].eq("fixed weights").all()
    lost = result.regret.set_index("label")
    assert lost["best_for"].sum() == pytest.approx(1)
    assert lost.loc["0.75 / 0.25", "best_for"] == 0
    assert str(on_preferences(result)[0]).startswith("On average over seeds the best choice is")


def test_one_model_is_a_front_of_its_answers_and_serves_a_preference_by_its_nearest() -> None:
    asked = np.array([[[1, 0], [0.9, 0.5]], [[0.5, 0.5], [0.8, 0.8]], [[0, 1], [0.5, 0.9]]], dtype=np.float32)
    result = made({"equal": (0.7, 0.7)}, asked=asked)
    a, b = scaled(0.8), scaled(0.5)
    row = number(result, "palora · equal", "hypervolume")
    assert row["kind"] == "one model"
    assert row["mean"] == pytest.approx(a * a + 2 * (1 - a) * b)
    assert row["at"] == "end"
    assert number(result, "palora · equal", "epsilon")["mean"] == 0
    assert number(result, "hard", "epsilon")["mean"] == pytest.approx(1 - scaled(0.7))
    assert set(result.preferences["label"]) == {"palora · equal"}
    worth = result.preferences.set_index("prefers_left")["worth"]
    assert worth.iloc[-1] == pytest.approx(0.995 + 0.005 * b)
    assert worth.iloc[50] == pytest.approx(a)
    assert any("after the last step" in str(each) for each in on_fronts(result))


def test_more_than_three_tasks_and_some_of_them_alone() -> None:
    five = tuple(Task(f"task_{place + 1}", "classification", 10, measured=("accuracy",)) for place in range(5))
    places = {"equal": (0.9, 0.9, 0.1, 0.1, 0.1), "pcgrad": (0.1, 0.1, 0.9, 0.9, 0.9)}
    result = made(places, tasks=five, alone=(ALONE,) * 5, chance=(CHANCE,) * 5)
    assert np.isnan(number(result, "hard", "hypervolume")["mean"])
    assert number(result, "hard", "epsilon")["mean"] == 0
    assert "Of more than four tasks there is no hypervolume" in " ".join(map(str, on_fronts(result)))
    assert len(result.preferences) == 512
    assert result.pareto.winners_of(["task_1", "task_2", "task_3"])["label"].value_counts()["equal"] > 100
    assert set(result.pareto.winners_of(["task_1", "task_2"])["label"]) == {"equal"}


def test_no_record_gives_empty_tables_of_the_same_columns() -> None:
    full = made()
    empty = Result(full.study, full.layout, [], "running")
    for name in ("front", "preferences", "regret"):
        table = getattr(empty, name)
        assert isinstance(table, pd.DataFrame)
        assert not np.isfinite(table.select_dtypes("float")).any(axis=None)
    assert list(empty.front) == list(full.front)
    assert [str(each) for each in on_fronts(empty)] == ["Fronts are measured when training has ended."]
