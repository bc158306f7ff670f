"""Any gradient method with the step size taken out: its update, as long as the mean gradient."""

from dataclasses import replace

from torch import Tensor

from mtl_core.balancing.method import Method, Signals, State, Update
from mtl_core.balancing.numerics import fit, gramian_of, precise


class NormMatched:
    """``d' = d |g_0| / |d|`` with ``g_0 = 1/T sum_t g_t``: a method's direction at the mean gradient's length.

    Methods whose weights sum to something else than one also take longer or shorter steps; with this, two methods differ in
    direction alone. The weights are rescaled with the update, so they stay the effective ones. A zero update stays zero.

    Args:
        method: the method whose update is rescaled; its state is untouched.
    """

    def __init__(self, method: Method) -> None:
        self._method = method

    def init(self, losses: Tensor) -> State:
        """The method's own."""
        return self._method.init(losses)

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The method's update, rescaled."""
        update, state = self._method(signals, state)
        gramian = precise(gramian_of(signals))
        wanted = gramian.mean((1, 2)).clamp(min=0)  # |g_0|^2
        if update.direction is None:
            weights = precise(update.weights).unsqueeze(1)
            found = (weights @ gramian @ weights.mT).flatten()
        else:
            found = precise(update.direction).square().sum(1)
        # What rounding leaves of a vanished update has no direction to speak of.
        still = found <= 1e-30 * wanted
        factor = (wanted / found.masked_fill(still, 1.0)).sqrt().masked_fill(still, 0.0).unsqueeze(1)
        update = replace(update, weights=fit(precise(update.weights) * factor, update.weights))
        if update.direction is not None:
            update = replace(update, direction=fit(precise(update.direction) * factor, update.direction))
        return update, state
