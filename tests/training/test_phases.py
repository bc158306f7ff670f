"""Phases: what is frozen stands still, what waits is not learned, and nothing else changes."""

import numpy as np
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.spec.notation import read_choice
from mtl_core.spec.phases import PHASES, joining, thawing
from mtl_core.training.trainer import Trainer

SETTINGS = {"suite": "vitals", "seeds": 2, "weights": 0, "steps": 20, "batch_size": 16, "evaluate_every": 5}
LAYERS = ("layer 1", "layer 2", "layer 3")


def stand(study: mtl.Study, step: int) -> dict[str, torch.Tensor]:
    """The parameters of the study's last cohort after so many steps, by name."""
    trainer = Trainer(study)
    while trainer.step < step:
        trainer.advance()
    cohort = trainer._cohorts[-1]
    asked = [place for place, run in enumerate(cohort.runs) if run.role == "method"]
    return {name: view.detach()[asked].clone() for name, view in cohort.views.items()}


@pytest.mark.parametrize("optimizer", ["adam", {"name": "adamw", "weight_decay": 0.1}, {"name": "sgd", "weight_decay": 0.1}])
@pytest.mark.parametrize("train", ["trunk", "heads", "structure"])
def test_only_the_named_part_moves(train: str, optimizer: object) -> None:
    phases = [{"steps": 8}, {"steps": 12, "train": train}]
    study = mtl.Study(**SETTINGS, strategy="mmoe", optimizer=optimizer, phases=phases)
    before, after = stand(study, 8), stand(study, 14)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    gates = {name for name in before if name.startswith("gate.")}
    heads = {name for name in before if name.startswith("head.")}
    assert moved == {"trunk": before.keys() - gates - heads, "heads": heads, "structure": gates}[train]


@pytest.mark.parametrize("strategy", ["mmoe", "soft_l2", "film"])
def test_stages_unfreeze_from_the_heads_down(strategy: str) -> None:
    backbone = {"name": "mlp", "depth": 3, "width": 8}
    study = mtl.Study(**SETTINGS, strategy=strategy, phases=thawing(20, LAYERS), backbone=backbone)
    trainer, moved = Trainer(study), []
    rows = {p.name: "head" if p.head else p.row for p in list(trainer._models.values())[-1].model.parameters}
    before = stand(study, 0)
    for step in (5, 10, 15, 20):
        after = stand(study, step)
        moved.append({rows[name] for name in before if not torch.equal(before[name], after[name])})
        before = after
    assert moved == [{"head", *LAYERS[place:]} for place in (3, 2, 1, 0)]


@pytest.mark.parametrize("optimizer", ["adam", {"name": "adamw", "weight_decay": 0.1}])
def test_named_stages_alone_move(optimizer: object) -> None:
    phases = [{"steps": 5}, {"steps": 15, "train": "trunk", "stages": ["layer 1"]}]
    study = mtl.Study(**SETTINGS, optimizer=optimizer, phases=phases)
    before, after = stand(study, 5), stand(study, 12)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {name for name in before if name.startswith("trunk.0.")}


def test_stages_are_said_in_one_way() -> None:
    def asked(*stages: str) -> mtl.Study:
        return mtl.Study(**SETTINGS, phases=[{"steps": 20, "stages": stages}], backbone={"name": "mlp", "depth": 3})

    assert asked("from:layer 2") == asked("layer 3", "layer 2")
    assert read_choice("tasks:steps=20,stages=from:layer 2", PHASES)["stages"] == ["from:layer 2"]
    assert asked("from:layer 1").id == asked().id
    assert joining(20, asked().tasks)[1:] == [{"steps": 6, "tasks": ["progression", "bmi"]}, {"steps": 8}]


def test_one_phase_of_everything_is_none() -> None:
    whole = mtl.run(mtl.Study(**SETTINGS))
    phased = mtl.run(mtl.Study(**SETTINGS, phases=[{"steps": 20}]))
    np.testing.assert_array_equal(whole.curves["value"], phased.curves["value"])


@pytest.mark.parametrize("method", ["equal", "pcgrad", "uw"])
def test_a_task_that_joins_later_has_not_learned_before(method: str) -> None:
    first, *_, last = mtl.Study(**SETTINGS).tasks
    phases = [{"steps": 10, "tasks": [first]}, {"steps": 10}]
    study = mtl.Study(**SETTINGS, methods=[method], phases=phases)
    start, joined, end = (stand(study, step) for step in (0, 10, 20))
    own = f"head.{study.tasks.index(last)}.0.weight"
    assert torch.equal(start[own], joined[own])
    assert not torch.equal(joined[own], end[own])
    assert not torch.equal(start["head.0.0.weight"], joined["head.0.0.weight"])
    result = mtl.run(study)
    losses = result.curves.query("task == @last and split == 'batch'")
    losses = losses.merge(result.runs[["run", "role"]], on="run").query("role == 'method'")
    assert losses.query("step < 10")["value"].isna().all(), "what is not trained is not measured"
    assert losses.query("step >= 10")["value"].notna().all()
    plain = mtl.run(mtl.Study(**SETTINGS, methods=[method], phases=[{"steps": 10}, {"steps": 10}]))
    alone = (each.curves[each.curves["run"] < 6]["value"] for each in (result, plain))
    np.testing.assert_array_equal(*alone, err_msg="a task alone waits for nobody")


def test_restoring_inputs_trains_the_trunk_and_no_head() -> None:
    phases = [{"objective": "denoise", "steps": 15}, {"steps": 5}]
    study = mtl.Study(**SETTINGS, phases=phases)
    start, restored, end = (stand(study, step) for step in (0, 15, 20))
    assert torch.equal(start["head.0.0.weight"], restored["head.0.0.weight"])
    assert not torch.equal(start["trunk.0.1.weight"], restored["trunk.0.1.weight"])
    assert torch.equal(restored["restoring.0.weight"], end["restoring.0.weight"])
    trainer, told = Trainer(study), []
    while not trainer.finished:
        told += [r for r in trainer.advance() if r.kind == "steps"]
    values = np.concatenate([r.arrays["penalty.restoring"].mean(1) for r in told if "penalty.restoring" in r.arrays])
    assert values[-1] < values[0]


@pytest.mark.parametrize("stop", [4, 12])
def test_phases_resume_bit_by_bit(stop: int) -> None:
    phases = [
        {"objective": "denoise", "steps": 5},
        {"steps": 5, "tasks": ["bmi"], "stages": ["layer 2"]},
        {"steps": 10, "train": "heads"},
    ]
    study = mtl.Study(**SETTINGS, strategies=["hard", "cross_stitch"], phases=phases)
    whole = Trainer(study)
    while whole.step < stop:
        whole.advance()
    whole.flush()
    resumed = Trainer(study, whole.checkpoint())
    for trainer in (whole, resumed):
        while not trainer.finished:
            trainer.advance()
    for one, other in zip(whole._cohorts, resumed._cohorts, strict=True):
        assert torch.equal(one.parameters, other.parameters)


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        ([{"steps": 5}], "must sum to the 20 steps"),
        ([{"train": "all"}], "needs its number of steps"),
        ([{"steps": 20, "tasks": ["bim"]}], "did you mean 'bmi'"),
        ([{"steps": 20, "train": "tree"}], "train"),
        ([{"objective": "denoisse", "steps": 20}], "did you mean 'denoise'"),
        ({"steps": 20}, "must be a list"),
        ([{"steps": 20, "stages": ["from:layer 3"]}], "did you mean"),
        ([{"steps": 20, "train": "heads", "stages": ["layer 2"]}], "moves no stage"),
    ],
)
def test_phases_that_make_no_sense_are_refused(phases: object, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        mtl.Study(**SETTINGS, phases=phases)
