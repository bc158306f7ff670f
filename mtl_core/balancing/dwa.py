"""Dynamic weight average: tasks whose loss falls slowly get more weight."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update


class DynamicWeightAverage:
    """``w_t = T softmax_t(r / temperature)`` with ``r_t = L_t(k - 1) / L_t(k - 2)``, the ratio of its mean losses in the last
    two windows of one pass over the train split each.

    The first two windows weigh all tasks 1; the weights always sum to T.

    Args:
        temperature: the higher, the more equal.

    Source: Liu, Johns & Davison 2019, equation 7.
    Deviations: the means are running sums in the state, so an interrupted run goes on where it stood; a task without any label
    in a window keeps its last mean, and one whose loss was 0 counts as unchanged.
    """

    def __init__(self, temperature: float = 2.0) -> None:
        self._temperature = temperature

    def init(self, losses: Tensor) -> State:
        """No window is full; a mean of 0 stands for "not known"."""
        zero = torch.zeros_like(losses)
        return {"total": zero, "count": zero, "last": zero, "before": zero}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of the windows that are full; then this step's losses join the present window."""
        total, count, last, before = (state[name] for name in ("total", "count", "last", "before"))
        if signals.step > 0 and signals.step % signals.epoch_steps == 0:
            last, before = torch.where(count > 0, total / count.clamp(min=1), last), last
            total, count = torch.zeros_like(total), torch.zeros_like(count)
        known = (before != 0) & (last != 0)
        # Beyond this a softmax has long put all weight on one task, and a larger ratio would overflow.
        ratio = torch.where(known, last / torch.where(known, before, 1.0), 1.0).clamp(-1e6, 1e6)
        weights = ratio.shape[1] * torch.softmax(ratio / self._temperature, dim=1)
        total = total + torch.where(signals.observed, signals.losses, 0.0)
        return Update(weights), {"total": total, "count": count + signals.observed, "last": last, "before": before}
