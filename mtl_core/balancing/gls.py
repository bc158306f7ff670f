"""GLS: the geometric mean of the losses."""

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, precise

SMALLEST = 1e-12
"""Losses count as no smaller than this, where the derivative of a root or a logarithm would be infinite."""


class GeometricLossStrategy(Stateless):
    """``min (prod_t L_t)^(1/T)``; the effective weight is its derivative, ``w_t = (prod L)^(1/T) / (T L_t)``.

    Every task contributes the same ``w_t L_t``, whatever its loss's scale. The weights have no fixed sum.

    Source: Chennupati, Sistu, Yogamani & Rawashdeh 2019, equation 2.
    Deviations: losses count as at least 1e-12; a task without a label in the batch counts with its last loss.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        logarithms = precise(signals.losses).clamp(min=SMALLEST).log()
        mean = logarithms.mean(1, keepdim=True)  # a mean of logarithms: the product itself could overflow
        return Update(fit((mean - logarithms).exp() / logarithms.shape[1], signals.losses)), state
