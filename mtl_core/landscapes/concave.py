"""A front that bulges the wrong way: no fixed weights reach its middle."""

import math

import torch
from torch import Tensor

from mtl_core.landscapes.problem import Problem


class ConcaveFront(Problem):
    """``L1 = 1 - exp(-sum_i (x_i - 1/sqrt n)^2)``, ``L2 = 1 - exp(-sum_i (x_i + 1/sqrt n)^2)``.

    The Pareto set is the line between the two minima, ``x_i = a / sqrt n`` for all i with a in [-1, 1]. Both losses depend on
    two numbers only, the place ``a`` along that line and the distance ``r`` from it; pictures show these.

    Args:
        dimensions: n.
        scale: what ``L1`` is multiplied by.

    Source: Lin, Zhen, Li, Zhang & Kwong 2019 (NeurIPS, "Pareto multi-task learning"), section 5.1, after
    Fonseca & Fleming 1995.
    """

    def __init__(self, dimensions: int = 20, scale: float = 1.0) -> None:
        super().__init__(dimensions, scale)

    def unscaled(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` at scale 1."""
        corner = x.new_tensor((1.0, -1.0)) / math.sqrt(self.dimensions)
        return -torch.expm1(-((x.unsqueeze(-1) - corner) ** 2).sum(-2))

    def pareto_set(self, points: int) -> Tensor:
        """``(points, n)``: from the first task's minimum to the second's."""
        along = torch.linspace(1, -1, points, dtype=torch.float64)
        return self._line(along)

    def distance_to_front(self, x: Tensor) -> Tensor:
        """The distance to the line between the minima."""
        along = x.sum(-1) / math.sqrt(self.dimensions)
        distance: Tensor = torch.linalg.vector_norm(x - self._line(along.clamp(-1, 1)), dim=-1)
        return distance

    def view(self, x: Tensor) -> Tensor:
        """``(..., 2)``: the place along the line between the minima, and the distance from it."""
        along = x.sum(-1) / math.sqrt(self.dimensions)
        return torch.stack((along, torch.linalg.vector_norm(x - self._line(along), dim=-1)), -1)

    def view_of_step(self, x: Tensor, step: Tensor) -> Tensor:
        """``(..., 2)``: the parts of a step along that line and away from it."""
        along = step.sum(-1) / math.sqrt(self.dimensions)
        off = x - self._line(x.sum(-1) / math.sqrt(self.dimensions))
        away = off / torch.linalg.vector_norm(off, dim=-1, keepdim=True).clamp(min=1e-12)
        return torch.stack((along, (step * away).sum(-1)), -1)

    def place(self, plane: Tensor) -> Tensor:
        """``(..., n)``: the point with that place along the line and that distance from it, in one fixed direction."""
        signs = torch.ones(self.dimensions, dtype=plane.dtype, device=plane.device)
        signs[1::2] = -1
        if self.dimensions % 2:
            signs[-1] = 0
        return self._line(plane[..., 0]) + plane[..., 1:] * signs / signs.abs().sum().sqrt().clamp(min=1)

    def _line(self, along: Tensor) -> Tensor:
        return (along / math.sqrt(self.dimensions)).unsqueeze(-1).expand(*along.shape, self.dimensions)
