"""Recon: which stages become private, and what tasks read then."""

import pytest
import torch

from mtl_core.errors import SpecError
from mtl_core.models.model import Pass
from mtl_core.spec.study import Study
from tests.models.searched import OPTIONS, STREAMS, answered, built, examples, headed, same, stirred, training, turned


def test_the_stages_with_the_most_conflict_become_private_each_run_its_own() -> None:
    model = built("recon", private=2)
    conflicts = torch.tensor(
        [[[0.1, 0, 0], [0.3, 0.3, 0], [0.2, 0, 0.1]], [[0.9, 0, 0], [0, 0, 0], [0, 0, 0.1]], [[0.0] * 3] * 3]
    )
    values = turned(model, model.initialise(STREAMS), conflicts)
    chosen = torch.cat([values[f"choice.{place}.0.value"] for place in range(3)], dim=1)
    assert chosen.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]], "of equal scores the earlier stage goes first"
    usage = answered(model, values, examples(6), Pass(observe=True)).traces["usage.layer 1"]
    assert usage[0].tolist() == [[1, 0, 0, 0]] * 3
    assert usage[1].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("backbone", OPTIONS)
def test_recon_ends_between_hard_sharing_and_a_network_for_each_task(backbone: str) -> None:
    """All stages private: single_task bit for bit; none: hard, anew."""
    x, stages = examples(6), len(built("hard", backbone).rows)
    every, none = built("recon", backbone, private=stages), built("recon", backbone, private=0)
    alone, plain = built("single_task", backbone), built("hard", backbone)
    found = turned(every, every.initialise(STREAMS))
    assert same(answered(every, found, x, training(99)), answered(alone, alone.initialise(STREAMS), x))
    found = turned(none, none.initialise(STREAMS))
    assert same(answered(none, found, x), answered(plain, plain.initialise(STREAMS), x))


def test_private_stages_against_a_loop_over_runs_and_tasks() -> None:
    model = built("recon", private=1)
    conflicts = torch.rand(3, 3, 3, generator=torch.Generator().manual_seed(0))
    values = turned(model, model.initialise(STREAMS), conflicts)
    values = stirred(values)
    x = examples(6)
    outputs = answered(model, values, x, training(60)).tasks
    for run in range(3):
        worst = int(conflicts[run].sum(1).argmax())
        for task, output in enumerate(outputs):
            h = x[run].flatten(1)
            for place, spot in ((0, 1), (1, 0), (2, 0)):  # the first stage flattens before its linear layer
                own = {
                    "weight": values[f"own.{place}.{spot}.weight"][run, task],
                    "bias": values[f"own.{place}.{spot}.bias"][run, task],
                }
                shared = {kind: values[f"shared.{place}.{spot}.{kind}"][run] for kind in ("weight", "bias")}
                layer = own if place == worst else shared
                h = torch.relu(h @ layer["weight"] + layer["bias"])
            torch.testing.assert_close(output[run], headed(model, values, run, task, h), rtol=1e-4, atol=1e-5)


def test_more_private_stages_than_there_are_is_refused() -> None:
    with pytest.raises(SpecError, match="at most the backbone's 3 stages, found 4"):
        built("recon", private=4)
    with pytest.raises(SpecError, match="at most the backbone's 2 stages, found 3"):
        Study(strategies=[{"name": "recon", "private": 3}], backbone={"name": "mlp", "depth": 2})
