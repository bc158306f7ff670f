"""GradDrop: at every coordinate only gradients of one sign pass."""

import torch
from torch import Tensor

from mtl_core.balancing.explained import explained
from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import jacobian_of


class GradDrop(Stateless):
    """``d = sum_t (leak + (1 - leak) M_t) g_t``, with masks ``M_t = [P > U][g_t > 0] + [P < U][g_t < 0]`` drawn at every
    coordinate from the purity ``P = 1/2 (1 + sum_t g_t / sum_t |g_t|)`` and a uniform ``U``.

    Where all tasks agree in sign everything passes; where they disagree one sign is drawn, more likely the stronger one.
    The update is no weighted sum of task gradients: the recorded weights are the least-squares ones, beside the share that
    they do not explain. Without conflict they are 1 each.

    Args:
        leak: share of each gradient that passes unmasked; 0 masks fully, 1 is the plain sum.

    Source: Chen, Ngiam, Huang, Luong, Kretzschmar, Chai & Anguelov 2020, equations 1-2 and algorithm 1, ``f`` the identity.
    Deviations: masks the gradients of the trunk's parameters, not those of an activation, so nothing is summed over the
    batch; one leak for all tasks. A task without a label in the batch has a zero gradient and takes no part.
    Cost: one random number a run and trunk parameter.
    """

    def __init__(self, leak: float = 0.0) -> None:
        self._leak = leak

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The update of this step, its least-squares weights and what they leave unexplained."""
        jacobian = jacobian_of(signals)
        chance = signals.streams.uniform(jacobian.shape[-1], dtype=jacobian.dtype)
        direction = masked(jacobian, chance, self._leak)
        weights, unexplained = explained(jacobian, direction, signals.gramian)
        return Update(weights, direction, unexplained), state


def masked(jacobian: Tensor, chance: Tensor, leak: float) -> Tensor:
    """The masked sum ``(R, P)`` of ``(R, T, P)`` gradients for the drawn ``U`` ``(R, P)``."""
    positive, negative = jacobian.clamp(min=0).sum(1), jacobian.clamp(max=0).sum(1)
    # P > U without a division: P = positive / (positive + |negative|), and a column of zeros stays zero whatever is drawn.
    # A lerp by 0 or 1 is exact, and takes a fifth of the time of a `where` whose condition is drawn.
    kept = torch.lerp(negative, positive, (positive > chance * (positive - negative)).to(jacobian))
    return kept if leak == 0 else leak * (positive + negative) + (1 - leak) * kept
