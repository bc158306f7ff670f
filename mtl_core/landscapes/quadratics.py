"""Two bowls, whose Pareto set has a formula."""

from typing import Any

import torch
from torch import Tensor

from mtl_core.errors import SpecError, shown
from mtl_core.landscapes.problem import TASKS, Problem, nearest_on_curve

MATRICES = (((1.0, 0.0), (0.0, 4.0)), ((3.0, 1.0), (1.0, 1.0)))
OPTIMA = ((2.0, 1.0), (-2.0, -1.0))


class Quadratics(Problem):
    """``L_t = 1/2 (x - u_t)^T A_t (x - u_t)``. The Pareto set is ``{(sum_t w_t A_t)^-1 sum_t w_t A_t u_t : w on the simplex}``.

    Args:
        matrices: ``(2, n, n)`` symmetric and positive definite.
        optima: ``(2, n)`` where each loss is zero.
        scale: what ``L1`` is multiplied by.

    Raises:
        SpecError: shapes that do not fit, or a matrix that is not symmetric and positive definite.
    """

    def __init__(self, matrices: Any = MATRICES, optima: Any = OPTIMA, scale: float = 1.0) -> None:
        self._matrices = torch.as_tensor(matrices, dtype=torch.float64)
        self._optima = torch.as_tensor(optima, dtype=torch.float64)
        size = self._optima.shape[-1]
        if self._matrices.shape != (TASKS, size, size) or self._optima.shape != (TASKS, size):
            raise SpecError(
                f"matrices must have shape (2, n, n) and optima (2, n), found {tuple(self._matrices.shape)} and "
                f"{tuple(self._optima.shape)}."
            )
        symmetric = torch.equal(self._matrices, self._matrices.mT)
        if not symmetric or not bool((torch.linalg.eigvalsh(self._matrices) > 0).all()):
            raise SpecError(f"matrices must be symmetric and positive definite, found {shown(self._matrices.tolist())}.")
        super().__init__(size, scale)
        # A basis S in which both matrices are diagonal, S^T A_1 S = D and S^T A_2 S = 1: there an optimum is a few products.
        root = torch.linalg.inv(torch.linalg.cholesky(self._matrices[1]))
        self._ratio, turn = torch.linalg.eigh(root @ self._matrices[0] @ root.mT)
        self._basis = root.mT @ turn
        self._ends = torch.linalg.solve(self._basis, self._optima.mT).mT  # (2, n): the optima in that basis

    def unscaled(self, x: Tensor) -> Tensor:
        """The losses ``(..., 2)`` at scale 1."""
        off = x.unsqueeze(-2) - self._optima.to(x)  # (..., T, n)
        return 0.5 * torch.einsum("...ti,tij,...tj->...t", off, self._matrices.to(x), off)

    def pareto_set(self, points: int) -> Tensor:
        """``(points, n)``: from the first task's optimum to the second's."""
        return self.optimum(torch.linspace(1, 0, points, dtype=torch.float64))

    def optimum(self, first: Tensor) -> Tensor:
        """``(..., n)``: where the mean at scale 1 with weight ``first`` ``(...)`` on the first task is least."""
        one, two = first.unsqueeze(-1) * self._ratio.to(first), (1 - first).unsqueeze(-1)
        place = (one * self._ends[0].to(first) + two * self._ends[1].to(first)) / (one + two)
        points: Tensor = place @ self._basis.mT.to(first)
        return points

    def distance_to_front(self, x: Tensor) -> Tensor:
        """The distance to the nearest point of the curve of optima."""
        return nearest_on_curve(self.optimum, x, 0, 1)
