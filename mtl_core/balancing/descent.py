"""Adam for the few numbers that a method learns about its tasks."""

import torch
from torch import Tensor

from mtl_core.balancing.method import State

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-12


def start(losses: Tensor) -> State:
    """The optimizer's state before the first step, for one number a task."""
    zero = torch.zeros_like(losses)
    return {"first": zero, "second": zero, "count": zero}


def descend(gradient: Tensor, state: State, rate: float, moved: Tensor) -> tuple[Tensor, State]:
    """One step of Adam.

    Adam rather than plain descent because a task's loss or gradient norm may have any scale, and because the papers learn
    these numbers with the network's own optimizer.

    Args:
        gradient: ``(R, T)``.
        state: what ``start`` or the last call gave.
        rate: learning rate.
        moved: ``(R, T)`` bool, False for numbers that this step tells nothing about; they and their moments stay.

    Returns:
        What to add to the numbers ``(R, T)``, and the new state (its three tensors only).

    Source: Kingma & Ba 2015, algorithm 1.
    """
    # Squares of single-precision gradients above 1e19 would overflow; at such sizes only the sign still matters.
    gradient = gradient.clamp(-1e15, 1e15)
    count = state["count"] + moved
    first = torch.where(moved, state["first"] + (1 - BETA1) * (gradient - state["first"]), state["first"])
    second = torch.where(moved, state["second"] + (1 - BETA2) * (gradient.square() - state["second"]), state["second"])
    divisor = count.clamp(min=1)
    mean, spread = first / (1 - BETA1**divisor), (second / (1 - BETA2**divisor)).sqrt()
    change = torch.where(moved, -rate * mean / (spread + EPSILON), 0.0)
    return change, {"first": first, "second": second, "count": count}
