"""GradVac: gradients are turned towards each other until their cosine is what it has been on average."""

import torch

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.balancing.numerics import cosines, fit, gramian_of, precise

PARALLEL = 1 - 1e-6
"""Remembered cosines count as no closer to one than this: towards a parallel gradient no finite step leads."""


class GradVac:
    """Like PCGrad, with a remembered cosine for every pair in place of zero: for every other task j in random order, if
    ``phi = cos(g_i', g_j)`` is below the remembered ``psi_ij``, add ``a g_j`` with
    ``a = |g_i'| (psi sqrt(1 - phi^2) - phi sqrt(1 - psi^2)) / (|g_j| sqrt(1 - psi^2))``, after which their cosine is ``psi``.

    Whether or not the pair was turned, ``psi_ij`` moves by ``beta (phi - psi_ij)``. It starts at 0, as PCGrad. The sum of the
    weights is T without any turn and more with one.

    Args:
        beta: how fast the remembered cosines follow.

    Source: Wang, Tsvetkov, Firat & Cao 2021, equations 3-4 and algorithm 1.
    Deviations: one cosine a pair for the whole trunk. A zero gradient, such as that of a task without a label in the batch,
    turns nothing, is turned by nothing, and leaves its pairs' cosines as they are.
    Cost: T rank-one updates of a T x T matrix.
    """

    def __init__(self, beta: float = 0.01) -> None:
        self._beta = beta

    def init(self, losses: torch.Tensor) -> State:
        """All remembered cosines zero."""
        return {"cosines": losses.new_zeros(*losses.shape, losses.shape[1])}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step, and the cosines as they moved."""
        gramian = gramian_of(signals)
        tasks = gramian.shape[-1]
        c, norms, alive = cosines(precise(gramian))
        target = precise(state["cosines"])
        order = signals.streams.permutations(tasks, tasks).to(c.device)
        eye = torch.eye(tasks, dtype=torch.bool, device=c.device)
        meets = alive.unsqueeze(-1) & alive.unsqueeze(-2) & ~eye
        # On unit gradients: row i of `mix` holds what g_i' / |g_i| is made of, row i of `inner` its products with all.
        mix, inner, seen = eye.to(c).expand_as(c), c, target
        for place in range(tasks):
            other = order[:, :, place, None]  # (R, T, 1): whom each task meets now
            length = (mix * inner).sum(-1, keepdim=True).clamp(min=0).sqrt()
            phi = (inner.gather(-1, other) / torch.where(length > 0, length, 1.0)).clamp(-1, 1)
            psi = target.gather(-1, other)
            bounded = psi.clamp(-PARALLEL, PARALLEL)
            sine = (1 - bounded.square()).sqrt()
            added = length * (bounded * (1 - phi.square()).sqrt() - phi * sine) / sine
            pair = meets.expand_as(c).gather(-1, other)
            added = torch.where(pair & (phi < bounded), added, 0.0)
            mix = mix.scatter_add(-1, other, added)
            inner = inner + added * c.gather(-2, other.expand(c.shape))
            moved = torch.where(pair, psi + self._beta * (phi - psi), psi)
            seen = seen.scatter(-1, other, moved)
        weights = torch.where(alive, (norms.unsqueeze(-1) * mix).sum(-2) / norms, 1.0)
        return Update(fit(weights, gramian)), {"cosines": seen.to(state["cosines"])}
