"""Heads fitted to the networks of tasks alone, from the store and by request."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import StoreError
from mtl_core.execution.answering import answer_one
from mtl_core.execution.probing import probe
from mtl_core.models.composed import Composed
from mtl_core.models.model import Pass
from mtl_core.random import Streams
from mtl_core.records import Layout
from mtl_core.store import Store, open_store
from mtl_core.store.payload import decode
from mtl_core.suites import load_suite
from mtl_core.training.built import models, sizes_of
from mtl_core.training.data import Data
from mtl_core.training.parameters import initial, leaves
from mtl_core.training.trunk_probes import RIDGE, probes

VITALS = mtl.Study(suite="vitals", weights=[], seeds=2, steps=40, learning_rate=0.01, learning_rates=[0.1])
OBSERVED = Pass(observe=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_store(str(tmp_path_factory.mktemp("kept") / "store.db")) as held:
        mtl.run(VITALS, held)
        yield held


def layout(store: Store) -> Layout:
    found = store.layout(VITALS.id)
    assert found is not None
    return found


def test_a_head_is_a_ridge_regression_on_frozen_features(store: Store) -> None:
    record = probe(store, VITALS.id, "end")
    runs = layout(store).runs
    assert [(runs[place].label, runs[place].seed) for place in record.arrays["run"]] == [
        (f"{task} alone", seed) for task in VITALS.tasks for seed in (0, 1)
    ]
    suite, kept = load_suite("vitals"), store.parameters(VITALS.id, "end")
    model = models(VITALS, sizes_of(VITALS, suite), ["hard"])["hard"].model
    run = int(record.arrays["run"][3])  # the second task's, in the second seed
    parameters = torch.from_numpy(kept["parameters"][kept["run"] == run])
    assert isinstance(model, Composed)
    seen = [
        model(leaves(model, parameters), torch.from_numpy(split.inputs.copy())[None], OBSERVED)
        .features["layer 2"][0, 0]
        .double()
        for split in (suite.train, suite.validation)
    ]
    x, z = ((each.numpy() - seen[0].numpy().mean(0)) / np.where(seen[0].numpy().std(0) > 1e-12, seen[0].numpy().std(0), 1)
            for each in seen)  # fmt: skip
    y, truth = (split.targets[2].astype(np.float64) for split in (suite.train, suite.validation))
    # Centred features need no offset but the mean, and a penalty is so many rows more.
    more = np.sqrt(RIDGE * len(x)) * np.eye(x.shape[1])
    weights = np.linalg.lstsq(np.vstack((x, more)), np.concatenate((y - y.mean(), np.zeros(len(more)))), rcond=None)[0]
    r2 = 1 - ((z @ weights + y.mean() - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    assert record.arrays["probe"][3, 2, 1] == pytest.approx(r2, abs=1e-5)


def test_a_networks_own_head_scores_as_when_it_was_trained(store: Store) -> None:
    record, result = probe(store, VITALS.id, "end"), mtl.load(VITALS.id, store)
    told = result.compared(at="end").scores.validation
    for place, run in enumerate(record.arrays["run"]):
        task = place // 2
        np.testing.assert_allclose(record.arrays["own"][place, task], told[run, task], rtol=1e-4)
        others = np.delete(record.arrays["own"][place], task, axis=0)
        assert np.isnan(others).all()
        # The features were made for the task, so a head that is fitted to them does about as well.
        assert record.arrays["probe"][place, task, 1] > told[run, task, 1] - 0.2


def test_a_page_asks_for_it_and_a_result_has_it(store: Store) -> None:
    asked = store.ask("probe", {"study": VITALS.id, "generation": 1, "moment": None})
    assert answer_one(store, "worker")
    request = store.request(asked)
    assert request is not None
    assert request.answer is not None, request.reason
    found, direct = decode("probe", 40, request.answer), probe(store, VITALS.id)
    assert all(np.array_equal(found.arrays[name], array, equal_nan=True) for name, array in direct.arrays.items())
    table = mtl.load(VITALS.id, store, probe=True).affinity
    assert (table["kind"] == "probe").sum() == 6
    assert "probe" in mtl.load(VITALS.id, store).no_affinity
    refused = store.ask("probe", {"study": VITALS.id, "generation": 1, "moment": "noon"})
    answer_one(store, "worker")
    reason = store.request(refused)
    assert reason is not None
    assert "best or end" in reason.reason


@pytest.mark.parametrize("suite", ["domains", "mixed_heads", "phrases"])
def test_classes_inputs_of_their_own_and_texts_with_positions_are_probed(suite: str) -> None:
    loaded = load_suite(suite)
    data = Data.of(loaded, torch.device("cpu"))
    small = {"name": "transformer", "width": 8, "depth": 1} if suite == "phrases" else {"name": "mlp", "width": 8, "depth": 1}
    backbone = None if suite == "domains" else small
    asked = mtl.Study(suite=suite, weights=[], seeds=1, backbone=backbone)
    model = models(asked, sizes_of(asked, loaded), ["hard"])["hard"].model
    fitted, own = probes(model, data, initial(model, Streams.of([0, 1])), 1000)
    for place, task in enumerate(data.tasks):
        known = fitted[:, place, 1].isfinite()
        assert bool(known.all()) == (task.kind in ("classification", "regression")), task
        if task.kind == "classification":
            assert (fitted[:, place, 1] > own[:, place, 1]).all(), "random features, read well, beat a random head"
            assert (fitted[:, place, 1] > 1.2 / task.classes).all()


def test_examples_without_a_label_are_left_out_and_a_task_without_any_has_no_head() -> None:
    data = Data.of(load_suite("vitals"), torch.device("cpu"))
    model = models(VITALS, sizes_of(VITALS, load_suite("vitals")), ["hard"])["hard"].model
    some = torch.arange(len(data.train)) < 100
    labelled = (some, torch.zeros_like(some), torch.ones_like(some))
    targets = (torch.where(some, data.train.targets[0], 7.0), *data.train.targets[1:])
    parameters = initial(model, Streams.of([0]))
    whole, _ = probes(model, data, parameters, 1000)
    found, _ = probes(model, replace(data, train=replace(data.train, targets=targets, observed=labelled)), parameters, 1000)
    torch.testing.assert_close(found[:, 2], whole[:, 2])
    assert found[0, 1].isnan().all()
    assert found[0, 0, 1] > 0.1, "what stands where no label is was not read"


def test_without_kept_networks_it_says_so(store: Store, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "other.db")) as other:
        mtl.run(mtl.Study(suite="vitals", weights=[], seeds=1, steps=2), other)
        (study,) = other.list()
        other.delete_models(study.id)
        with pytest.raises(StoreError, match="train it again"):
            probe(other, study.id)
