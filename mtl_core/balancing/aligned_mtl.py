"""Aligned-MTL: the gradients are made orthogonal and equally long, with the least change."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise
from mtl_core.balancing.solvers.spectrum import spectrum


class AlignedMTL(Stateless):
    """``w = s V L^(-1/2) V^T p`` with ``G = V L V^T`` over its non-zero eigenvalues, ``p = 1/T`` and ``s`` from the scale.

    All principal components of the gradients are brought to length ``s``, so none dominates and none conflicts. The weights
    have no fixed sum.

    Args:
        scale: ``min`` takes the least singular value of the Jacobian for ``s`` (the paper's choice), ``median`` the lower
            median, ``rmse`` the root of the mean eigenvalue.

    Source: Senushkin, Patakin, Kuznetsov & Konushin 2023, algorithm 1; the other scales are from its code.
    Deviations: none; ``p`` is the mean, so that orthogonal equal gradients give ``1/T``, where other code uses 1. With no
    gradient at all the weights are ``1/T``.
    """

    def __init__(self, scale: str = "min") -> None:
        self._scale = scale

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        g = precise(gramian)
        largest = g.diagonal(dim1=-2, dim2=-1).amax(-1, keepdim=True)
        g = g / torch.where(largest > 0, largest, 1.0).unsqueeze(-1)
        values, vectors, counted = spectrum(g, torch.finfo(gramian.dtype).eps)
        stretch = torch.where(counted, (self._level(values, counted) / torch.where(counted, values, 1.0)).sqrt(), 0.0)
        mean = 1 / g.shape[-1]
        along = vectors.sum(-2) * mean  # V^T p
        weights = (vectors @ (stretch * along).unsqueeze(-1)).squeeze(-1)
        blank = ~counted.any(-1, keepdim=True)
        return Update(fit(torch.where(blank, mean + 0 * g[..., 0], weights), gramian)), state

    def _level(self, values: Tensor, counted: Tensor) -> Tensor:
        rank = counted.sum(-1, keepdim=True)
        if self._scale == "rmse":
            return torch.where(counted, values, 0.0).sum(-1, keepdim=True) / rank.clamp(min=1)
        # Ascending: the counted eigenvalues are the last `rank` ones.
        first = values.shape[-1] - rank
        place = first if self._scale == "min" else first + (rank - 1).clamp(min=0) // 2
        return values.gather(-1, place.clamp(max=values.shape[-1] - 1)).clamp(min=0)
