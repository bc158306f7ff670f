"""PBI: down along the preferred ray, and back to it from the side."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.balancing.ideal import AboveIdeal
from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import fit, precise
from mtl_core.balancing.preference import preference


class PBI(AboveIdeal):
    """``min d_1 + theta d_2`` with ``d_1 = <L - z, u>``, ``u = p / |p|``, and ``d_2 = |L - z - d_1 u|``: the effective weights
    are ``u + theta (L - z - d_1 u) / d_2``.

    Losses are brought to the ray ``L - z`` along ``p`` and down it: a task with a larger ``p_t`` may keep a larger loss. A
    task that is below the ray has a smaller weight, which may be negative: it is unlearned until the others have caught up.
    Reaches points of concave fronts. The weights have no fixed sum and length ``sqrt(1 + theta^2)`` off the ray.

    Args:
        theta: how much the distance from the ray counts.
        ideal: what a loss is measured from, ``z``: ``zero``, or the ``least`` loss that the run has seen so far.
        p: ``(T,)`` direction of the ray, on the simplex, None for ``1/T`` each.

    Source: Zhang & Li 2007 (MOEA/D), section II-C.
    Deviations: on the ray, where ``d_2`` has no derivative, its part is zero. With ``least`` the ideal point is only known as
    training shows it. A task without a label in the batch counts with its last loss.
    """

    def __init__(self, theta: float = 5.0, ideal: str = "zero", p: Sequence[float] | None = None) -> None:
        super().__init__(ideal)
        self._theta = theta
        self._p = p

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        height, state = self.above(signals, state)
        f = precise(height)
        p = preference(self._p, f)
        ray = p / torch.linalg.vector_norm(p)
        aside = f - (f @ ray).unsqueeze(1) * ray
        return Update(fit(ray + self._theta * _unit(aside, f, height), height)), state


def _unit(aside: Tensor, f: Tensor, losses: Tensor) -> Tensor:
    """The unit vector along ``aside``, zero where it is no longer than the rounding of the losses."""
    length = torch.linalg.vector_norm(aside, dim=1, keepdim=True)
    on_the_ray = length <= torch.finfo(losses.dtype).eps * torch.linalg.vector_norm(f, dim=1, keepdim=True)
    unit: Tensor = aside.masked_fill(on_the_ray, 0.0) / length.masked_fill(on_the_ray, 1.0)
    return unit
