"""What a policy gains is exact, and so is its gradient."""

import numpy as np
import torch

from mtl_core.kinds.kind import kind_of
from mtl_core.kinds.policy import values
from mtl_core.suites import load_suite
from mtl_core.suites.moves import DISCOUNT, SLIP, arrivals, best_values
from tests.kinds.drawn import PIXELS, best_moves, mazes
from tests.kinds.walked import gained, swept


def test_what_is_gained_is_what_long_walks_gain() -> None:
    """On mazes of the suite, of every task."""
    generator = torch.Generator().manual_seed(0)
    for target in load_suite("mazes").validation.targets:
        maze = torch.from_numpy(target[:2].copy())
        odds = 3 * torch.randn(2, 4, 7, 7, generator=generator)
        found = values(odds[None], maze[None])[0]
        for place in range(2):
            free = target[place, 0] > 0
            expected = gained(target[place], odds[place].numpy())
            np.testing.assert_allclose(found[place].view(7, 7).numpy()[free], expected[free], rtol=1e-4, atol=1e-4)


def test_the_best_values_are_those_of_cell_after_cell_and_of_no_other() -> None:
    """What a sweep over all cells leaves as it is, is the best: a sweep brings any two values nearer to each other."""
    for maze in mazes(6).double().numpy():
        free, reward, end, _ = maze[:, None]
        found = best_values(free > 0, reward, end > 0)[0]
        np.testing.assert_allclose(swept(maze, found), found, atol=1e-8)


def test_the_best_policy_loses_nothing_and_no_policy_less() -> None:
    target = torch.cat([mazes(40)[None]] * 3)
    kind = kind_of("policy")
    assert kind.losses(80 * best_moves(target), target).abs().max() < 1e-4
    generator = torch.Generator().manual_seed(1)
    for scale in (0.5, 3.0, 30.0):
        assert (kind.losses(scale * torch.randn(3, 40, 4, *PIXELS, generator=generator), target) > -1e-5).all()


def test_the_gradient_is_that_of_finite_differences() -> None:
    target = mazes(1).double().expand(2, 1, -1, -1, -1)
    odds = torch.randn(2, 1, 4, *PIXELS, dtype=torch.float64, generator=torch.Generator().manual_seed(2), requires_grad=True)
    assert torch.autograd.gradcheck(lambda output: kind_of("policy").losses(output, target), (odds,), atol=1e-7)


def test_the_gradient_is_the_policy_gradient() -> None:
    """``d(mean V)/d odds(s, a) = visits(s) (1 - SLIP) pi(a | s) (Q(s, a) - sum_b pi(b | s) Q(s, b))``, with how often each cell
    is visited on a discounted walk from anywhere (Sutton et al. 2000)."""
    target = mazes(5).double()[None]
    odds = torch.randn(1, 5, 4, *PIXELS, dtype=torch.float64, generator=torch.Generator().manual_seed(3), requires_grad=True)
    kind_of("policy").losses(odds, target).sum().backward()
    assert odds.grad is not None
    for place in range(5):
        free, reward, end, _ = target[0, place].flatten(1).numpy()
        to = arrivals(free.reshape(1, *PIXELS) > 0)[0]
        policy = odds[0, place].detach().flatten(1).softmax(0).numpy().T
        taken = (1 - SLIP) * policy + SLIP / 4
        leads = np.zeros((len(free), len(free)))
        for cell, move in np.ndindex(to.shape):
            leads[cell, to[cell, move]] += taken[cell, move] * DISCOUNT * (1 - end[to[cell, move]])
        visits = np.linalg.inv(np.eye(len(free)) - leads).T @ (free / free.sum())
        value = gained(target[0, place].numpy(), odds[0, place].detach().numpy()).ravel()
        after = (reward + DISCOUNT * (1 - end) * value)[to]
        advantage = after - (policy * after).sum(1, keepdims=True)
        expected = visits[:, None] * (1 - SLIP) * policy * advantage
        np.testing.assert_allclose(-odds.grad[0, place].flatten(1).numpy().T, expected, atol=1e-9)


def test_a_run_that_is_no_longer_finite_stops_no_other() -> None:
    target = mazes(3).expand(2, 3, -1, -1, -1)
    odds = torch.zeros(2, 3, 4, *PIXELS, requires_grad=True)
    spoiled = odds * torch.tensor([torch.nan, 1.0]).view(2, 1, 1, 1, 1)
    losses = kind_of("policy").losses(spoiled, target)
    losses[1].sum().backward()
    assert losses[0].isnan().all()
    assert losses[1].isfinite().all()
    assert odds.grad is not None
    assert odds.grad[1].isfinite().all()
    assert odds.grad[1].any()
