"""Cheap measures of how much tasks help each other, as one table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.affinity import AFFINITIES, SYMMETRIC, affinities, affinity, why_none
from mtl_core.diagnostics.intervals import interval
from mtl_core.errors import SpecError
from mtl_core.records import Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

STEPS = list(range(0, 50, 5))
STUDY = Study(suite="vitals", seeds=3, weights=[], strategies=["hard", "mmoe"], methods=["equal", "uw"], learning_rates=[0.1])
TASKS = tuple(Task(name, "regression") for name in STUDY.tasks)


@pytest.fixture
def made(invented: Callable[..., Any]) -> Any:
    """A study of three tasks, two strategies and two rates, with records of all that measures are read from."""
    study = invented(tasks=TASKS)
    models = tuple(ModelLayout(name, name, stages=("layer1",)) for name in ("hard", "mmoe"))
    study.layout = replace(study.layout, models=models, runs=plan(STUDY))
    return study


def value(table: Any, source: str, target: str, column: str = "value") -> float:
    (found,) = table[(table["source"] == source) & (table["target"] == target)][column]
    return float(found)


def test_means_over_steps_then_over_seeds_with_their_interval(made: Any) -> None:
    runs = made.runs("hard · equal")
    drawn = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    drawn[0, 1, 0, 2] = np.nan  # a batch without a label
    parts = [({"run": np.array(runs, np.int32), "steps": np.array(s, np.int32), "affinity": drawn[p]}) for s, p in
             (([0, 10], slice(0, 2)), ([20, 30], slice(2, 4)))]  # fmt: skip
    records = [Record("affinity", int(part["steps"][-1]), part) for part in parts]
    others = np.array(made.runs("mmoe · equal"), np.int32)
    records.append(Record("affinity", 0, {"run": others, "steps": np.zeros(1, np.int32), "affinity": drawn[:1] * 0}))
    table = affinity(made.layout, records, "tag")
    assert list(table) == ["source", "target", "value", "low", "high", "seeds", "kind"]
    assert len(table) == 6
    expected = interval(np.nanmean(drawn.astype(np.float64), axis=0)[:, 0, 2])
    first, third = TASKS[0].name, TASKS[2].name
    found = [value(table, first, third, column) for column in ("value", "low", "high", "seeds")]
    assert found == pytest.approx([float(expected.mean), float(expected.low), float(expected.high), 3])
    assert value(table, third, first) == pytest.approx(np.mean(drawn[:, :, 2, 0]), abs=1e-6)
    assert affinity(made.layout, records, "tag", "mmoe · equal")["value"].eq(0).all()


def test_first_order_is_the_gradients_product_over_the_targets_loss(made: Any) -> None:
    generator = np.random.default_rng(1)
    conflict, losses = made.conflict(STEPS, generator), made.steps(range(50), generator)
    losses.arrays["losses"][10, made.runs("hard · equal")[0], 1] = np.nan
    run = made.runs("hard · equal")
    norms = conflict.arrays["norms"][:, run, 0].astype(np.float64)
    products = conflict.arrays["cosine"][:, run, 0, 0] * norms[:, :, 0] * norms[:, :, 1]  # of the first pair
    there = losses.arrays["losses"][::5][:, run].astype(np.float64)
    table = affinity(made.layout, [conflict, losses], "first_order")
    a, b = TASKS[0].name, TASKS[1].name
    assert value(table, a, b) == pytest.approx(0.003 * np.nanmean(products / there[:, :, 1], axis=0).mean(), rel=1e-5)
    assert value(table, b, a) == pytest.approx(0.003 * np.mean(products / there[:, :, 0]), rel=1e-5)
    cosine = affinity(made.layout, [conflict], "cosine")
    assert value(cosine, a, b) == value(cosine, b, a) == pytest.approx(conflict.arrays["cosine"][:, run, 0, 0].mean(), abs=1e-6)


def test_tasks_that_share_nothing_have_no_cosine(made: Any) -> None:
    conflict = made.conflict(STEPS, np.random.default_rng(2))
    conflict.arrays["cosine"][..., 0] = 0
    table = affinity(made.layout, [conflict], "cosine")
    assert len(table) == 4
    conflict.arrays["cosine"][:] = np.nan
    assert affinity(made.layout, [conflict], "cosine").empty
    assert "share" in why_none(made.layout, [conflict], "cosine")


def test_labels_are_one_table_without_an_interval(made: Any) -> None:
    layout = replace(made.layout, relations=((1.0, 0.25, None), (0.25, 1.0, 0.5), (None, 0.5, 1.0)))
    table = affinity(layout, [], "labels")
    assert sorted(table["value"]) == [0.25, 0.25, 0.5, 0.5]
    assert table["low"].isna().all()
    assert table["seeds"].eq(0).all()
    assert set(SYMMETRIC) < set(AFFINITIES)


def test_a_probe_is_judged_beside_the_target_alone_of_the_same_seed(made: Any) -> None:
    layout = replace(made.layout, tasks=(replace(TASKS[0], judged_by="mae"), *TASKS[1:]))  # of which less is better
    alone = np.array([run.index for run in layout.runs if run.role == "baseline" and run.label == run.family], np.int32)
    probe, own = np.random.default_rng(3).random((2, 9, 3, 3)).astype(np.float32)
    table = affinity(layout, [Record("probe", 300, {"run": alone, "probe": probe, "own": own})], "probe")
    a, b = TASKS[0].name, TASKS[1].name  # baselines stand task by task, seeds innermost
    assert value(table, b, a) == pytest.approx(np.mean(own[:3, 0, 2] - probe[3:6, 0, 2]), abs=1e-6)
    assert value(table, a, b) == pytest.approx(np.mean(probe[:3, 1, 1] - own[3:6, 1, 1]), abs=1e-6)
    assert table["seeds"].eq(3).all()


def test_what_is_missing_is_empty_and_said_in_words(made: Any) -> None:
    found = {kind: why_none(made.layout, [], kind) for kind in AFFINITIES}
    assert all(len(why) > 20 and why.endswith(".") for why in found.values())
    assert len(set(found.values())) == 4, "first order and cosine want the same"
    assert affinities(made.layout, []).empty
    assert "affinity_every" in found["tag"]
    without = replace(made.layout, runs=plan(replace(STUDY, methods=["uw"])))
    assert "equal" in why_none(without, [], "cosine")
    with pytest.raises(SpecError, match="cosine"):
        affinity(made.layout, [], "cosin")


def test_all_measures_come_in_one_table(made: Any) -> None:
    generator = np.random.default_rng(4)
    records = [made.conflict(STEPS, generator), made.steps(range(50), generator)]
    table = affinities(replace(made.layout, relations=((1.0, 0.1, 0.2), (0.1, 1.0, 0.3), (0.2, 0.3, 1.0))), records)
    assert table["kind"].astype(str).value_counts().to_dict() == {"first_order": 6, "cosine": 6, "labels": 6}
