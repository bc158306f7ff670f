"""What tasks share: exact where the structure is known, and measured in a real study."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.sharing import Shared, compose, mean_of_pairs, order, overlap, private, shared
from mtl_core.diagnostics.strategies import weightings
from mtl_core.errors import SpecError
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout, Row, Trace
from mtl_core.spec import Choice, Run
from mtl_core.suites.suite import Task

NAMES = ("a", "b", "c", "d")


def looked_at(rows: Sequence[Row], tables: dict[str, Any] | None = None, tasks: int = 4, seeds: int = 1) -> Shared:
    """What is shared in an invented model whose runs all traced the same at step 0."""
    names = NAMES[:tasks]
    traces = tuple(Trace(name, ("task", "module"), (names, names)) for name in tables or {})
    runs = tuple(Run(seed, "method", "equal", Choice("equal"), None, seed, 0.01) for seed in range(seeds))
    model = ModelLayout("hard", rows=tuple(rows), traces=traces)
    layout = Layout(tuple(Task(name, "regression") for name in names), (model,), runs, "cpu")
    arrays = {name: np.stack([np.asarray(table, dtype=np.float64)] * seeds) for name, table in (tables or {}).items()}
    records = [Record("structure", 0, {"run": np.arange(seeds, dtype=np.int32)} | arrays)] if arrays else []
    return shared(layout, records, list(range(seeds)))


def pattern(*groups: Sequence[int]) -> list[Row]:
    """Rows of modules, each task's module by its number; each module reads those of its tasks below."""
    rows: list[Row] = []
    for number, group in enumerate(groups):
        modules = sorted(set(group))
        reached = tuple(tuple(task for task, module in enumerate(group) if module == each) for each in modules)
        below = groups[number - 1] if number else ()
        known = sorted(set(below))
        reads = tuple(tuple(sorted({known.index(below[t]) for t in users})) if below else () for users in reached)
        rows.append(Row(f"layer {number + 1}", tuple(f"m{module}" for module in modules), reached, reads))
    return rows


def same(groups: Sequence[int]) -> list[list[float]]:
    return [[float(a == b) for b in groups] for a in groups]


def test_hard_shares_all_and_single_tasks_nothing() -> None:
    hard = looked_at(pattern([0, 0, 0, 0], [0, 0, 0, 0]))
    assert (hard.shared == 1).all()
    assert (hard.private == 0).all()
    assert hard.fixed
    assert hard.steps.tolist() == [0]
    single = looked_at(pattern([0, 1, 2, 3], [0, 1, 2, 3]))
    assert single.shared[0].tolist() == [np.eye(4).tolist()] * 2
    assert (single.mean == 0).all()
    assert (single.private == 1).all()


def test_a_tree_shares_exactly_its_tree_and_its_branches_stand_together() -> None:
    groups = [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 2, 1]]
    found = looked_at(pattern(*groups))
    assert found.shared[0].tolist() == [same(group) for group in groups]
    assert found.private[0].tolist() == [[0] * 4, [0] * 4, [1, 0, 1, 0]]
    assert found.order in ((0, 2, 1, 3), (0, 2, 3, 1), (2, 0, 1, 3), (1, 3, 0, 2))
    assert {frozenset(found.order[:2]), frozenset(found.order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}


def test_usage_is_put_together_from_the_top_by_what_modules_read() -> None:
    rows = [Row("low", ("x", "y"), ((0, 1),) * 2), Row("high", ("e1", "e2"), ((0, 1),) * 2, ((0,), (0, 1)))]
    top, read = np.array([[[1.0, 0.0], [0.5, 0.5]]]), np.array([[[1.0, 0.0], [0.2, 0.8]]])
    usage, reads = compose(rows, ("a", "b"), {"usage.high": top})
    assert usage[0][0].tolist() == [[1, 0], [0.75, 0.25]], "the second expert reads both below in equal parts"
    assert reads[0][0].tolist() == [[1, 0], [0.5, 0.5]]
    usage, _ = compose(rows, ("a", "b"), {"usage.high": top, "reads.high": read})
    assert usage[0][0] == pytest.approx(np.array([[1, 0], [0.6, 0.4]]))
    assert overlap(usage[0][0])[0, 1] == pytest.approx(0.6)


def test_coupled_columns_read_what_the_tasks_use_below() -> None:
    rows = [Row("low", NAMES[:2], ((0, 1),) * 2), Row("high", NAMES[:2], ((0, 1),) * 2, ((0, 1),) * 2)]
    unit = [[0.9, 0.1], [0.1, 0.9]]
    found = looked_at(rows, {"usage.low": unit, "usage.high": unit}, tasks=2, seeds=2)
    assert found.shared[0, :, 0, 1] == pytest.approx([0.36, 0.2])
    assert found.private[0] == pytest.approx(np.array([[0.64, 0.64], [0.8, 0.8]]))
    assert not found.fixed


def test_a_copy_of_ones_own_is_used_as_traced() -> None:
    modules = ("shared", *NAMES[:2])
    reached = ((0, 1), (0,), (1,))
    rows = [Row("low", modules, reached), Row("high", modules, reached, ((0, 1, 2), (0, 1), (0, 2)))]
    own, one = [[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]]
    found = looked_at(rows, {"usage.low": one, "usage.high": own}, tasks=2)
    assert found.shared[0].tolist() == [[[1, 1], [1, 1]], [[1, 0], [0, 1]]]


def test_a_stage_that_is_skipped_is_not_shared() -> None:
    rows = [Row("low", ("shared", "skipped"), ((0, 1),) * 2, (), skippable=True)]
    found = looked_at(rows, {"usage.low": [[0.8, 0.2], [0.3, 0.7]]}, tasks=2)
    assert found.shared[0, 0] == pytest.approx(np.array([[0.8, 0.3], [0.3, 0.3]]))


def test_agreement_counts_beside_one_module_and_between_copies() -> None:
    agreement = [[1, 0.25], [0.25, 1]]
    one = looked_at(pattern([0, 0]), {"agreement.layer 1": agreement}, tasks=2)
    copies = looked_at(pattern([0, 1]), {"agreement.layer 1": agreement}, tasks=2)
    assert one.shared[0, 0].tolist() == copies.shared[0, 0].tolist() == agreement


def test_a_task_whose_head_reads_a_lower_row_comes_in_there() -> None:
    rows = [Row("low", ("m",), ((0, 1),)), Row("high", ("m",), ((0,),), ((0,),))]
    found = looked_at(rows, tasks=2)
    assert found.usage[0][0].tolist() == [[1], [1]]
    assert found.shared[0, :, 0, 1].tolist() == [1, 0]


def test_what_others_use_less_is_partly_private() -> None:
    assert private(np.array([[1.0]])).tolist() == [1]
    usage = np.array([[0.5, 0.5, 0], [0.5, 0, 0.5], [1, 0, 0]])
    assert private(usage).tolist() == [0.5, 0.5, 0.5]


def test_columns_are_ordered_once_by_what_they_share() -> None:
    assert order(np.ones((2, 8, 8))) == tuple(range(8)), "nothing tells tasks apart"
    blocks = np.array([[0, 1, 0, 1, 0, 1]])
    table = (blocks == blocks.T).astype(float)[None]
    found = order(table)
    assert len({place % 2 for place in found[:3]}) == 1
    assert np.isnan(mean_of_pairs(np.ones((1, 1, 1)))).all()
    assert order(np.full((1, 3, 3), np.nan)) == (0, 1, 2)


@pytest.fixture(scope="module")
def trained() -> Result:
    strategies = ["hard", "single_task", "cross_stitch", {"name": "mmoe", "experts": 3}]
    return mtl.run(
        mtl.Study(strategies=strategies, methods=["equal", "pcgrad"], weights=0, seeds=3, steps=60, evaluate_every=20)
    )


def test_real_models_share_what_their_strategy_says(trained: Result) -> None:
    mean = dict(zip(trained.sharing["strategy"].astype(str), trained.sharing["shared"], strict=True))
    assert mean["hard"] == 1
    assert mean["single_task"] == 0
    assert 0 < mean["cross_stitch"] < 1
    assert 0 < mean["mmoe(experts=3)"] < 1


def test_the_structure_is_what_was_recorded(trained: Result) -> None:
    table = trained.structure
    record = next(r for r in trained.records if r.kind == "structure" and "unit.layer 2" in r.arrays and r.step == 60)
    rows = table[(table["name"] == "unit") & (table["stage"] == "layer 2") & (table["step"] == 60)]
    for place, run in enumerate(record.arrays["run"]):
        own = rows[rows["run"] == run].pivot_table(index="label_1", columns="label_2", values="value", observed=True)
        assert own.to_numpy().tolist() == record.arrays["unit.layer 2"][place].astype(np.float64).tolist()
    ceilings = table[table["name"] == "ceiling"]
    assert ceilings["label_2"].isna().all()
    assert set(table["strategy"]) == {"single_task", "cross_stitch", "mmoe(experts=3)"}, "hard has nothing to tell"
    assert trained.of("cross_stitch · equal").structure["run"].nunique() == 3


def test_the_table_of_strategies_repeats_the_comparisons(trained: Result) -> None:
    table = trained.sharing
    numbers, versus = ["delta_m", "low", "high"], ["versus_hard", "versus_hard_low", "versus_hard_high"]
    labels = table["label"].tolist()
    alone = trained.summary[trained.summary["label"].isin(labels)]
    assert table[[*numbers, "n"]].to_numpy().tolist() == alone[[*numbers, "n"]].to_numpy().tolist()
    hard = trained.against("hard · equal").summary
    expected = hard[hard["label"].isin(labels)][numbers].to_numpy()
    assert np.isfinite(expected).all()
    assert table[versus].to_numpy()[1:].tolist() == expected.tolist()
    assert np.isnan(table[versus].to_numpy()[0]).all(), "hard is not compared with itself"
    left = trained.transfer[(trained.transfer["task"] == "left") & (trained.transfer["metric"] == "accuracy")]
    assert table["difference_left"].tolist() == left[left["label"].isin(table["label"])]["difference"].tolist()
    assert weightings(trained.layout) == ("equal", "pcgrad")
    assert trained.sharing_with("pcgrad")["label"].tolist()[0] == "hard · pcgrad"
    with pytest.raises(SpecError, match="pcgrad"):
        trained.sharing_with("pcgard")


def test_sizes_are_multiples_of_the_single_models(trained: Result) -> None:
    table = trained.sharing
    hard, single, _, mmoe = table.to_dict("records")
    assert single["x_parameters"] == single["x_flops"] == 1
    assert (table["parameters"] == table["trunk"] + table["own"] + table["heads"]).all()
    assert hard["x_parameters"] == 4948 / 9236
    assert mmoe["trunk"] == 3 * hard["trunk"]
    assert (table[["seconds_per_step", "latency"]] > 0).all().all()
    assert table["matched"].isna().all()


def test_matched_widths_are_told() -> None:
    study = mtl.Study(strategies=["hard", "single_task"], equal_parameters="hard", weights=0, seeds=1, steps=1)
    table = mtl.run(study).sharing
    assert table["matched"].tolist() == pytest.approx([1, 1], abs=0.02)
    assert table["width"].iloc[0] > table["width"].iloc[1]


def test_a_study_of_hard_alone_has_one_row() -> None:
    result = mtl.run(mtl.Study(weights=0, seeds=1, steps=1, methods=["pcgrad"]))
    assert result.sharing["label"].tolist() == ["pcgrad"]
    assert result.structure.empty
