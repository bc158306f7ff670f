"""Gains of sets predicted from what is cheaper, and how such predictions are judged."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

import mtl_core as mtl
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.agreement import EARLY, agreement, early, spearman
from mtl_core.diagnostics.scores import scores
from mtl_core.diagnostics.subsets import Gains
from mtl_core.diagnostics.together import PAIRS, higher_order, pair_gains
from mtl_core.records import Record

SETS = tuple(members for size in (1, 2, 3, 4) for members in combinations(range(4), size))
INSIDE = np.array([[task in members for task in range(4)] for members in SETS])
HELP = np.random.default_rng(0).normal(size=(4, 4))


def made(table: np.ndarray) -> Gains:
    """The same gains in two seeds, up to a difference that cancels."""
    both = np.stack([table + 0.5, table - 0.5], axis=1)
    return Gains(tuple("abcd"), SETS, tuple(map(str, SETS)), (0, 1), both, both)


def means_of_pairs() -> np.ndarray:
    table = np.full((len(SETS), 4), np.nan)
    for place, members in enumerate(SETS):
        for task in members:
            others = [HELP[other, task] for other in members if other != task]
            table[place, task] = np.mean(others) if others else 0.0
    return table


def test_gains_that_are_means_of_pairs_are_predicted_exactly() -> None:
    found = made(means_of_pairs())
    predicted = higher_order(found, pair_gains(found))
    judged = agreement(found, {PAIRS: predicted})
    assert judged["sets"].unique().tolist() == ["larger"], "pairs would be compared with themselves"
    assert judged["rho"].tolist() == pytest.approx([1.0] * 4)
    assert judged["signs"].eq(1).all()
    assert judged["n"].eq(4).all()
    worst = agreement(found, {"tag": -predicted}).query("sets == 'larger'")
    assert worst["rho"].tolist() == pytest.approx([-1.0] * 4)
    assert worst["signs"].eq(0).all()


def test_each_task_is_judged_by_itself_or_all_are_pooled() -> None:
    generator = np.random.default_rng(1)
    real, guess = (np.where(INSIDE, generator.normal(size=INSIDE.shape), np.nan) for _ in range(2))
    guess[7, 1] = np.nan  # a set that is not predicted
    judged = (
        agreement(made(real), {"cosine": guess, "labels": np.abs(guess)}).set_index(["measure", "sets", "task"]).sort_index()
    )
    larger = INSIDE.sum(axis=1) > 2
    mine = [table[larger & INSIDE[:, 2], 2] for table in (guess, real)]
    assert judged.loc[("cosine", "larger", "c"), "rho"] == pytest.approx(spearmanr(*mine).statistic)
    assert judged.loc[("cosine", "larger", "c"), "signs"] == pytest.approx((np.sign(mine[0]) == np.sign(mine[1])).mean())
    assert judged.loc["labels", "signs"].isna().all()
    assert judged.loc[("cosine", "pairs"), "n"].tolist() == [3, 2, 3, 3]
    shifted = made(real + np.array([100, 0, -100, 50]))
    again = agreement(shifted, {"cosine": guess}).set_index(["measure", "sets", "task"]).sort_index()
    assert again.loc[("cosine", "larger", "c"), "rho"] == judged.loc[("cosine", "larger", "c"), "rho"]
    pooled = agreement(shifted, {"cosine": guess}, pooled=True)
    assert pooled["task"].eq("").all()
    assert pooled["n"].tolist() == [11, 4 * 3 + 4]


def test_ranks_share_ties_and_nothing_is_said_of_few_or_of_constants() -> None:
    a, b = np.array([1.0, 2, 2, 5]), np.array([3.0, 1, 4, 4])
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(spearman(a[:2], b[:2]))
    assert np.isnan(spearman(np.ones(4), b))


@pytest.fixture(scope="module")
def trained() -> Result:
    study = mtl.Study(suite="vitals", weights="subsets", methods=[], seeds=2, steps=20, evaluate_every=4, affinity_every=5)
    return mtl.run(study)


def test_early_gains_are_those_of_a_study_that_ended_there(trained: Result) -> None:
    found = early(trained.layout, trained.records, trained.scores, 5)
    at_four = [each for each in trained.records if each.kind == "evaluation" and each.step == 4]
    then = scores(trained.layout, at_four, "end").validation
    runs = {run.label: [r.index for r in trained.layout.runs if r.label == run.label] for run in trained.layout.runs}
    for place, label in enumerate(trained.gains.labels[3:], start=3):
        for task in trained.gains.sets[place]:
            alone = runs[f"{trained.study.tasks[task]} alone"]
            difference = then[runs[label], task, 1] - then[alone, task, 1]
            assert found[place, task] == pytest.approx(100 * difference.mean(), rel=1e-5)
    assert np.isnan(early(trained.layout, trained.records, trained.scores, 1)[3:]).all()


def test_a_result_judges_every_measure_that_it_has(trained: Result) -> None:
    wanted = {PAIRS, EARLY, "tag", "first_order", "cosine", "labels"}
    assert set(trained.together().predictions) == wanted == set(trained.agreement["measure"])
    table = trained.together().groupings()
    assert wanted <= set(table["rule"])
    assert trained.affinity.groupby("kind", observed=True).size().to_dict() == dict.fromkeys(wanted - {PAIRS, EARLY}, 6)
    assert set(trained.no_affinity) == {"probe"}
    alone = trained.of("{bmi, bp}")
    assert len(alone.affinity[alone.affinity["kind"] == "cosine"]) == 2, "of a set its own tasks alone"
    nothing: list[Record] = []
    assert set(Result(trained.study, trained.layout, nothing).no_affinity) == {"tag", "first_order", "cosine", "probe"}
