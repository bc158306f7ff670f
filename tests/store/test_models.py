"""Trained parameters are kept, and can be read, sized and forgotten."""

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

import mtl_core as mtl
from mtl_core.errors import StoreError, UnknownStudyError
from mtl_core.records import ModelPart
from mtl_core.store import Store
from mtl_core.training.trainer import Trainer


def _study(**given: Any) -> mtl.Study:
    backbone = {"name": "mlp", "width": 3, "depth": 1}
    return mtl.Study(**({"methods": ["equal", "pcgrad"], "weights": [], "seeds": 2, "steps": 6, "backbone": backbone} | given))


def _arrays(part: ModelPart) -> dict[str, Any]:
    found: dict[str, Any] = load(part.payload)
    order = np.argsort(found["run"])
    return {name: values[order] for name, values in found.items()}


def test_a_finished_study_keeps_the_parameters_of_every_run(store: Store) -> None:
    study = _study()
    result = mtl.run(study, store)
    kept = store.parameters(study.id)
    assert kept["run"].tolist() == list(range(len(result.layout.runs)))
    assert kept["parameters"].shape == (len(result.layout.runs), result.layout.models[0].parameters)
    assert (kept["step"] == 6).all()
    parts = [part for moment in ("end", "best") for part in store.model_parts(study.id, moment)]
    assert store.model_sizes() == {study.id: sum(len(part.payload) for part in parts)}
    store.delete_models(study.id)
    with pytest.raises(StoreError, match="at its best were expected, found none"):
        store.parameters(study.id, "best")


def test_the_parameters_are_those_that_gave_the_result(store: Store) -> None:
    study = _study()
    mtl.run(study, store)
    trainer = Trainer(study)
    while not trainer.finished:
        trainer.advance()
    part = next(part for part in trainer.take_models() if part.moment == "end")
    kept = store.parameters(study.id)
    assert {name: value.tobytes() for name, value in _arrays(part).items()} == {
        name: value.tobytes() for name, value in kept.items()
    }
    assert trainer.take_models() == []


def test_waves_are_joined_in_the_order_of_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    study = _study()
    mtl.run(study, store)
    whole = store.parameters(study.id)
    store.delete(study.id)
    monkeypatch.setattr(Trainer, "_measure_runs_per_wave", lambda *_: 3)
    mtl.run(study, store)
    assert len(store.model_parts(study.id)) == 3
    for name, values in store.parameters(study.id).items():
        np.testing.assert_allclose(values, whole[name], rtol=2e-5, atol=1e-6)


def test_the_best_step_is_the_one_the_results_are_read_at(store: Store) -> None:
    # Fast enough to overfit within the run, so that the best step is not the last for some.
    study = _study(suite="subspace", test_at="best", steps=200, learning_rate=0.05, evaluate_every=10, batch_size=32)
    result = mtl.run(study, store)
    best = store.parameters(study.id, "best")
    assert best["step"].tolist() == result.scores.step.tolist()
    assert len(set(best["step"].tolist())) > 1
    end = store.parameters(study.id, "end")
    early = best["step"] < 200
    assert early.any()
    assert (np.abs(best["parameters"] - end["parameters"]).max(axis=1)[early] > 0).all()


def test_the_best_step_survives_an_interruption(store: Store) -> None:
    study = _study(suite="subspace", test_at="best", steps=60, learning_rate=0.05, evaluate_every=5, batch_size=32)
    straight, first = Trainer(study), Trainer(study)
    while not straight.finished:
        straight.advance()
    for _ in range(37):
        first.advance()
    first.flush()
    second = Trainer(study, first.checkpoint())
    while not second.finished:
        second.advance()
    for resumed, whole in zip(second.take_models(), straight.take_models(), strict=True):
        assert resumed.moment == whole.moment
        for name, values in _arrays(whole).items():
            assert values.tobytes() == _arrays(resumed)[name].tobytes(), (whole.moment, name)


def test_parameters_can_be_forgotten_alone_and_go_with_their_study(store: Store) -> None:
    study = _study()
    mtl.run(study, store)
    size = store.model_sizes()[study.id]
    assert store.delete_models(study.id) == size > 0
    assert store.model_sizes() == {}
    assert store.get(study.id).state == "finished"
    with pytest.raises(UnknownStudyError):
        store.delete_models("nothing")
    store.keep_model(study.id, ModelPart("end", 0, b"x"))
    store.delete(study.id)
    assert store.model_sizes() == {}


def test_a_worker_that_lost_its_study_keeps_nothing(store: Store) -> None:
    study = _study()
    store.add(study)
    store.claim("mine", "cpu")
    with pytest.raises(UnknownStudyError, match="no longer other's"):
        store.keep_model(study.id, ModelPart("end", 0, b"x"), worker="other")


def test_damaged_parameters_are_said_to_be(store: Store) -> None:
    study = _study()
    store.add(study)
    store.keep_model(study.id, ModelPart("end", 0, b"nonsense"))
    with pytest.raises(StoreError, match="damaged"):
        store.parameters(study.id)
