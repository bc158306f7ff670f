"""GradVac against torchjd and its definition."""

import pytest
import torch
import torchjd.aggregation as torchjd

from mtl_core.balancing.gradvac import GradVac
from mtl_core.random import Streams


def test_two_tasks_agree_with_torchjd_over_many_steps(jacobian, signals):
    oracle, method = torchjd.GradVac(beta=0.2, eps=0.0), GradVac(beta=0.2)
    state = method.init(torch.ones(1, 2, dtype=torch.float64))
    for step in range(200):
        values = jacobian("plain", 1, 2, 6, seed=step)
        update, state = method(signals(values, step=step), state)
        torch.testing.assert_close(update.weights @ values[0], oracle(values[0])[None], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("tasks", [3, 5])
def test_follows_the_orders_that_were_drawn(tasks, jacobian, signals):
    method, beta = GradVac(beta=0.3), 0.3
    state, remembered = method.init(torch.ones(1, tasks, dtype=torch.float64)), torch.zeros(tasks, tasks, dtype=torch.float64)
    for step in range(6):
        values = jacobian("plain", 1, tasks, 10, seed=step)
        update, state = method(signals(values, step=step), state)
        orders = Streams.of(range(1)).at(step).permutations(tasks, tasks)[0].tolist()
        total = torch.zeros(10, dtype=torch.float64)
        for task, order in enumerate(orders):
            gradient = values[0, task].clone()
            for other in order:
                if other == task:
                    continue
                phi, psi = torch.cosine_similarity(gradient, values[0, other], dim=0), remembered[task, other].clone()
                if phi < psi:
                    along = psi * (1 - phi**2).sqrt() - phi * (1 - psi**2).sqrt()
                    gradient = (
                        gradient + gradient.norm() * along / (values[0, other].norm() * (1 - psi**2).sqrt()) * values[0, other]
                    )
                    torch.testing.assert_close(torch.cosine_similarity(gradient, values[0, other], dim=0), psi)
                remembered[task, other] = (1 - beta) * psi + beta * phi
            total += gradient
        torch.testing.assert_close(update.weights @ values[0], total[None], rtol=1e-8, atol=1e-9)
        torch.testing.assert_close(state["cosines"][0], remembered)


def test_pairs_without_gradients_keep_their_cosines(jacobian, signals):
    values, method = jacobian(tasks=3), GradVac(beta=0.5)
    state = {"cosines": torch.full((8, 3, 3), 0.3, dtype=torch.float64)}
    observed = torch.tensor([True, True, False]).expand(8, 3)
    _, after = method(signals(values, observed=observed), state)
    assert (after["cosines"][:, 2] == 0.3).all()
    assert (after["cosines"][:, :, 2] == 0.3).all()
    assert (after["cosines"][:, 0, 1] != 0.3).all()
