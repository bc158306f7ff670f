"""What every landscape has in common: two losses of a few free parameters, exact gradients, and a Pareto set that is known."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

TASKS = 2


class Problem(ABC):
    """Two losses of ``n`` free parameters, without data.

    Args:
        dimensions: n.
        scale: what the first loss is multiplied by; it moves no minimum and no Pareto set, but every method's path.
    """

    least: tuple[float, float] = (0.0, 0.0)
    """What the losses at scale 1 never fall below (but for rounding); a problem with negative losses has to say."""

    def __init__(self, dimensions: int, scale: float = 1.0) -> None:
        self.dimensions, self.scale = dimensions, scale

    @abstractmethod
    def unscaled(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` of points ``(..., n)`` at scale 1."""

    @abstractmethod
    def pareto_set(self, points: int) -> Tensor:
        """``(points, n)`` float64: points of the Pareto set from the first task's end to the second's."""

    @abstractmethod
    def distance_to_front(self, x: Tensor) -> Tensor:
        """``(...)``: the distance of points ``(..., n)`` to the nearest point of the Pareto set, in parameter space."""

    def losses(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` of points ``(..., n)``."""
        values = self.unscaled(x)
        return values if self.scale == 1 else values * values.new_tensor((self.scale, 1.0))

    def excess(self, losses: Tensor) -> Tensor:
        """How far losses ``(..., 2)`` are above the least they can be."""
        return losses - losses.new_tensor((self.scale * self.least[0], self.least[1]))

    def gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The losses ``(R, 2)`` and both tasks' exact gradients ``(R, 2, n)`` at points ``(R, n)``.

        One backward pass serves both tasks: each has its own copy of the points.
        """
        copies = x.detach().expand(TASKS, *x.shape).clone().requires_grad_()
        with torch.enable_grad():
            losses = self.losses(copies).diagonal(dim1=0, dim2=2)  # (T, R, T) -> (R, T)
            (grads,) = torch.autograd.grad(losses.sum(), copies)
        return losses.detach(), grads.transpose(0, 1).contiguous()

    def view(self, x: Tensor) -> Tensor:
        """``(..., 2)``: where points ``(..., n)`` stand in a picture of the plane; linear in no more than two dimensions."""
        return x

    def view_of_step(self, x: Tensor, step: Tensor) -> Tensor:  # noqa: ARG002 - a flat plane is the same everywhere
        """``(..., 2)``: how steps ``(..., n)`` taken at points ``(..., n)`` look in that picture."""
        return step

    def place(self, plane: Tensor) -> Tensor:
        """``(..., n)``: a point that stands at ``(..., 2)`` in the picture."""
        return plane


def nearest_on_curve(curve: Callable[[Tensor], Tensor], x: Tensor, low: float, high: float, grid: int = 65) -> Tensor:
    """The distance ``(...)`` of points ``(..., n)`` to a smooth curve, exact up to rounding.

    The best of ``grid`` points of the curve brackets the nearest one, and golden sections close in on it.

    Args:
        curve: from parameters ``(...)`` to points ``(..., n)``.
        low, high: the ends of the parameter.
        grid: fine enough that the distance has one minimum between neighbours.
    """
    flat = x.reshape(-1, x.shape[-1])
    places = torch.linspace(low, high, grid, dtype=x.dtype, device=x.device)
    best = places[torch.cdist(flat, curve(places)).argmin(1)]
    width = (high - low) / (grid - 1)
    left, right = (best - width).clamp(min=low), (best + width).clamp(max=high)
    ratio = (5**0.5 - 1) / 2
    for _ in range(50):  # 0.618^50: 4e-11 of the bracket
        inner, outer = right - ratio * (right - left), left + ratio * (right - left)
        closer = _distance(curve, inner, flat) < _distance(curve, outer, flat)
        left, right = torch.where(closer, left, inner), torch.where(closer, outer, right)
    ends = torch.stack([_distance(curve, torch.full_like(best, end), flat) for end in (low, high)])
    return torch.minimum(_distance(curve, (left + right) / 2, flat), ends.amin(0)).reshape(x.shape[:-1])


def _distance(curve: Callable[[Tensor], Tensor], places: Tensor, x: Tensor) -> Tensor:
    distance: Tensor = torch.linalg.vector_norm(curve(places) - x, dim=-1)
    return distance
