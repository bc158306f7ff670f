"""FORUM: bilevel weights without second derivatives, by keeping the weighted training loss near its least."""

import torch
from torch import Tensor

from mtl_core.balancing import descent
from mtl_core.balancing.explained import explained
from mtl_core.balancing.lookahead import through_softmax
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, jacobian_of, precise, probe_of, ridge
from mtl_core.balancing.solvers.cone import least_quadratic
from mtl_core.balancing.solvers.simplex import start


class FORUM:
    """``d = sum_t l_t f_t + nu grad q``, with ``f_t`` the unit task gradients on an outer batch and
    ``q = sum_t w_t (L_t(theta) - L_t(theta - eta sum_s w_s g_s))``, ``w = softmax(a)``, the room left in the weighted
    training loss.

    ``l`` on the simplex and ``nu >= 0`` give ``argmax_d min_t <f_t, d> - |d|^2 / 2`` over ``<grad q, d> >= phi |grad q|^2``;
    ``l`` is averaged over steps with share ``(k + 1)^(-3/4)``, and
    ``nu = max(0, sum_t l_t (phi - <grad q, f_t> / |grad q|^2))``. ``a`` descends along ``nu`` times the derivative of ``q``.
    The update is no weighted sum of this batch's gradients: the recorded weights are the least-squares ones, beside the share
    that they do not explain. The outer gradients count at length one, so the weight of a task whose gradient vanishes is large.

    Args:
        phi: how fast the room in the training loss must shrink.
        weight_learning_rate: how fast ``a`` is learned.

    Source: Ye, Lin, Cao, Zhang & Tsang 2024, equations 7-11 and algorithm 1, with one inner step.
    Deviations: on the trunk alone; heads keep their own task's gradient. The outer batch is an independent one of the train
    split, which leaves validation to selection. ``a`` has an Adam of its own. Tasks without a label in the outer batch are
    left out.
    Cost: T backward passes more a step, on the outer batch, and one forward pass.
    """

    def __init__(self, phi: float = 0.1, weight_learning_rate: float = 0.01) -> None:
        self._phi = phi
        self._rate = weight_learning_rate

    def init(self, losses: Tensor) -> State:
        """Equal weights."""
        return {"a": torch.zeros_like(losses), "shares": start(losses), **descent.start(losses)}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The direction of this step, and one step of descent on ``a``."""
        jacobian, probe, a = jacobian_of(signals), probe_of(signals), state["a"]
        weights = torch.softmax(a, dim=1)
        room = precise(signals.losses - probe.losses(weights))
        by_a = through_softmax(room.unsqueeze(1), precise(weights)).squeeze(1)
        inner = (weights.unsqueeze(1) @ jacobian).squeeze(1)  # (R, P): the derivative of q on the trunk
        outer = probe.gradients()
        length = torch.linalg.vector_norm(outer, dim=-1, keepdim=True)
        outer = outer / length.masked_fill(length <= 0, 1.0)
        square = precise(inner.square().sum(-1, keepdim=True)) + by_a.square().sum(-1, keepdim=True)
        products = precise((outer @ inner.unsqueeze(-1)).squeeze(-1))  # <grad q, f_t>
        fresh = _shares(precise(outer @ outer.mT), products, square, length.squeeze(-1) > 0, self._phi)
        kept = precise(state["shares"])
        shares = kept + (signals.step + 1) ** -0.75 * (fresh - kept)
        need = self._phi - products / square.masked_fill(square <= 0, 1.0)
        nu = (shares * need).sum(1, keepdim=True).clamp(min=0).masked_fill(square <= 0, 0.0)
        direction = (fit(shares, jacobian).unsqueeze(1) @ outer).squeeze(1) + fit(nu, jacobian) * inner
        change, moments = descent.descend(fit(nu * by_a, a), state, self._rate, torch.ones_like(signals.observed))
        recorded, unexplained = explained(jacobian, direction, signals.gramian)
        new = {"a": a + change, "shares": fit(shares, a), **moments}
        return Update(recorded, direction, unexplained), new


def _shares(gramian: Tensor, products: Tensor, square: Tensor, alive: Tensor, phi: float) -> Tensor:
    """``argmin 1/2 |sum_t l_t f_t + nu grad q|^2 - nu phi |grad q|^2`` over ``l`` on the simplex and ``nu >= 0``; returns
    ``l``.

    The sum of ``l`` is held at one by a penalty, and what it leaves is divided out.
    """
    size = square.masked_fill(square <= 0, 1.0).sqrt()
    whole = torch.cat([torch.cat([gramian, (products / size).unsqueeze(-1)], dim=-1),
                       torch.cat([products / size, torch.ones_like(size)], dim=-1).unsqueeze(1)], dim=1)  # fmt: skip
    linear = torch.cat([torch.zeros_like(products), -phi * size], dim=-1)
    penalty = 1e4 * (1 + phi * size)
    ones = torch.cat([torch.ones_like(products), torch.zeros_like(size)], dim=-1)
    whole = whole + penalty.unsqueeze(-1) * ones.unsqueeze(-1) * ones.unsqueeze(-2)
    allowed = torch.cat([alive.to(size.device), square > 0], dim=-1)
    found = least_quadratic(whole, linear - penalty * ones, allowed, ridge(gramian))[:, :-1]
    total = found.sum(-1, keepdim=True)
    return found / total.masked_fill(total <= 0, 1.0)
