"""Gains of sets from pairs and from early steps, and how such predictions are judged."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from mtl_core.diagnostics.predicted_gains import agreement, early, from_pairs, higher_order, pair_gains, spearman

TASKS = ("a", "b", "c", "d")
SETS = [members for size in (2, 3, 4) for members in combinations(TASKS, size)]


def table(gain: Any, seeds: int = 2, sets: Any = SETS) -> pd.DataFrame:
    rows = [(members, task, seed, gain(members, task, seed)) for members in sets for task in members for seed in range(seeds)]
    return pd.DataFrame(rows, columns=["members", "task", "seed", "gain"])


HELP = np.random.default_rng(0).normal(size=(2, 4, 4))


def mean_of_pairs(members: tuple[str, ...], task: str, seed: int) -> float:
    t = TASKS.index(task)
    return float(np.mean([HELP[seed, TASKS.index(j), t] for j in members if j != task]))


def test_gains_that_are_means_of_pairs_are_predicted_exactly_and_directed() -> None:
    gains = table(mean_of_pairs)
    pairs = pair_gains(gains)
    row = pairs[(pairs["source"] == "b") & (pairs["target"] == "d") & (pairs["seed"] == 1)]
    assert row["value"].item() == pytest.approx(HELP[1, 1, 3])
    assert len(pairs) == 12 * 2
    found = higher_order(gains)
    assert {len(each) for each in found["members"]} == {3, 4}
    real = {(frozenset(m), t, s): g for m, t, s, g in gains.itertuples(index=False)}
    assert len(found) == (4 * 3 + 4) * 2
    for members, task, seed, gain in found[["members", "task", "seed", "gain"]].itertuples(index=False):
        assert gain == pytest.approx(real[members, task, seed])
    judged = agreement(found, gains.assign(members=[frozenset(m) for m in gains["members"]]))
    assert judged["rho"].tolist() == pytest.approx([1.0] * 4)
    assert judged["signs"].eq(1).all()
    assert judged["n"].eq(4).all()


def test_a_set_of_which_a_pair_is_not_known_is_not_predicted() -> None:
    gains = table(mean_of_pairs)
    gains = gains[[set(members) != {"a", "b"} for members in gains["members"]]]
    found = {(tuple(sorted(m)), t) for m, t in higher_order(gains)[["members", "task"]].itertuples(index=False)}
    assert (("a", "b", "c"), "a") not in found
    assert (("a", "b", "c"), "c") in found
    assert (("a", "c", "d"), "a") in found


def test_a_measure_without_seeds_is_one_table() -> None:
    pairs = pd.DataFrame({"source": ["a", "c"], "target": ["b", "b"], "value": [1.0, 3.0]}).astype({"source": "category"})
    found = from_pairs(pairs, [("a", "b", "c"), ("a", "z")])
    assert found.to_dict("records") == [{"members": frozenset("abc"), "task": "b", "gain": 2.0}]
    assert from_pairs(pairs.iloc[:0], SETS).empty


def test_early_gains_are_those_of_the_last_evaluation_until_then() -> None:
    gains = pd.concat([table(lambda *_, at=step: at, sets=SETS[:2]).assign(step=step) for step in (60, 0, 30)])
    found = early(gains, 45)
    assert list(found) == ["members", "task", "seed", "gain"]
    assert found["gain"].eq(30).all()
    assert len(found) == 2 * 2 * 2
    assert early(gains, -1).empty


def test_means_over_seeds_are_compared_by_task_or_pooled() -> None:
    generator = np.random.default_rng(1)
    real, predicted = (table(lambda *_: generator.normal()) for _ in range(2))
    judged = agreement(predicted, real).set_index("task")
    mine = [frame[frame["task"] == "c"].groupby("members", sort=False)["gain"].mean() for frame in (predicted, real)]
    assert judged.loc["c", "rho"] == pytest.approx(spearmanr(*mine).statistic)
    assert judged.loc["c", "signs"] == pytest.approx((np.sign(mine[0]) == np.sign(mine[1])).mean())
    (whole,) = agreement(predicted, real, pooled=True).to_dict("records")
    assert (whole["task"], whole["n"]) == ("", sum(map(len, SETS)))
    shifted = real.assign(gain=real["gain"] + real["task"].map({"a": 100, "b": 0, "c": -100, "d": 50}))
    assert agreement(predicted, shifted).set_index("task").loc["c", "rho"] == pytest.approx(judged.loc["c", "rho"])


def test_ranks_share_ties_and_nothing_is_said_of_few_or_of_constants() -> None:
    a, b = np.array([1.0, 2, 2, 5]), np.array([3.0, 1, 4, 4])
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(spearman(a[:2], b[:2]))
    assert np.isnan(spearman(np.ones(4), b))
    assert agreement(table(mean_of_pairs).iloc[:0], table(mean_of_pairs)).empty
