"""UPGrad: every gradient is projected on the directions that hurt no task, and the projections are averaged."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise
from mtl_core.balancing.preference import preference
from mtl_core.balancing.solvers.dual_cone import project


class UPGrad(Stateless):
    """``w = sum_t p_t argmin_{v >= e_t} v^T G v``.

    No task loses, and each task's influence grows in proportion to its gradient. Without conflict the weights are ``p``;
    with conflict more.

    Args:
        p: ``(T,)`` preference on the simplex, None for ``1/T`` each.

    Source: Quinton & Rey 2024, section 3 and proposition 1.
    Deviations: no regularisation beyond rounding. A zero gradient, such as that of a task without a label in the batch,
    constrains nothing and keeps weight ``p_t``.
    Cost: T cone projections; with two tasks a closed form.
    """

    def __init__(self, p: Sequence[float] | None = None) -> None:
        self._p = p

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(fit(_mean_projection(gramian, preference(self._p, precise(gramian))), gramian)), state


def _mean_projection(gramian: Tensor, p: Tensor) -> Tensor:
    each = torch.diag_embed(torch.ones_like(precise(gramian)[..., 0]))  # (R, T, T): one unit vector a task
    return p @ project(gramian, each)  # (T,) @ (R, T, T) -> (R, T)
