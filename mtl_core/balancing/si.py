"""SI: the sum of the logarithms of the losses."""

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update


class ScaleInvariant(Stateless):
    """``min sum_t log L_t``; the effective weight is its derivative, ``w_t = 1 / L_t``.

    Multiplying a loss by a constant changes nothing. The weights have no fixed sum and grow as losses fall: they are large
    where a task is solved, and the product of weight and loss stays one.

    Source: the scale-invariant baseline of Navon et al. 2022, section 5.
    Deviations: losses count as at least the spacing of numbers at 1 (1.2e-7 in single precision): a cross-entropy below it is
    rounded to zero while its gradient is not, and a larger weight would make a step of any size of that gradient. A task
    without a label in the batch counts with its last loss.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        losses = signals.losses
        return Update(1 / losses.clamp(min=torch.finfo(losses.dtype).eps)), state
