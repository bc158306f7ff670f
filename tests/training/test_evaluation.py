"""Evaluations read a split piece by piece: the same numbers, and never the outputs of two pieces at once."""

import weakref
from dataclasses import replace

import pytest
import torch

from mtl_core.models.model import Pass
from mtl_core.spec.study import Study
from mtl_core.training import evaluation
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import DeviceSplit
from mtl_core.training.trainer import Trainer

STUDY = Study(suite="digits_scarce", weights=[], seeds=2, steps=4, batch_size=16)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """A study with missing labels, a few steps on."""
    made = Trainer(STUDY, device="cpu")
    for _ in range(3):
        made.advance()
    return made


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize("rows", [None, 50])
def test_pieces_give_what_the_whole_gives(
    trainer: Trainer, split: str, rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort, data = trainer._cohorts[0], trainer._data
    whole = evaluation.evaluate(cohort, data, getattr(data, split), 1, rows)
    read: list[int] = []
    alive: list[weakref.ref[torch.Tensor]] = []
    honest = Cohort.answer

    def answer(self: Cohort, inputs: torch.Tensor, at: Pass) -> tuple[torch.Tensor, ...]:
        assert not any(output() is not None for output in alive[: -len(data.tasks)]), "outputs of an earlier piece are kept"
        read.append(inputs.shape[1])
        outputs = honest(self, inputs, at)
        alive.extend(map(weakref.ref, outputs))
        return outputs

    monkeypatch.setattr(Cohort, "answer", answer)
    monkeypatch.setattr(evaluation, "_NUMBERS", 7 * len(cohort.runs))
    pieces = evaluation.evaluate(cohort, data, getattr(data, split), 1, rows)
    assert max(read) == 7
    assert sum(read) == min(rows or len(getattr(data, split)), len(getattr(data, split)))
    torch.testing.assert_close(pieces, whole, rtol=1e-5, atol=1e-6, equal_nan=True)


def test_a_split_without_a_label_of_a_task_says_nothing_of_it(trainer: Trainer) -> None:
    cohort, data = trainer._cohorts[0], trainer._data
    split: DeviceSplit = data.validation
    unknown = torch.zeros(len(split), dtype=torch.bool)
    blind = replace(split, observed=(unknown, *split.observed[1:]))
    table = evaluation.evaluate(cohort, data, blind, 1)
    assert table[:, 0].isnan().all()
    torch.testing.assert_close(table[:, 1:], evaluation.evaluate(cohort, data, split, 1)[:, 1:], rtol=0, atol=0, equal_nan=True)
