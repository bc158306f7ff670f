"""Successive halving: who goes on, and that going on with fewer changes nothing."""

import numpy as np
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.records import Record
from mtl_core.training.trainer import Trainer

GIVEN = {"weights": 9, "seeds": 2, "batch_size": 16, "steps": 40, "evaluate_every": 10, "methods": ["equal", "pcgrad"]}
RUNGS = mtl.Study(**GIVEN, rungs=[10, 20])


def finish(trainer: Trainer) -> list[Record]:
    records = []
    while not trainer.finished:
        records += trainer.advance()
    return records + trainer.flush()


def parameters(trainer: Trainer) -> dict[int, torch.Tensor]:
    return {run.index: cohort.parameters[place] for cohort in trainer._cohorts for place, run in enumerate(cohort.runs)}


def last(records: list[Record], split: str) -> dict[int, np.ndarray]:
    found = [record for record in records if record.kind == "evaluation" and split in record.arrays]
    return {run: row for record in found for run, row in zip(record.arrays["run"].tolist(), record.arrays[split], strict=True)}


def test_survivors_are_the_best_third_and_train_as_if_nobody_had_left() -> None:
    halved, whole = Trainer(RUNGS), Trainer(mtl.Study(**GIVEN))
    records, complete = finish(halved), finish(whole)
    mine, everyone = parameters(halved), parameters(whole)
    for index, values in mine.items():
        assert torch.equal(values, everyone[index]), halved.layout.runs[index].label
    fixed = {run.label for run in whole.layout.runs if run.role == "fixed"}
    left = {halved.layout.runs[index].label for index in mine if halved.layout.runs[index].role == "fixed"}
    assert (len(fixed), len(left)) == (6, 1)  # of 6 a third, 2, and of these one
    assert {run.index for run in halved.layout.runs if run.role != "fixed"} <= mine.keys()
    test, other = last(records, "test"), last(complete, "test")
    assert set(test) == set(mine)
    assert all(np.array_equal(test[index], other[index], equal_nan=True) for index in test)
    # Who left is worse at the first rung than who stayed, on validation.
    rung = [record for record in complete if record.kind == "evaluation" and record.step == 10]
    accuracy = {
        run: row[:, 1].mean()
        for record in rung
        for run, row in zip(record.arrays["run"].tolist(), record.arrays["validation"], strict=True)
    }
    by_label = {label: np.mean([accuracy[run.index] for run in whole.layout.runs if run.label == label]) for label in fixed}
    assert by_label[left.pop()] >= sorted(by_label.values())[-2]


def test_a_halved_study_goes_on_from_a_checkpoint_bit_by_bit() -> None:
    whole = Trainer(RUNGS)
    for _ in range(15):
        whole.advance()
    whole.flush()
    resumed = Trainer(RUNGS, whole.checkpoint())
    finish(whole)
    finish(resumed)
    one, other = parameters(whole), parameters(resumed)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[index], other[index]) for index in one)


def test_tables_say_who_was_pruned() -> None:
    result = mtl.run(RUNGS)
    status = result.runs.set_index("label")["status"].astype(str)
    assert set(status[result.runs["role"].to_numpy() != "fixed"]) == {"finished"}
    assert (status == "pruned").sum() == 5 * 2
    told = result.transfer[result.transfer["n"] > 0]["label"].astype(str)
    assert not set(told) & set(status.index[status == "pruned"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rungs": [40]}, "before the 40 steps"),
        ({"rungs": [10], "folds": 3}, "leave these or the rungs out"),
        ({"rungs": [10], "suite": "vitals", "weights": "subsets"}, "leave these or the rungs out"),
    ],
)
def test_what_cannot_be_halved_is_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        mtl.Study(**GIVEN | more)
