"""Training that begins anew with a structure that was found: resume, results, schedules, and what is left behind."""

from typing import Any

import numpy as np
import pytest
import torch

from mtl_core.diagnostics.scores import scores
from mtl_core.models.searching import PINNED
from mtl_core.records import ModelLayout, Record
from mtl_core.spec.study import Study
from mtl_core.training import optimizers
from mtl_core.training.cohort import Cohort
from mtl_core.training.snapshot import BestStep
from mtl_core.training.trainer import Trainer

SEARCHING = ["recon", "ltb", "adashare"]


def study(strategies: list[Any], **options: Any) -> Study:
    plain = {"suite": "vitals", "backbone": {"name": "mlp", "width": 8, "depth": 3}, "steps": 24, "batch_size": 16}
    return Study(
        strategies=strategies, **plain | {"weights": 0, "seeds": 2, "evaluate_every": 4, "conflict_every": 2} | options
    )


def finish(trainer: Trainer) -> list[Record]:
    records = []
    while not trainer.finished:
        records += trainer.advance()
    return records


def cohort_of(trainer: Trainer, strategy: str) -> Cohort:
    return next(cohort for cohort in trainer._cohorts if cohort.runs[0].strategy == strategy)


@pytest.mark.parametrize("strategy", SEARCHING)
def test_a_study_goes_on_bit_by_bit_from_anywhere_around_its_turns(strategy: str) -> None:
    asked = study([strategy], methods=["equal", "pcgrad"])
    whole = Trainer(asked)
    (model,) = (model for model in whole.layout.models if model.strategy == strategy)
    assert 0 < model.searched < 24
    stops = {model.turns[0], model.searched - 1, model.searched, model.searched + 3}
    kept = {}
    while not whole.finished:
        if whole.step in stops:
            whole.flush()
            kept[whole.step] = whole.checkpoint()
        whole.advance()
    for payload in kept.values():
        resumed = Trainer(asked, payload)
        finish(resumed)
        for one, other in zip(whole._cohorts, resumed._cohorts, strict=True):
            assert torch.equal(one.parameters, other.parameters)
        for best, again in zip(whole._best, resumed._best, strict=True):
            assert np.array_equal(best.step, again.step)
            assert torch.equal(best.parameters, again.parameters)


@pytest.mark.parametrize("strategy", SEARCHING)
def test_runs_find_the_same_structure_alone_as_in_a_cohort(strategy: str) -> None:
    """The draws of a run are its own, and so are the conflicts that it looks back on."""
    trainers = [Trainer(study([strategy], seeds=seeds, steps=60)) for seeds in ([0, 1, 2], [1])]
    for trainer in trainers:
        finish(trainer)
    many, one = (cohort_of(trainer, strategy) for trainer in trainers)
    mine = next(place for place, run in enumerate(many.runs) if run.seed == 1)
    for name, value in many.views.items():
        torch.testing.assert_close(value[mine], one.views[name][0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("strategy", SEARCHING)
@pytest.mark.parametrize(
    "optimizer",
    [pytest.param({"name": name, "weight_decay": 0.1}, marks=pytest.mark.slow) for name in ("adam", "sgd")] + ["adamw"],
)
def test_what_lost_its_users_does_not_move_again(strategy: str, optimizer: Any) -> None:
    given = {"name": "adashare", "sparsity": 10} if strategy == "adashare" else strategy  # drives every task to skip
    asked = study([given], optimizer=optimizer, steps=60, learning_rate=0.01)
    trainer, name = Trainer(asked), asked.sharing(asked.strategies[0])
    cohort = cohort_of(trainer, name)
    while trainer.step <= cohort.turns[-1]:
        trainer.advance()
    gone = cohort.parameters == 0
    after = cohort.parameters.clone()
    finish(trainer)
    assert gone.float().mean() > 0.1
    assert (cohort.parameters[gone] == 0).all()
    assert (cohort.parameters != after).any()
    for view, value in cohort.views.items():
        if view.endswith("0.value"):
            assert set(value.unique().abs().tolist()) <= {0.0, 1.0, PINNED}, "weight decay would let settled choices shrink"


def test_a_turn_forgets_what_the_optimizer_knew_and_starts_from_the_first_values() -> None:
    trainer = Trainer(study(["recon"]))
    cohort = cohort_of(trainer, "recon")
    first = {name: value.detach().clone() for name, value in cohort.views.items()}
    while trainer.step < 7:
        trainer.advance()
    assert all(moment.any() for moment in cohort._moments.values())
    cohort._turn(7)
    assert not any(moment.any() for moment in cohort._moments.values())
    for name, value in cohort.views.items():
        if name.startswith("head"):
            assert torch.equal(value, first[name])
    private = torch.cat([cohort.views[f"choice.{place}.0.value"] for place in range(3)], dim=1)
    assert (private.sum(1) == 1).all()
    assert torch.equal(private.argmax(1), cohort._opposed.sum(2).argmax(1))  # type: ignore[union-attr]


def test_a_run_that_diverged_stands_still_where_others_turn() -> None:
    trainer = Trainer(study(["ltb"]))
    cohort = cohort_of(trainer, "ltb")
    turn = cohort.turns[-1]
    while trainer.step < turn:
        trainer.advance()
    cohort.alive[0] = False
    before = cohort.parameters.clone()
    trainer.advance()
    assert torch.equal(cohort.parameters[0], before[0])
    assert not torch.equal(cohort.parameters[1], before[1])


def test_results_are_read_of_the_training_and_never_of_the_search() -> None:
    """However good the network of the search was: it is not what was found."""
    trainer = Trainer(study(["recon"]))
    cohort = cohort_of(trainer, "recon")
    tasks = len(trainer.layout.tasks)
    best = BestStep(cohort)
    losses = {0: 2.0, 4: 0.1, 8: 1.5, 12: 0.9, 16: 1.2}
    assert cohort.turns == (7,)
    for step, loss in losses.items():
        best.see(step, np.full((len(cohort.runs), tasks), loss))
        assert (best.step == {0: 0, 4: 4, 8: 8, 12: 12, 16: 12}[step]).all()
    runs = np.array([run.index for run in cohort.runs], dtype=np.int32)
    records = [
        Record("evaluation", step, {"run": runs, "validation": np.full((len(runs), tasks, 3), loss, dtype=np.float32)})
        for step, loss in losses.items()
    ]
    assert (scores(trainer.layout, records, "best").step[runs] == 12).all()
    assert (scores(trainer.layout, records[:2], "best").step[runs] == 4).all(), (
        "while it is searched, the search is what there is"
    )


def test_training_anew_has_a_warm_up_and_a_cosine_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = study(["recon", "hard"], warmup=3, schedule="cosine", seeds=1)
    trainer, seen = Trainer(asked), {"recon": [], "hard": []}  # type: ignore[var-annotated]
    for name, rates in seen.items():
        cohort = cohort_of(trainer, name)

        def step(parameters: Any, gradient: Any, state: Any, rate: torch.Tensor, count: int, rates: Any = rates) -> None:
            rates.append((float(rate.max()) / 3e-3, count))

        monkeypatch.setattr(cohort, "_optimizer", type("Told", (), {"step": staticmethod(step)}))
    finish(trainer)
    whole = [optimizers.schedule(step, 24, 3, "cosine") for step in range(24)]
    parts = [optimizers.schedule(step, 7, 3, "cosine") for step in range(7)]
    parts += [optimizers.schedule(step, 17, 3, "cosine") for step in range(17)]
    assert [rate for rate, _ in seen["hard"]] == pytest.approx(whole)
    assert [rate for rate, _ in seen["recon"]] == pytest.approx(parts)
    assert [count for _, count in seen["recon"]] == [*range(1, 8), *range(1, 18)]


def test_layouts_keep_the_turns() -> None:
    trainer = Trainer(study(["ltb", "hard"]))
    model = trainer.layout.model("ltb")
    assert model.turns == (1, 12)
    assert (model.searched, trainer.layout.model("hard").searched) == (12, -1)
    assert ModelLayout.from_dict(model.to_dict()).turns == (1, 12)
    without = {name: value for name, value in model.to_dict().items() if name != "turns"}
    assert ModelLayout.from_dict(without).turns == ()


def test_cost_is_counted_after_the_turns() -> None:
    """Recon computes as hard sharing in its search, and a column a task after it."""
    models = {model.strategy: model for model in Trainer(study(["hard", "recon", "single_task"])).layout.models}
    assert models["recon"].flops == models["single_task"].flops > models["hard"].flops
    assert models["recon"].flops_of == models["hard"].flops_of
