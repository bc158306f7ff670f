"""Our optimizers against PyTorch's, run by run."""

import pytest
import torch

from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.choice import choose
from mtl_core.training.optimizers import build, schedule

THEIRS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, weight_decay=0.1),
    "adam": lambda p, lr: torch.optim.Adam(p, lr=lr, weight_decay=0.1),
    "adamw": lambda p, lr: torch.optim.AdamW(p, lr=lr, weight_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_like_pytorch_with_a_rate_for_each_run(name: str) -> None:
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(3, 7, generator=generator, dtype=torch.float64)
    rates = [0.1, 0.01, 0.0]
    optimizer = build(choose("optimizer", OPTIMIZERS, {"name": name, "weight_decay": 0.1}))
    ours, theirs = start.clone(), [row.clone().requires_grad_() for row in start]
    state, others = optimizer.init(ours), [THEIRS[name]([row], rate) for row, rate in zip(theirs, rates, strict=True)]
    for count in range(1, 21):
        gradient = torch.randn(3, 7, generator=generator, dtype=torch.float64)
        for row, other, own in zip(theirs, others, gradient, strict=True):
            row.grad = own.clone()
            other.step()
        optimizer.step(ours, gradient, state, torch.tensor(rates, dtype=torch.float64)[:, None], count)
    torch.testing.assert_close(ours, torch.stack([row.detach() for row in theirs]), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(ours[2], start[2], rtol=0, atol=0)


def test_schedule_warms_up_and_ends_near_zero() -> None:
    factors = [schedule(step, 100, 10, "cosine") for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[9] == factors[10] == 1
    assert factors[99] == pytest.approx(0, abs=1e-3)
    assert [schedule(step, 100, 0, "constant") for step in (0, 50, 99)] == [1, 1, 1]
