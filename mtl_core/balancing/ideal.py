"""What a loss is measured from: zero, or the ideal point, as far as training has shown it."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State


class AboveIdeal:
    """The half that methods share which measure losses from an ideal point ``z``.

    Args:
        ideal: ``zero``, or the ``least`` loss that the run has seen so far.
    """

    def __init__(self, ideal: str) -> None:
        self._least = ideal == "least"

    def init(self, losses: Tensor) -> State:
        """No loss has been seen."""
        return {"least": losses.new_full(losses.shape, torch.finfo(losses.dtype).max)} if self._least else {}

    def above(self, signals: Signals, state: State) -> tuple[Tensor, State]:
        """``(R, T)`` how far each loss is above the ideal point, and the state that knows this step's losses."""
        if not self._least:
            return signals.losses, state
        least = torch.where(signals.observed, torch.minimum(state["least"], signals.losses), state["least"])
        # A task that no batch has shown yet has no least loss, and none above it.
        return (signals.losses - least).clamp(min=0), {"least": least}
