"""The valley in which the mean loss gets stuck, and the older one in which PCGrad does not."""

import math

import torch
from torch import Tensor

from mtl_core.landscapes.problem import Problem, nearest_on_curve

FLOOR = 5e-6
"""What the logarithms' arguments are kept above."""

_NEWTON = 4


class Valley(Problem):
    """The two-parameter valley of the CAGrad, Nash-MTL and FAMO papers::

        f1 = log(max(|0.5(-x1-7) - tanh(-x2)|, 5e-6)) + 6      f2 = log(max(|0.5(-x1+3) + tanh(-x2) + 2|, 5e-6)) + 6
        s1 = ((-x1+7)^2 + 0.1(-x2-8)^2)/10 - 20                s2 = ((-x1-7)^2 + 0.1(-x2-8)^2)/10 - 20
        c1 = max(tanh(0.5 x2), 0)                              c2 = max(tanh(-0.5 x2), 0)
        L1 = scale (f1 c1 + s1 c2)                             L2 = f2 c1 + s2 c2

    Args:
        scale: what ``L1`` is multiplied by: 1 in the CAGrad paper, 0.1 in the others.

    Source: Liu, Liu, Jin, Stone & Liu 2021 (NeurIPS), appendix; the scale is from Navon et al. 2022 (ICML).
    Deviations: the papers draw the Pareto set as the line ``x2 = -8.3552``, which is exact at ``x1 = 0`` only; here it is the
    curve on which the two gradients oppose each other, up to 0.08 lower at its ends.
    """

    least = (-20.0, -20.0)

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(2, scale)

    def unscaled(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` at scale 1."""
        turn = x.new_tensor((1.0, -1.0))  # (T,): the tasks mirror each other
        half = x.new_tensor((-3.5, 3.5))
        first, second = x[..., :1], x[..., 1:]
        logs = (half - 0.5 * first + turn * torch.tanh(second)).abs().clamp(min=FLOOR).log() + 6
        bowls = ((first - 7 * turn) ** 2 + 0.1 * (second + 8) ** 2) / 10 - 20
        gate = torch.tanh(0.5 * second)
        return logs * gate.clamp(min=0) + bowls * (-gate).clamp(min=0)

    def pareto_set(self, points: int) -> Tensor:
        """``(points, 2)``: from ``x1 = 7``, where the first task is best, to ``x1 = -7``."""
        return _floor_of_the_valley(torch.linspace(7, -7, points, dtype=torch.float64))

    def distance_to_front(self, x: Tensor) -> Tensor:
        """The distance to the nearest point of the curve."""
        return nearest_on_curve(_floor_of_the_valley, x, -7, 7)


def _floor_of_the_valley(x1: Tensor) -> Tensor:
    """The points ``(..., 2)`` of the Pareto set over ``x1`` in [-7, 7].

    Both losses are ``s_t tanh(-x2 / 2)`` there. The weights that cancel the gradients along ``x1`` are ``(7 +- x1) / 14``, and
    along ``x2`` they leave ``0.02 (x2 + 8) tanh(-x2 / 2) = s / (2 cosh^2(x2 / 2))`` with the mean ``s`` of the bowls.
    """
    level = (49 - x1**2) / 10 - 20
    x2 = -8.3551 - 0.0794 * (x1 / 7) ** 2  # off by less than 0.01 already
    for _ in range(_NEWTON):
        wall, gate = torch.cosh(x2 / 2) ** -2, torch.tanh(-x2 / 2)
        bowl = level + 0.01 * (x2 + 8) ** 2
        excess = 0.02 * (x2 + 8) * gate - 0.5 * wall * bowl
        slope = 0.02 * gate - 0.02 * (x2 + 8) * wall - 0.5 * wall * gate * bowl
        x2 = x2 - excess / slope
    return torch.stack((x1, x2), -1)


class PCGradValley(Problem):
    """The valley of the PCGrad paper: ``L1 = 20 log(max(|.5 a + tanh b|, 5e-6))`` and
    ``L2 = 25 log(max(|.5 a - tanh b + 2|, 5e-6))``.

    Both losses are least where ``a = -2`` and ``tanh b`` is within 5e-6 of 1: no trade-off, only a way that is hard to go.

    Args:
        scale: what ``L1`` is multiplied by.

    Source: Yu, Kumar, Gupta, Levine, Hausman & Finn 2020 (NeurIPS), figure 1 and appendix D.
    Deviations: the Pareto set is taken as the half-line ``a = -2``; in truth it is a strip of width below 2e-5 around it.
    """

    least = (20 * math.log(FLOOR), 25 * math.log(FLOOR))

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(2, scale)

    def unscaled(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` at scale 1."""
        turn, offset = x.new_tensor((1.0, -1.0)), x.new_tensor((0.0, 2.0))
        gap = (0.5 * x[..., :1] + turn * torch.tanh(x[..., 1:]) + offset).abs().clamp(min=FLOOR)
        return x.new_tensor((20.0, 25.0)) * gap.log()

    def pareto_set(self, points: int) -> Tensor:
        """``(points, 2)``: the beginning of the half-line, from which on both losses are least."""
        b = torch.linspace(_FLAT, _FLAT + 4, points, dtype=torch.float64)
        return torch.stack((torch.full_like(b, -2), b), -1)

    def distance_to_front(self, x: Tensor) -> Tensor:
        """The distance to the half-line."""
        return torch.hypot(x[..., 0] + 2, (_FLAT - x[..., 1]).clamp(min=0))


_FLAT = math.atanh(1 - FLOOR)
"""From this ``b`` on ``tanh b`` is within the floor of 1."""
