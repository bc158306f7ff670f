"""CR-MOGM: any other method's weights, averaged over steps."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Method, Signals, State, Update
from mtl_core.spec.methods import METHODS

_PREFIX = "wrapped."


class CRMOGM:
    """``w <- alpha w + (1 - alpha) w'`` with ``w'`` the weights of another method at this step.

    A method that looks at one batch's gradients alone gives weights that jump with the batch; their average jumps less. The sum
    of the weights is that of the other method's.

    Args:
        method: a name of ``METHODS`` whose update is a weighted sum, with its default options.
        alpha: how much of the average is kept at each step; 0 is the other method itself.

    Source: Zhou, Zhang, Jiang, Zhong, Gu & Zhu 2022, algorithm 1.
    Deviations: the average starts at the other method's first weights; ``alpha`` is constant. Heads keep their own task's
    gradient, also around a method that weighs losses.
    """

    def __init__(self, method: str = "mgda", alpha: float = 0.9) -> None:
        entry = METHODS[method]
        self._wrapped: Method = entry.load()(**{name: value for name, value in entry.check({}).items() if name != "norm_match"})
        self._alpha = alpha

    def init(self, losses: Tensor) -> State:
        """The wrapped method's state beside the average, which has not begun."""
        own = {"weights": torch.zeros_like(losses), "begun": torch.zeros_like(losses)}
        return own | {_PREFIX + name: value for name, value in self._wrapped.init(losses).items()}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The average with this step's weights in it."""
        inner = {name.removeprefix(_PREFIX): value for name, value in state.items() if name.startswith(_PREFIX)}
        update, inner = self._wrapped(signals, inner)
        fresh = update.weights
        weights = torch.where(state["begun"] > 0, fresh + self._alpha * (state["weights"] - fresh), fresh)
        new = {"weights": weights, "begun": torch.ones_like(weights)}
        return Update(weights), new | {_PREFIX + name: value for name, value in inner.items()}
