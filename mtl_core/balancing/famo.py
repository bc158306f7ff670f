"""FAMO: weights that even out how fast the losses fall, learned from what each step did to them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import probe_of
from mtl_core.balancing.preference import preference

SMALLEST = 1e-8
"""Added to the losses before their logarithm, as in the paper's code."""


class FAMO:
    """``w_t = z_t / L_t`` divided by the sum, ``z = softmax(xi)``. After each step ``xi`` descends along
    ``(diag z - z z^T) (log L - log L') + gamma xi``, with ``L'`` the losses of the same batch after the step.

    The task whose loss fell least gains weight, at the cost of one forward pass in place of T backward passes. The weights
    sum to one.

    Args:
        weight_learning_rate: how fast ``xi`` is learned.
        gamma: pull of the weights ``z`` back to where they started.
        p: ``(T,)`` preference on the simplex, None for ``1/T`` each: where ``z`` starts and is pulled to.

    Source: Liu, Feng, Stone & Liu 2023, equations 8-10 and algorithm 1.
    Deviations: ``xi`` is learned with Adam, as in the paper's code; the least possible losses count as 0. The preference is
    ours: ``z = softmax(xi + log p)``. A task without a label in the batch counts as unchanged.
    Cost: one forward pass more a step.
    """

    def __init__(self, weight_learning_rate: float = 0.025, gamma: float = 0.01, p: Sequence[float] | None = None) -> None:
        self._rate = weight_learning_rate
        self._gamma = gamma
        self._p = p

    def init(self, losses: Tensor) -> State:
        """``xi = 0``; no step has been taken."""
        zero = torch.zeros_like(losses)
        return {"xi": zero, "before": zero, "known": zero, **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """What the last step did moves ``xi``; then this step's weights."""
        losses = signals.losses.clamp(min=0) + SMALLEST
        anchor = preference(self._p, losses).log()
        xi, moments = state["xi"], {name: state[name] for name in descent.start(losses)}
        if signals.step > 0:
            after = probe_of(signals).revisited().clamp(min=0) + SMALLEST
            fell = state["before"].log() - after.log()
            fell = torch.where((state["known"] > 0) & fell.isfinite(), fell, 0.0)
            change, moments = descent.descend(slope(xi, anchor, fell, self._gamma), state, self._rate, fell.isfinite())
            xi = xi + change
        weights = torch.softmax(xi + anchor, dim=1) / losses
        new = {"xi": xi, "before": losses, "known": signals.observed.to(losses), **moments}
        return Update(weights / weights.sum(1, keepdim=True)), new


def slope(xi: Tensor, anchor: Tensor, fell: Tensor, gamma: float) -> Tensor:
    """The direction against which ``xi`` moves.

    Args:
        xi: ``(R, T)``.
        anchor: ``(T,)`` logarithm of the preference.
        fell: ``(R, T)`` how much each loss's logarithm fell.
        gamma: as in ``FAMO``.
    """
    z = torch.softmax(xi + anchor, dim=1)
    return z * (fell - (z * fell).sum(1, keepdim=True)) + gamma * xi
