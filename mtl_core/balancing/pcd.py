"""PCD: one task leads, and the others are promised a share of their progress."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise, ridge
from mtl_core.balancing.solvers.cone import least_quadratic
from mtl_core.errors import SpecError, shown

SMALLEST = 1e-8
"""Added to the averaged squared lengths before their root, as in the paper."""

BROKEN = 0.01
"""Promises that fall short by this share of the largest demand were impossible: the solver's own error is far smaller, unless
two gradients are opposed to within the rounding of the Gramian."""


class PCD:
    """``d = argmin 1/2 |d - h_1|^2`` over ``<h_j, d> >= tau |h_j|^2`` for ``j != 1``, brought to the length of ``g_1``; ``1``
    is the primary task and ``h_t = g_t / sqrt(v_t + 1e-8)``, ``v_t`` the running mean of ``|g_t|^2``, corrected for its start
    at zero.

    The update is the primary task's gradient as far as every other task still gains the share ``tau`` of what a step along its
    own gradient would give it. A zero primary gradient is no update; where the promises exclude each other the update is
    ``g_1``. The weights have no fixed sum.

    Args:
        primary: which task leads: its place in the list of tasks, from 1.
        tau: what the others are promised; 0 is no harm.
        beta: how much of the running means is kept at each step.

    Source: Priority-Constrained Descent, TMLR 2026 (arXiv 2606.29521), as implemented in torchjd 0.18.
    Deviations: where the primary task has no label in the batch, the shortest update that keeps the promises is taken, at the
    primary task's running length. A task without a label keeps its running mean and is promised nothing.
    Tolerance: that of ``least_quadratic``; a promise may fall short by ``numerics.ridge`` times its weight.
    """

    def __init__(self, primary: int | str = 1, tau: float = 0.02, beta: float = 0.999) -> None:
        self._primary = _place(primary)
        self._tau = tau
        self._beta = beta

    def init(self, losses: Tensor) -> State:
        """No gradient has been seen."""
        return {"mean_square": torch.zeros_like(losses), "seen": torch.zeros_like(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        g = precise(gramian)
        tasks = g.shape[-1]
        if self._primary > tasks:
            raise SpecError(f"primary must be the place of one of {tasks} tasks, from 1, found {self._primary}.")
        first = self._primary - 1
        square = g.diagonal(dim1=-2, dim2=-1)
        observed = signals.observed.to(g.device)
        seen = precise(state["seen"]) + observed
        before = precise(state["mean_square"])
        mean = torch.where(observed, torch.lerp(square, before, self._beta), before)
        begun = 1 - self._beta**seen
        scale = (mean / begun.masked_fill(begun <= 0, 1.0) + SMALLEST).rsqrt()  # (R, T)
        h = g * scale.unsqueeze(-1) * scale.unsqueeze(-2)
        weights = _nearest(h, self._tau, first, observed & (square > 0), ridge(gramian))
        length = (weights.unsqueeze(1) @ h @ weights.unsqueeze(-1)).squeeze(-1)  # (R, 1): |d|^2 before it is rescaled
        # What rounding leaves of a direction that vanishes has no length to divide by.
        size = (weights * h.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()).sum(1, keepdim=True).square()
        lost = length <= 10 * torch.finfo(gramian.dtype).eps * size
        own = square[:, first, None].sqrt() * length.masked_fill(lost, 1.0).rsqrt()
        usual = 1 / scale[:, first, None]
        factor = torch.where(observed[:, first, None], own.masked_fill(lost, 0.0), usual)
        new = {"mean_square": fit(mean, state["mean_square"]), "seen": fit(seen, state["seen"])}
        return Update(fit(weights * scale * factor, gramian)), new


def _nearest(h: Tensor, tau: float, first: int, alive: Tensor, least: float) -> Tensor:
    """``(R, T)`` weights on ``h_t`` of the nearest direction to the primary one that keeps the promises; the primary one where
    none does.

    In the dual the multipliers ``x >= 0`` minimise ``1/2 x^T H x + <H_1 - tau diag(H), x>`` over the other tasks.
    """
    short = tau * h.diagonal(dim1=-2, dim2=-1) - h[:, first]  # how far the primary direction is below each promise
    others = alive.clone()
    others[:, first] = False
    short = short.masked_fill(~others, 0.0)
    x = least_quadratic(h, -short, others, least)
    norms = h.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
    norms = norms.masked_fill(norms <= 0, 1.0)
    demand = short / norms
    gap = demand - (h @ x.unsqueeze(-1)).squeeze(-1) / norms
    largest = demand.abs().amax(1, keepdim=True)
    impossible = (gap.masked_fill(~others, -torch.inf) > BROKEN * largest).any(1, keepdim=True)
    found = x.masked_fill(impossible, 0.0)
    found[:, first] = alive[:, first].to(found)
    return found


def _place(primary: int | str) -> int:
    if isinstance(primary, str):  # a study alone knows names, and has turned them into places
        raise SpecError(f"primary must be a task's place, from 1, where tasks have no names, found {shown(primary)}.")
    return primary
