"""Several sharing strategies in one study: what is compared with what."""

import numpy as np
import pytest

from mtl_core.diagnostics import Result
from mtl_core.diagnostics.cost import relative_flops, work
from mtl_core.diagnostics.sides import HARD
from mtl_core.errors import SpecError
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study, plan
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "classification", 10, measured=("accuracy", "macro_f1")) for name in ("left", "right"))
MMOE = {"name": "mmoe", "experts": 2}
CORNERS = [[1, 0], [0, 1], [0.3, 0.7]]


def _study(**given: object) -> Study:
    asked = {"strategies": ["hard", "single_task", MMOE], "methods": ["equal", "pcgrad"], "weights": CORNERS, "seeds": 3}
    return Study(**asked | {"steps": 10} | given)  # type: ignore[arg-type]


def _result(study: Study, gain: dict[str, float], *, also: dict[str, tuple[float, float]] | None = None) -> Result:
    """Accuracy 0.5 and what a strategy gains, more with each seed; ``also``: what some labels reach."""
    runs = plan(study)
    names = list(dict.fromkeys(run.strategy for run in runs))
    models = tuple(ModelLayout(name, stages=(f"stage of {name}",), parameters=10 + k) for k, name in enumerate(names))
    values = np.empty((len(runs), 2, 3), dtype=np.float32)
    for run in runs:
        alone = run.role == "baseline"
        values[run.index] = 0.5 + (0 if alone else gain[run.strategy] * (1 + 0.01 * run.seed)) + 0.001 * run.seed
        if also and run.label in also:
            values[run.index] = np.array(also[run.label])[:, None]
        if run.weights is not None and 0 in run.weights:
            values[run.index, list(run.weights).index(0)] = np.nan  # its head stays as it was drawn
    arrays = {"run": np.arange(len(runs), dtype=np.int32), "validation": values, "test": values.copy()}
    return Result(study, Layout(TASKS, models, runs, "cpu"), [Record("evaluation", 10, arrays)], "finished")


GAIN = {"hard": 0.1, "single_task": 0.0, "mmoe(experts=2)": 0.2}


def test_every_strategy_has_the_same_baselines() -> None:
    result = _result(_study(), GAIN)
    summary = result.summary.set_index("label")
    assert summary["strategy"].astype(str).to_dict()["mmoe(experts=2) · equal"] == "mmoe(experts=2)"
    for strategy, gain in GAIN.items():
        assert summary.loc[f"{strategy} · equal", "delta_m"] == pytest.approx(100 * gain / 0.5, abs=0.5)
    rows = result.transfer.set_index(["label", "task", "metric"])
    assert rows["baseline"].round(4).nunique() == 1
    # A corner of another strategy than hard sharing is a run like others: it has its own task to show for it, and no Δm.
    assert rows.loc[("single_task · 1 / 0", "left", "accuracy"), "n"] == 3
    assert ("single_task · 1 / 0", "right", "accuracy") not in rows.index
    assert "hard · 1 / 0" not in {run.label for run in result.layout.runs}
    assert result.best_fixed is not None
    assert result.best_fixed.label.startswith("mmoe(experts=2)")


def test_each_label_is_compared_with_its_counterpart_in_hard_sharing() -> None:
    result = _result(_study(learning_rates=[0.01]), GAIN)
    found = result.compared(HARD).summary.set_index("label")
    assert not any(label.startswith("hard") for label in found.index)
    for label in ("mmoe(experts=2) · pcgrad", "mmoe(experts=2) · 0.3 / 0.7", "mmoe(experts=2) · equal(learning_rate=0.01)"):
        row = found.loc[label]
        assert row["n"] == 3
        assert row["delta_m"] == pytest.approx(100 * 0.1 / 0.6, abs=0.5)
        assert row["low"] < row["delta_m"] < row["high"]
        assert row["verdict"] == "positive"
    assert found.loc["single_task · equal", "delta_m"] < 0
    rows = result.compared(HARD).transfer.set_index(["label", "task", "metric"])
    assert rows.loc[("single_task · 1 / 0", "left", "accuracy"), "baseline"] == pytest.approx(0.501), "the task alone"
    best = result.compared(HARD, rates="best").summary.set_index("label")
    assert best.loc["mmoe(experts=2) · equal", "n"] == 3


def test_a_bare_name_is_that_of_hard_sharing() -> None:
    result = _result(_study(), GAIN)
    bare, full = result.against("equal").summary, result.against("hard · equal").summary
    assert bare.equals(full)
    assert "hard · equal" not in set(bare["label"])
    with pytest.raises(SpecError, match="did you mean"):
        result.against("hard · eqal")
    alone = _result(_study(strategies=["mmoe"]), {"mmoe": 0.1})
    with pytest.raises(SpecError, match="reference"):
        alone.against(HARD)
    one = _result(_study(strategies=["hard"]), {"hard": 0.1})
    assert one.against("equal").reference == "equal"


def test_each_strategy_has_a_front_of_its_own() -> None:
    crossing = {"hard · equal": (0.7, 0.4), "hard · pcgrad": (0.4, 0.7), "hard · 0.3 / 0.7": (0.3, 0.3)}
    result = _result(_study(), GAIN, also=crossing | {f"single_task · {label}": (0.9, 0.9) for label in ("equal", "pcgrad")})
    on = result.tradeoff_means.drop_duplicates("label").set_index("label")["on_front"]
    assert on[["hard · equal", "hard · pcgrad"]].all()
    assert not on["hard · 0.3 / 0.7"]
    assert on[["single_task · equal", "single_task · pcgrad"]].all()


def test_a_table_of_each_run_says_its_strategy() -> None:
    result = _result(_study(), GAIN)
    known = result.runs.set_index("run")["strategy"].astype(str)
    for table in (result.curves, result.pairs, result.tradeoff):
        assert (table["strategy"].astype(str).to_numpy() == known.loc[table["run"]].to_numpy()).all()
    assert set(result.runs.set_index("strategy")["parameters"].to_dict()) == set(GAIN)


def test_a_strategy_costs_what_it_computes() -> None:
    def cost(**given: object) -> float:
        return work(_study(methods=["equal"], weights=[]) if not given else _study(methods=["equal"], weights=[], **given))

    one = cost(strategies=["hard"])
    assert cost(strategies=["mmoe"]) > cost(strategies=[MMOE]) > one
    assert cost(strategies=["hard", "mmoe"]) > cost(strategies=["mmoe"])
    study = _study(strategies=["hard", "single_task", "mmoe"], suite="vitals", weights=[])
    assert [relative_flops(study, strategy) for strategy in study.strategies] == [1, 3, 4]
    matched = _study(strategies=["hard", "mmoe"], equal_parameters="hard")
    assert [relative_flops(matched, strategy) for strategy in matched.strategies] == [1, 1]
