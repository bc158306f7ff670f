"""Sets of tasks, trained: what their runs tell of, and what their tables say."""

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.subsets import COSTS, costs
from mtl_core.errors import SpecError
from mtl_core.spec.weightings import members_of


@pytest.fixture(scope="module")
def trained() -> Result:
    return mtl.run(mtl.Study(suite="digits_scarce", weights="subsets", seeds=2, steps=8, evaluate_every=4, conflict_every=2))


def test_a_run_tells_nothing_of_tasks_outside_its_set(trained: Result) -> None:
    members = {run.index: members_of(run.weights or ()) for run in trained.layout.runs if run.weights}
    seen = 0
    for record in trained.records:
        for run, row in zip(record.arrays["run"].tolist(), range(len(record.arrays["run"])), strict=True):
            outside = [task for task in range(4) if task not in (members[run] or ())]
            if record.kind == "evaluation":
                assert np.isnan(record.arrays["validation"][row][outside]).all()
            elif record.kind == "step":
                assert np.isnan(record.arrays["losses"][:, row][:, outside]).all()
            elif record.kind == "conflict":
                pairs = [place for place, (a, b) in enumerate(trained.layout.pairs) if {a, b} & set(outside)]
                assert np.isnan(record.arrays["cosine"][:, row][..., pairs]).all()
            else:
                continue
            seen += len(outside) > 0
    assert seen > 50


def test_gains_are_differences_to_the_task_alone_in_points(trained: Result) -> None:
    pairs = trained.pairs[trained.pairs["metric"] == "accuracy"]
    table = trained.subsets
    assert len(table) == 2 * sum(size * count for size, count in {1: 4, 2: 6, 3: 4, 4: 1}.items())
    assert (table.loc[table["size"] == 1, ["validation", "test"]] == 0).all(axis=None)
    for row in table[table["size"] > 1].to_dict("records"):
        same = pairs[(pairs["label"] == row["label"]) & (pairs["seed"] == row["seed"]) & (pairs["task"] == row["task"])]
        assert row["test"] == pytest.approx(100 * same["difference"].item())


def test_costs_are_multiples_of_one_task(trained: Result) -> None:
    found = trained.gains
    for measure in COSTS:
        cost = costs(trained.layout, trained.records, found, measure)
        assert cost.shape == (15,)
        assert np.mean(cost[:4]) == pytest.approx(1, rel=0.2)
    parameters = costs(trained.layout, trained.records, found, "parameters")
    model = trained.layout.models[0]
    assert parameters[-1] == pytest.approx(model.parameters / (model.parameters - model.heads + model.heads / 4))
    with pytest.raises(SpecError, match="a cost must be one of networks, parameters"):
        costs(trained.layout, trained.records, found, "watts")


def test_a_result_answers_which_tasks_together(trained: Result) -> None:
    table = trained.grouping(networks=2)
    assert table["task"].tolist() == list(trained.study.tasks)
    assert table["network"].nunique() <= 2
    assert trained.grouping(networks=2, partition=True)["network"].nunique() <= 2
    assert trained.grouping(budget=4.5)["gain"].notna().all()
    with pytest.raises(SpecError, match="either networks or a budget"):
        trained.grouping(networks=2, budget=2.0)
    with pytest.raises(SpecError, match="a strategy of this study"):
        trained.together(strategy="mmoe")
