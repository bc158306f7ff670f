"""What is particular to one kind, and that a fresh kind needs a file and a line alone."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtl_core.diagnostics import Result
from mtl_core.errors import SpecError
from mtl_core.kinds.kind import Kind, Sums, kind_of
from mtl_core.kinds.meter import Meter
from mtl_core.kinds.sums import count, total
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.spec import KINDS, SUITES, Study
from mtl_core.spec.kinds import METRICS
from mtl_core.spec.table import KindEntry, Metric, SuiteEntry
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.suite import UNLABELLED, Suite, SuiteSource, Task
from mtl_core.training.trainer import Trainer

CPU = torch.device("cpu")


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="kind of task 'a' 'regresion'; did you mean 'regression'"):
        Task("a", "regresion")


def test_r2_keeps_its_digits_far_from_zero_and_over_many_batches() -> None:
    """Sums of squares of targets near 1000 would lose a spread of 1e-4 in single precision, and most of it in double."""
    generator = torch.Generator().manual_seed(0)
    target = 1000 + torch.randn(5000, generator=generator) * 1e-2
    output = target + torch.randn(5000, generator=generator) * 5e-3
    meter = Meter(Task("t", "regression"), 1, CPU)
    for start in range(0, 5000, 7):
        meter.add(output[None, start : start + 7, None], target[None, start : start + 7])
    wide, error = target.double().numpy(), (output - target).double().numpy()
    expected = 1 - (error**2).sum() / ((wide - wide.mean()) ** 2).sum()
    assert float(meter.result()[0, 1]) == pytest.approx(expected, abs=1e-6)


def test_r2_of_targets_that_do_not_vary_is_absent() -> None:
    meter = Meter(Task("t", "regression"), 2, CPU)
    for _ in range(3):
        meter.add(torch.zeros(2, 7, 1), torch.full((2, 7), 0.1))
    table = meter.result()
    assert table[:, 1].isnan().all()
    assert table[:, 2].tolist() == pytest.approx([0.1, 0.1])


def test_f1_averages_the_classes_that_occur() -> None:
    logits = functional.one_hot(torch.tensor([[0, 0, 1, 3]]), 5).float()
    meter = Meter(Task("t", "classification", 5), 1, CPU)
    meter.add(logits, torch.tensor([[0, 1, 1, 1]]))
    # classes 0 (1 of 2 guesses, 1 of 1 labels), 1 (1 of 1, 1 of 3) and 3 (guessed, never a label); 2 and 4 do not occur
    assert meter.result()[0, 1:3].tolist() == pytest.approx([0.5, (2 / 3 + 0.5 + 0) / 3])


@pytest.mark.parametrize("name", ["segmentation", "depth", "normals"])
def test_an_example_without_a_labelled_pixel_has_no_loss_and_no_gradient(name: str) -> None:
    task = Task("t", name, 4 if name == "segmentation" else 1)
    output = torch.randn(2, 3, {"segmentation": 4, "depth": 1, "normals": 3}[name], 4, 4).requires_grad_()
    missing = {"normals": torch.zeros(2, 3, 3, 4, 4), "depth": torch.full((2, 3, 4, 4), float(UNLABELLED))}
    target = missing.get(name, torch.full((2, 3, 4, 4), UNLABELLED))
    losses = kind_of(name).losses(output, target)
    losses.sum().backward()
    assert (losses == 0).all()
    assert output.grad is not None
    assert (output.grad == 0).all()
    meter = Meter(task, 2, CPU)
    meter.add(output.detach(), target)
    assert meter.result()[:, 1:].isnan().all()


class Counts(Kind):
    """Poisson deviance on counts."""

    def head(self, task: Task, features: int) -> Stage:
        return Stage(task.name, (Linear(features, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        return functional.poisson_nll_loss(output.squeeze(2), target, reduction="none")

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        return output.squeeze(2).exp(), torch.full_like(output.squeeze(2), torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:
        return target.mean().log().reshape(1)

    def init(self, task: Task, like: Tensor) -> Sums:
        return {"error": torch.zeros_like(like), "count": torch.zeros_like(like)}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        error = (output.squeeze(2).exp() - target).abs()
        like = sums["count"]
        return {"error": sums["error"] + total(error, observed, like), "count": like + count(target, observed, like)}

    def result(self, sums: Sums) -> Tensor:
        return (sums["error"] / sums["count"]).unsqueeze(1)


class Shops(SuiteSource):
    """How many people come, and which of two shops it is."""

    def tasks(self, **_: Any) -> tuple[Task, ...]:
        return (Task("people", "counts", help="How many come?"), Task("shop", "classification", 2, "Which?", ("a", "b")))

    def load(self, **_: Any) -> Suite:
        rng = np.random.default_rng(0)
        splits = []
        for _split in range(3):
            x = rng.normal(size=(80, 3))
            splits.append(make_split(x, (rng.poisson(np.exp(x[:, 0])).astype(float), (x[:, 1] > 0).astype(int))))
        return make_suite("shops", self.tasks(), splits)


def test_a_fresh_kind_needs_a_file_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    room = ModuleType("fresh_room")
    room.Counts, room.SOURCE = Counts, Shops()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fresh_room", room)
    miss = Metric("mean_miss", "mean miss", lower_is_better=True)
    line = KindEntry(
        "counts", "Counts", "How many?", "fresh_room:Counts", metrics=(miss,), chance=lambda _: 1.0, loss="Poisson deviance"
    )
    monkeypatch.setitem(KINDS, "counts", line)
    monkeypatch.setitem(METRICS, "mean_miss", miss)
    monkeypatch.setitem(SUITES, "shops", SuiteEntry("shops", "Shops", "Two shops.", "fresh_room:SOURCE"))
    study = Study(suite="shops", methods=["equal", "mgda"], weights=[], seeds=3, steps=40, batch_size=16, test_at="best")
    trainer, records = Trainer(study), []
    while not trainer.finished:
        records += trainer.advance()
    result = Result(study, trainer.layout, records, "finished")
    curves = result.curves[(result.curves["split"] == "validation") & (result.curves["metric"] == "mean_miss")]
    first, last = (curves.loc[curves["step"] == step, "value"].mean() for step in (0, 40))
    assert last < first
    transfer = result.transfer[result.transfer["metric"] == "mean_miss"].set_index("label")
    assert set(transfer.index) == {"equal", "mgda"}
    assert transfer["difference"].tolist() == pytest.approx((transfer["baseline"] - transfer["value"]).tolist()), (
        "less is better"
    )
    kind_of.cache_clear()
