"""Several sharing strategies in one study: each trains as it would alone, beside the same baselines."""

import numpy as np
import pandas as pd
import pytest

import mtl_core as mtl
from mtl_core.records import Record
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.training.trainer import Trainer

SMALL = {"backbone": {"name": "mlp", "width": 8}, "steps": 40, "batch_size": 16, "evaluate_every": 10, "weights": 0}
FOUR = ["hard", "single_task", "cross_stitch", {"name": "mmoe", "experts": 2}]


def same(one: list[Record], other: list[Record]) -> bool:
    """Whether records tell the same; how long something took is never the same twice."""
    one, other = ([r for r in records if r.kind != "timing"] for records in (one, other))
    assert len(one) == len(other)
    return all(
        a.kind == b.kind and a.arrays.keys() == b.arrays.keys()
        and all(np.array_equal(a.arrays[n], b.arrays[n], equal_nan=n != "run") for n in a.arrays)
        for a, b in zip(one, other, strict=True)
    )  # fmt: skip


def curves(result: mtl.Result, label: str) -> pd.DataFrame:
    runs = result.runs.set_index("run")["label"]
    table = result.curves
    kept = table[table["run"].map(runs) == label]
    return kept.drop(columns="run").reset_index(drop=True)


def test_a_strategy_trains_as_it_would_alone() -> None:
    together = mtl.run(mtl.Study(suite="vitals", strategies=FOUR, methods=["equal", "pcgrad"], seeds=2, **SMALL))
    for strategy in FOUR:
        alone = mtl.run(mtl.Study(suite="vitals", strategies=[strategy], methods=["pcgrad"], seeds=2, **SMALL))
        label = next(label for label in alone.runs["label"].cat.categories if "pcgrad" in label)
        beside = label if "·" in label else f"hard · {label}"
        pd.testing.assert_frame_equal(
            curves(together, beside).drop(columns=["label", "strategy"], errors="ignore"),
            curves(alone, label).drop(columns=["label", "strategy"], errors="ignore"),
        )


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("stop", [7, pytest.param(33, marks=pytest.mark.slow)])
def test_a_resumed_study_goes_on_bit_by_bit(strategy: str, stop: int) -> None:
    suite = "domains" if STRATEGIES[strategy].per_task else "vitals"
    backbone = {"name": "mlp", "width": 8, "depth": 2, "normalise": strategy == "task_norm"}
    small = SMALL | {"backbone": backbone, "steps": 40 if STRATEGIES[strategy].searches or stop > 7 else 12}
    study = mtl.Study(suite=suite, strategies=[strategy], methods=["equal"], seeds=2, **small)
    whole, rest = Trainer(study), []
    while whole.step < stop:
        whole.advance()
    whole.flush()
    resumed = Trainer(study, whole.checkpoint())
    after = []
    while not whole.finished:
        after += whole.advance()
    while not resumed.finished:
        rest += resumed.advance()
    assert same(after, rest)


def test_a_corner_of_separate_networks_is_the_task_alone() -> None:
    result = mtl.run(
        mtl.Study(suite="digits_pair", strategies=["single_task"], seeds=2, **SMALL | {"weights": [[1, 0], [0, 1]]})
    )
    for task, label in (("left", "single_task · 1 / 0"), ("right", "single_task · 0 / 1")):
        alone, corner = (
            table[table["task"] == task].drop(columns=["label", "strategy"], errors="ignore")
            for table in (curves(result, f"{task} alone"), curves(result, label))
        )
        pd.testing.assert_frame_equal(alone, corner)


@pytest.mark.parametrize("granularity", ["scalar", "channel"])
def test_units_that_stand_still_at_identity_leave_separate_networks(granularity: str) -> None:
    frozen = {"name": "cross_stitch", "same": 1, "unit_rate": 0, "granularity": granularity}
    study = mtl.Study(suite="digits_pair", strategies=["single_task", frozen], seeds=2, **SMALL)
    result = mtl.run(study)
    label = next(label for label in result.runs["label"].cat.categories if label.startswith("cross_stitch"))
    pd.testing.assert_frame_equal(
        curves(result, label).drop(columns=["label", "strategy"], errors="ignore"),
        curves(result, "single_task · equal").drop(columns=["label", "strategy"], errors="ignore"),
    )


def test_divergence_of_one_strategy_leaves_the_others_untouched() -> None:
    settings = SMALL | {"optimizer": "sgd", "learning_rate": 0.3}
    calm = mtl.run(mtl.Study(suite="vitals", strategies=["hard"], seeds=2, **settings))
    assert not (calm.runs["status"] == "diverged").any()
    wild = {"name": "cross_stitch", "unit_rate": 1000.0}
    study = mtl.Study(suite="vitals", strategies=["hard", wild], seeds=2, **settings)
    stormy = mtl.run(study)
    gone = stormy.runs[stormy.runs["status"] == "diverged"]
    assert set(gone["strategy"]) == {study.sharing(study.strategies[1])}
    pd.testing.assert_frame_equal(
        curves(calm, "equal").drop(columns=["label", "strategy"], errors="ignore"),
        curves(stormy, "hard · equal").drop(columns=["label", "strategy"], errors="ignore"),
    )


@pytest.mark.parametrize("backbone", ["mlp", "transformer"])
@pytest.mark.parametrize("target", ["hard", "single_task"])
def test_equal_parameters_agree_within_two_per_cent(target: str, backbone: str) -> None:
    study = mtl.Study(
        suite="vitals", strategies=["hard", "single_task", "cross_stitch", "mmoe"], backbone=backbone, equal_parameters=target,
        weights=0, seeds=1, steps=1,
    )  # fmt: skip
    models = {model.strategy: model for model in Trainer(study).layout.models}
    plain = models.pop("plain")
    wanted = (plain.parameters - plain.heads) * (1 if target == "hard" else 3)
    assert models.keys() == {"hard", "single_task", "cross_stitch", "mmoe"}
    for model in models.values():
        assert model.matched == (model.parameters - model.heads) / wanted
        assert model.matched == pytest.approx(1, abs=0.02), model.strategy
