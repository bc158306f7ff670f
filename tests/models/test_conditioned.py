"""Models for all weightings: what a preference changes, and what it leaves."""

import numpy as np
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

TASKS = (Task("digit", "classification", 3), Task("size", "regression"))
BOTH = ["palora", "hypernet"]
STREAMS = Streams.of([0, 1])
X = torch.rand(2, 8, 5, generator=torch.Generator().manual_seed(0))


def made(strategy: str, **options: object) -> Model:
    chosen = choose("strategy", STRATEGIES, {"name": strategy} | options)
    return build(chosen, choose("backbone", BACKBONES, {"name": "mlp", "width": 6}), Sizes(TASKS, (5,)))


def moved(model: Model) -> dict[str, torch.Tensor]:
    """Parameters at a random point, where nothing is zero any more."""
    generator = torch.Generator().manual_seed(1)
    return {n: v + 0.3 * torch.randn(v.shape, generator=generator) for n, v in model.initialise(STREAMS).items()}


@pytest.mark.parametrize("strategy", BOTH)
def test_it_starts_as_hard_sharing_bit_for_bit(strategy: str) -> None:
    model, plain = made(strategy), build(Choice("hard"), choose("backbone", BACKBONES, {"name": "mlp", "width": 6}),
                                         Sizes(TASKS, (5,)))  # fmt: skip
    answers = (each(each.initialise(STREAMS), X).tasks for each in (model, plain))
    assert all(torch.equal(one, other) for one, other in zip(*answers, strict=True))


@pytest.mark.parametrize("strategy", BOTH)
def test_parts_of_a_batch_are_answered_at_their_own_preference_and_count_by_it(strategy: str) -> None:
    model = made(strategy, preferences=4)
    values = moved(model)
    outputs = model(values, X, Pass(0, STREAMS.at(Purpose.SHARING).at(0)))
    assert outputs.emphasis is not None
    preference = outputs.emphasis / len(TASKS)
    torch.testing.assert_close(preference.sum(2), torch.ones(2, 8))
    assert all(torch.equal(preference[:, 2 * part], preference[:, 2 * part + 1]) for part in range(4))
    assert preference.flatten(0, 1).unique(dim=0).shape[0] == 8, "two runs, four parts: eight draws"
    for part in range(4):
        alone = model(values, X, Pass(preference=preference[:, 2 * part]))
        for one, other in zip(outputs.tasks, alone.tasks, strict=True):
            rows = slice(2 * part, 2 * part + 2)
            torch.testing.assert_close(one[:, rows], other[:, rows])


def test_preferences_are_uniform_on_the_simplex() -> None:
    model = made("palora", preferences=4)
    many = Streams.of(list(range(200)))
    values = model.initialise(many)
    drawn = torch.cat([
        model(values, X[:1].expand(200, -1, -1), Pass(step, many.at(Purpose.SHARING).at(step))).emphasis[:, ::2, 0] / 2
        for step in range(5)
    ]).flatten()  # fmt: skip
    quantiles = torch.quantile(drawn, torch.tensor([0.1, 0.5, 0.9]))
    torch.testing.assert_close(quantiles, torch.tensor([0.1, 0.5, 0.9]), atol=0.02, rtol=0)  # of two tasks: uniform on [0, 1]


def test_a_corner_is_one_tasks_model() -> None:
    """With all preference on one task the others' changes are no part of the weights."""
    model = made("palora")
    values = moved(model)
    corner = torch.tensor([[1.0, 0], [1, 0]])
    before = model(values, X, Pass(preference=corner)).tasks
    for name in values:
        if name.endswith((".down", ".up")):
            values[name][:, 1] = 7.0
    for one, other in zip(before, model(values, X, Pass(preference=corner)).tasks, strict=True):
        assert torch.equal(one, other)
    weight = values["trunk.0.1.weight"] + values["factor.0.1.weight.0.down"][:, 0] @ values["factor.0.1.weight.0.up"][:, 0] / 4
    hidden = torch.relu(X @ weight + values["trunk.0.1.bias"].unsqueeze(1))
    assert model(values, X, Pass(preference=corner, observe=True)).features["layer 1"].squeeze(1).allclose(hidden, atol=1e-5)


def test_the_front_of_one_model_is_recorded_at_every_weighting() -> None:
    study = mtl.Study(suite="vitals", strategies=["hard", "palora"], weights=3, seeds=2, steps=30)
    result = mtl.run(study)
    (front,) = (record for record in result.records if record.kind == "front")
    assert front.arrays["points"].shape == (10 - 3, 3) or len(front.arrays["points"]) >= 6
    assert np.allclose(front.arrays["points"].sum(1), 1, atol=1e-5)
    assert front.arrays["test"].shape[:3] == (2, len(front.arrays["points"]), 3)
    # The centre is what the ordinary evaluation asks for.
    centre = int(np.argmax(np.isclose(front.arrays["points"], 1 / 3, atol=1e-5).all(1)))
    run = int(front.arrays["run"][0])  # noqa: F841 - the query reads it
    last = result.curves.query("run == @run and split == 'test' and step == 30 and metric == 'loss'")["value"].to_numpy()
    np.testing.assert_allclose(front.arrays["test"][0, centre, :, 0], last, rtol=1e-5)
    labels = set(result.runs.query("strategy == 'palora'")["label"])
    assert labels == {"palora · equal"}, "the map's points need no runs of their own"


def test_methods_that_choose_weights_are_refused() -> None:
    with pytest.raises(SpecError, match="weighs tasks by the preference"):
        mtl.Study(strategies=["palora"], methods=["equal", "pcgrad"])


def test_filters_are_not_generated() -> None:
    body = choose("backbone", BACKBONES, "cnn")
    with pytest.raises(SpecError, match="convolutions"):
        build(choose("strategy", STRATEGIES, "hypernet"), body, Sizes(TASKS, (1, 8, 8)))
