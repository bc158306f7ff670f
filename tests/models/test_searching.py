"""Strategies that search a structure: how they begin, and when they have found it."""

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, build
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from tests.models.searched import FOUND, OPTIONS, STREAMS, TASKS, answered, built, examples, same, training


@pytest.mark.parametrize("backbone", OPTIONS)
@pytest.mark.parametrize("strategy", FOUND)
def test_a_search_begins_as_hard_sharing(strategy: str, backbone: str) -> None:
    """Recon is hard sharing, AdaShare executes every stage, and the columns of a tree start as the plain trunk."""
    model, plain = built(strategy, backbone), built("hard", backbone)
    x = examples(6)
    one, other = (answered(m, m.initialise(STREAMS), x, training(0)).tasks for m in (model, plain))
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    if strategy == "recon":
        assert same(answered(model, model.initialise(STREAMS), x), answered(plain, plain.initialise(STREAMS), x))


@pytest.mark.parametrize("strategy", FOUND)
def test_search_shares_the_steps_of_a_run_and_leaves_one_at_least_to_train(strategy: str) -> None:
    body = choose("backbone", BACKBONES, "mlp")
    for steps in (1, 2, 3, 7, 100):
        for share in (0.05, 0.5, 0.95):
            choice = choose("strategy", STRATEGIES, {"name": strategy, "search": share})
            turns = build(choice, body, Sizes(TASKS, (4,), steps)).turns
            assert all(0 < turn < steps for turn in turns)
            assert turns == tuple(sorted(set(turns)))
            if steps > 1:
                assert turns[-1] == min(max(1, round(share * steps)), steps - 1)
    assert built(strategy).turns[-1] == FOUND[strategy]


@pytest.mark.parametrize("strategy", FOUND)
def test_a_search_and_phases_do_not_go_together(strategy: str) -> None:
    with pytest.raises(SpecError, match="divides a run into a search and training anew"):
        Study(strategies=[strategy], steps=20, phases=[{"steps": 10, "train": "trunk"}, {"steps": 10}])
