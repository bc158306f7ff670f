"""MoCo: the common descent direction of gradients that are averaged over steps."""

import torch

from mtl_core.balancing.explained import explained
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, jacobian_of, precise
from mtl_core.balancing.solvers.simplex import descend, start


class MoCo:
    """Tracked gradients ``y_t <- y_t + beta (g_t - y_t)``, weights ``l <- proj(l - gamma (Y Y^T / s + rho) l)`` on the simplex,
    update ``d = Y^T l``; ``s`` is the mean of the tracked gradients' squared lengths.

    A batch's gradients are noisy, and weights made from them are biased; the average of many is less so. The update is no
    weighted sum of this batch's gradients: the recorded weights are the least-squares ones, beside the share that they do not
    explain.

    Args:
        beta: how fast the tracked gradients follow; 1 forgets at once.
        gamma: how fast the weights move.
        rho: pull towards equal weights.

    Source: Fernando, Shen, Liu, Chaudhury, Murugesan & Chen 2023, equations 7-9 and algorithm 1.
    Deviations: the tracked gradients start at the first ones, and are updated before they are used; ``beta`` and ``gamma`` do
    not decay; the weights' step is relative to the gradients' lengths (``s``), where the paper's has their unit. A task without
    a label in the batch keeps its tracked gradient.
    Cost: memory for T gradients a run.
    """

    def __init__(self, beta: float = 0.5, gamma: float = 0.1, rho: float = 0.0) -> None:
        self._beta = beta
        self._gamma = gamma
        self._rho = rho

    def init(self, losses: torch.Tensor) -> State:
        """Equal weights; ``tracked`` gets the trunk's size from the first gradients."""
        return {"tracked": losses.new_zeros(*losses.shape, 1), "seen": torch.zeros_like(losses), "simplex": start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The tracked direction of this step."""
        jacobian = jacobian_of(signals)
        tracked, seen = track(jacobian, state["tracked"], state["seen"], signals.observed, self._beta)
        gramian = precise(tracked @ tracked.mT)
        simplex = descend(precise(state["simplex"]), gramian, gramian, self._gamma, self._rho)
        direction = (fit(simplex, jacobian).unsqueeze(1) @ tracked).squeeze(1)  # (R, 1, T) @ (R, T, P) -> (R, P)
        weights, unexplained = explained(jacobian, direction, signals.gramian)
        new = {"tracked": tracked, "seen": seen, "simplex": simplex.to(state["simplex"])}
        return Update(weights, direction, unexplained), new


def track(
    gradients: torch.Tensor, tracked: torch.Tensor, seen: torch.Tensor, observed: torch.Tensor, share: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The running averages of task gradients, each starting at its task's first.

    Args:
        gradients: ``(R, T, P)``.
        tracked: ``(R, T, P)``, or ``(R, T, 1)`` zeros before the first step.
        seen: ``(R, T)`` 1 where a task's average has begun.
        observed: ``(R, T)`` bool, False for averages that stay.
        share: of the new gradient.

    Returns:
        The new averages and which have begun.
    """
    moved = (1 + (share - 1) * (seen > 0).to(gradients)) * observed
    return torch.lerp(tracked, gradients, moved.unsqueeze(-1)), torch.maximum(seen, observed.to(seen))
