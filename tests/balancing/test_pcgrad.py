"""Gradient surgery against torchjd and its definition."""

import pytest
import torch
import torchjd.aggregation as torchjd

from mtl_core.balancing import direction, weights
from mtl_core.balancing.numerics import precise
from mtl_core.balancing.pcgrad import surgery
from mtl_core.random import Streams


def test_two_tasks_agree_with_torchjd(jacobian):
    values = jacobian(runs=300, tasks=2)
    oracle = torchjd.PCGrad()
    expected = torch.stack([oracle(each) for each in values])
    torch.testing.assert_close(direction("pcgrad", values), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_follows_the_orders_that_were_drawn(tasks, jacobian):
    values = jacobian("conflict", 20, tasks, 15)
    streams = Streams.of(range(20))
    found = surgery(precise(values @ values.mT), streams).unsqueeze(1) @ values
    orders = streams.permutations(tasks, tasks)
    for run in range(20):
        total = torch.zeros(15, dtype=torch.float64)
        for task in range(tasks):
            gradient = values[run, task].clone()
            for other in orders[run, task].tolist():
                inner = gradient @ values[run, other]
                if other != task and inner < 0:
                    gradient -= inner / values[run, other].square().sum() * values[run, other]
            total += gradient
        torch.testing.assert_close(found[run, 0], total, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("tasks", [5, 8])
def test_mean_over_orders_agrees_with_torchjd(tasks, jacobian):
    values = jacobian("conflict", 1, tasks, 15)
    ours = direction("pcgrad", values.expand(3000, tasks, 15))
    torch.manual_seed(0)
    oracle = torchjd.PCGrad()
    theirs = torch.stack([oracle(values[0]) for _ in range(600)])
    spread = (theirs.var(0) / 600 + ours.var(0) / 3000).sqrt()
    assert ((ours.mean(0) - theirs.mean(0)).abs() < 5 * spread + 1e-9).all()


def test_without_conflict_it_is_the_sum():
    values = torch.rand(4, 5, 9, generator=torch.Generator().manual_seed(0))
    assert torch.equal(weights("pcgrad", values @ values.mT), torch.ones(4, 5))
