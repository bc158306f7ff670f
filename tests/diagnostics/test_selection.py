"""Choosing a weighting: by validation alone, told beside what the choice is worth elsewhere."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mtl_core.diagnostics import nested, selection
from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.intervals import interval
from mtl_core.diagnostics.selection import Selection, best, simplest
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout
from mtl_core.spec import Study
from mtl_core.spec.plan import inner_runs, plan
from mtl_core.suites.suite import Task

TASKS = tuple(Task(name, "classification", 4, measured=("accuracy",)) for name in ("left", "right"))
STEPS = (10, 20)

Truth = Callable[[str], float]


def made(study: Study) -> Layout:
    return Layout(TASKS, (ModelLayout("hard"),), plan(study), "cpu", inner=inner_runs(study))


def drawn(layout: Layout, rng: np.random.Generator, truth: Truth = lambda _: 0.0, noise: float = 1.0) -> list[Record]:
    """Runs whose accuracies are their label's truth and noise of their own; losses fall with them."""

    def values(runs: Array, names: tuple[str, ...]) -> dict[str, Array]:
        every = (*layout.runs, *layout.inner)
        found = {}
        for name in names:
            level = np.array([truth(every[index].label) for index in runs])
            score = 0.7 + 0.01 * (level[:, None] + noise * rng.normal(size=(len(runs), 2)))
            found[name] = np.stack([1 - score, score], axis=2).astype(np.float32)
        return {"run": runs} | found

    here = np.arange(len(layout.runs), dtype=np.int32)
    there = np.arange(len(here), len(here) + len(layout.inner), dtype=np.int32)
    records = [Record("evaluation", step, values(here, ("validation", "test")[: 1 + (step == 20)])) for step in STEPS]
    if len(there):
        records += [Record("inner", step, values(there, ("validation", "besides"))) for step in STEPS]
    return records


def changed(records: list[Record], kind: str, name: str, runs: Array, rng: np.random.Generator) -> list[Record]:
    """The same records with other numbers under a name for some of the runs."""

    def other(record: Record) -> Record:
        if record.kind != kind or name not in record.arrays:
            return record
        where = np.isin(record.arrays["run"], runs)
        values = record.arrays[name].copy()
        values[where] = rng.uniform(0, 1, values[where].shape)
        return replace(record, arrays=record.arrays | {name: values})

    return [other(record) for record in records]


def test_the_simplest_within_one_standard_error() -> None:
    means, errors = np.array([0.1, 0.9, 1.0, 0.95, np.nan]), np.array([0.1, 0.1, 0.08, 0.1, 0.1])
    assert best(means) == 2
    assert simplest(means, errors, np.array([0, 0.1, 0.4, 0.3, 0])) == 3  # 0.9 is more than the best one's error away
    assert simplest(means, errors * 2, np.array([0, 0.1, 0.4, 0.3, 0])) == 1
    assert simplest(means, np.full(5, np.nan), np.zeros(5)) == 2
    assert best(np.full(2, np.nan)) == -1


def test_the_interval_of_folds_is_that_of_nadeau_and_bengio() -> None:
    differences = np.random.default_rng(0).normal(0.3, 1, (10, 1))
    found = interval(differences, shared=1 / 4)  # 2 seeds of 5 folds: a fold has a quarter of what is trained on
    error = np.sqrt((1 / 10 + 1 / 4) * differences.var(ddof=1))
    reach = stats.t.ppf(0.975, 9) * error
    assert found.high[0] - found.mean[0] == pytest.approx(reach)
    assert found.error[0] == pytest.approx(error)
    t = abs(found.mean[0]) / error
    assert found.p[0] == pytest.approx(2 * stats.t.sf(t, 9), abs=1e-6)
    assert made(Study(folds=5)).shared == 1 / 4
    assert made(Study()).shared == 0


def blind(choose: Callable[[Layout, list[Record]], list[int]], study: Study) -> bool:
    """Whether choices stay as they are when everything that they are judged on becomes something else."""
    layout, rng = made(study), np.random.default_rng(3)
    records = drawn(layout, rng)
    every = np.array([run.index for run in layout.runs])
    before = choose(layout, records)
    for _ in range(3):
        other = changed(records, "evaluation", "test", every, rng)
        if choose(layout, other) != before:
            return False
        for fold in range(study.folds if layout.inner else 0):
            outer = np.array([run.index for run in layout.runs if run.fold == fold])
            seen = changed(other, "evaluation", "validation", outer, rng)
            for name, of in (("validation", "fold"), ("besides", "besides")):
                mine = np.array([run.index for run in layout.inner if getattr(run, of) == fold])
                seen = changed(seen, "inner", name, mine, rng)
            if choose(layout, seen)[fold] != before[fold]:
                return False
    return True


NESTED = Study(folds=4, nested=True, seeds=2, weights=11)


@pytest.mark.parametrize("study", [NESTED, Study(folds=3, seeds=2), Study(seeds=4)], ids=["nested", "folds", "seeds"])
def test_a_choice_sees_nothing_that_it_is_judged_on(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(layout: Layout, records: list[Record]) -> list[int]:
        found = Selection(layout, records)
        return list(found.picks) if layout.inner else [*found.picks, best(found.validation.mean)]

    assert blind(choose, study)
    honest = selection.merit

    def leaky(layout: Layout, scores: selection.Scores) -> Array:
        return honest(layout, scores) + 50 * np.nan_to_num(scores.test[:, :, 1]).mean(axis=1)

    if study.nested:  # chosen by all that there is of a fold, the outer one too

        def seen(layout: Layout, records: list[Record], moment: str, fold: int, labels: list[str]) -> object:
            found = inner(layout, records, moment, fold, labels)
            own = Selection(layout, records)
            runs = own._run[:, [number for number, (_, each) in enumerate(own._units) if each == fold]]
            return replace(found, means=found.means + honest(layout, own._scores)[runs].mean(axis=1))

        inner = nested.Inner.of
        monkeypatch.setattr(selection.Inner, "of", seen)
    else:
        monkeypatch.setattr(selection, "merit", leaky)
    assert not blind(choose, study), "this test must be able to fail"


def test_on_pure_noise_the_numbers_beside_each_other_promise_no_gain() -> None:
    layout, clear, promised, kept, outside = made(replace(NESTED, seeds=1)), 0, [], [], []
    for seed in range(60):
        table = Selection(layout, drawn(layout, np.random.default_rng(seed)), "end").choice
        rows = table[table["task"].isna()].set_index("rule")
        promised.append(rows.loc["best", "validation"] - 0.7)
        kept.append(rows.loc["best", "difference"])
        outside.append(rows.loc["nested", "difference"])
        clear += int((rows["verdict"] == "positive").sum())
    assert stats.ttest_1samp(promised, 0).statistic > 5, "the best of many looks better than it is"
    assert abs(np.mean(kept)) < 3 * stats.sem(kept)
    assert abs(np.mean(outside)) < 3 * stats.sem(outside)
    assert clear <= 0.05 * 3 * 60


def test_what_is_clearly_better_is_found_by_every_rule_and_its_gain_is_told() -> None:
    layout = made(NESTED)
    truth = {"0.7 / 0.3": 4.0, "0.6 / 0.4": 1.0}
    found = Selection(layout, drawn(layout, np.random.default_rng(1), lambda label: truth.get(label, 0.0), 0.5), "end")
    table = found.table.set_index("label")
    assert table["chosen"].idxmax() == table["simplest"].idxmax() == "0.7 / 0.3"
    assert table["share"].to_dict() | {"0.7 / 0.3": 0} == dict.fromkeys(table.index, 0.0)
    assert table["choices"].unique().tolist() == [4]
    assert not any(label in table.index for label in ("1 / 0", "left alone"))
    assert table["weight_left"]["0.7 / 0.3"] == 0.7
    rows = found.choice[found.choice["task"].isna()]
    assert rows["rule"].tolist() == list(selection.RULES)
    assert rows["difference"].to_numpy() == pytest.approx(0.04, abs=0.01)
    assert (rows["verdict"] == "positive").all()
    assert (rows["metric"] == "accuracy").all()
    assert rows["n"].tolist() == [8, 8, 8]


def test_what_diverged_is_no_choice_and_nothing_at_all_gives_empty_tables() -> None:
    study = Study(seeds=3, weights=5)
    layout = made(study)
    records = drawn(layout, np.random.default_rng(2), lambda label: 9.0 if label == "0.25 / 0.75" else 0.0)
    gone = next(run.index for run in layout.runs if run.label == "0.25 / 0.75")
    at = np.full(len(layout.runs), -1, dtype=np.int32)
    at[gone] = 15
    status = Record("status", 20, {"run": np.arange(len(at), dtype=np.int32), "diverged_step": at, "diverged_task": at})
    assert Selection(layout, records).table.set_index("label")["chosen"].idxmax() == "0.25 / 0.75"
    left = Selection(layout, [*records, status]).table.set_index("label")
    assert "0.25 / 0.75" not in left.index
    assert left["chosen"].sum() == 1
    empty = Selection(layout, [])
    assert empty.table.empty
    assert empty.choice.empty
    alone = made(Study(methods=["pcgrad"], weights=[], seeds=2))  # without equal weights there is nothing to compare with
    rows = Selection(alone, drawn(alone, np.random.default_rng(0))).choice
    assert rows["equal"].isna().all()
    assert rows["verdict"].unique().tolist() == ["unclear"]
