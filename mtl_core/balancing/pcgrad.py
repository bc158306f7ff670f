"""PCGrad: each task's gradient is projected off those that it conflicts with."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import cosines, fit, gramian_of, precise
from mtl_core.random import Streams


class PCGrad(Stateless):
    """``d = sum_i g_i'``, where ``g_i'`` starts as ``g_i`` and, for every other task j in random order, loses its part
    along ``g_j`` if ``<g_i', g_j> < 0``.

    Every projected gradient is a combination of the task gradients, so all happens on the Gramian. The sum of the weights is
    T without conflict and more with it.

    Source: Yu, Kumar, Gupta, Levine, Hausman & Finn 2020, algorithm 1.
    Deviations: none; the order is drawn anew for every task, run and step, a zero gradient projects nothing, and a task
    without a label in the batch (whose gradient is zero) keeps weight 1.
    Cost: T rank-one updates of a T x T matrix; with two tasks no order matters and it is a handful of operations.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        weights = _two(precise(gramian)) if gramian.shape[-1] == 2 else surgery(precise(gramian), signals.streams)
        return Update(fit(weights, gramian)), state


def _two(gramian: Tensor) -> Tensor:
    squares = gramian.diagonal(dim1=-2, dim2=-1)
    conflict = gramian[:, 0, 1, None].clamp(max=0)
    return 1 - torch.where(squares > 0, conflict / squares, 0.0)


def surgery(gramian: Tensor, streams: Streams) -> Tensor:
    """The sum of all projected gradients as weights ``(R, T)``, orders drawn from the streams; ``gramian`` in float64."""
    runs, tasks, _ = gramian.shape
    c, norms, alive = cosines(gramian)
    order = streams.permutations(tasks, tasks).to(c.device)
    # On unit gradients: row i of `mix` holds what g_i' / |g_i| is made of, row i of `inner` its products with all.
    eye = torch.eye(tasks, dtype=c.dtype, device=c.device).expand_as(c)
    mix, inner = eye.clone(), c.clone()
    for place in range(tasks):
        other = order[:, :, place, None]  # (R, T, 1): whom each task meets now
        removed = inner.gather(-1, other).clamp(max=0)
        removed = torch.where(eye.gather(-1, other) > 0, 0.0, removed)
        mix = mix.scatter_add(-1, other, -removed)
        inner = inner - removed * c.gather(-2, other.expand(runs, tasks, tasks))
    return torch.where(alive, (norms.unsqueeze(-1) * mix).sum(-2) / norms, 1.0)
