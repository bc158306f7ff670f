"""RLW: random weights, drawn anew at every step."""

import torch

from mtl_core.balancing.method import Signals, State, Stateless, Update


class RandomLossWeighting(Stateless):
    """``w = softmax(z)`` with ``z_t`` standard normal, drawn at every step.

    In the mean over steps every task weighs ``1/T``: a baseline that any method which claims more should beat.

    Source: Lin, Ye, Zhang & Tsang 2022, section 3.1, with the normal distribution.
    Deviations: none.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights drawn for this step."""
        drawn = signals.streams.normal(signals.losses.shape[1])
        return Update(torch.softmax(drawn.to(signals.losses), dim=1)), state
