"""ExcessMTL: more weight for tasks that are still far from the best they can do, whatever their noise."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, jacobian_of, precise
from mtl_core.balancing.solvers.simplex import start


class ExcessMTL:
    """``w_t <- w_t exp(eta E_t / E_t(first))``, then divided by the sum, with the excess risk ``E_t`` estimated as
    ``sum_p g_tp^2 / sqrt(sum of all g_tp^2 so far)``.

    A noisy task keeps a high loss but no longer has a gradient to follow: its excess risk is small, and it is not favoured. The
    weights sum to one.

    Args:
        step_size: how fast the weights move, the paper's ``eta_alpha``.

    Source: He, Zou, Guo & Zhao 2024, equations 6-9 and algorithm 1.
    Deviations: gradients are those of the trunk; the first observed step gives each task's reference, where the paper takes
    three epochs' mean, and moves nothing. A task without a label in the batch keeps its estimate and stays out of the step.
    Cost: memory for T gradients a run.
    """

    def __init__(self, step_size: float = 0.01) -> None:
        self._step_size = step_size

    def init(self, losses: Tensor) -> State:
        """Equal weights; ``squares`` gets the trunk's size from the first gradients."""
        zero = torch.zeros_like(losses)
        return {"squares": losses.new_zeros(*losses.shape, 1), "first": zero, "seen": zero, "weights": start(losses).log()}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights with this step's excess risks in them."""
        observed = signals.observed
        fresh = jacobian_of(signals).square()
        squares = state["squares"] + fresh  # an unobserved task's gradient is zero
        smallest = torch.finfo(squares.dtype).tiny
        excess = (fresh * squares.clamp(min=smallest).rsqrt()).sum(-1)  # (R, T)
        known = (state["seen"] > 0) & observed
        first = torch.where((state["seen"] <= 0) & observed, excess, state["first"])
        relative = torch.where(first > 0, excess / first.masked_fill(first <= 0, 1.0), 0.0).clamp(max=1e6)
        moved = precise(state["weights"]) + self._step_size * precise(torch.where(known, relative, 0.0))
        weights = fit(torch.log_softmax(moved, dim=1), state["weights"])
        new = {"squares": squares, "first": first, "seen": torch.maximum(state["seen"], observed.to(first)), "weights": weights}
        return Update(weights.exp()), new
