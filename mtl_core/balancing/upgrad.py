"""UPGrad: every gradient is projected on the directions that hurt no task, and the projections are averaged."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise
from mtl_core.balancing.solvers.dual_cone import project


class UPGrad(Stateless):
    """``w = 1/T sum_t argmin_{v >= e_t} v^T G v``.

    No task loses, and each task's influence grows in proportion to its gradient. Without conflict the weights are ``1/T``;
    with conflict more.

    Source: Quinton & Rey 2024, section 3 and proposition 1.
    Deviations: no regularisation beyond rounding. A zero gradient, such as that of a task without a label in the batch,
    constrains nothing and keeps weight ``1/T``.
    Cost: T cone projections; with two tasks a closed form.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(fit(_mean_projection(gramian), gramian)), state


def _mean_projection(gramian: Tensor) -> Tensor:
    each = torch.diag_embed(torch.ones_like(precise(gramian)[..., 0]))  # (R, T, T): one unit vector a task
    return project(gramian, each).mean(1)
