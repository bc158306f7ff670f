"""SI: the sum of the logarithms of the losses."""

from mtl_core.balancing.gls import SMALLEST
from mtl_core.balancing.method import Signals, State, Stateless, Update


class ScaleInvariant(Stateless):
    """``min sum_t log L_t``; the effective weight is its derivative, ``w_t = 1 / L_t``.

    Multiplying a loss by a constant changes nothing. The weights have no fixed sum and grow as losses fall.

    Source: the scale-invariant baseline of Navon et al. 2022, section 5.
    Deviations: losses count as at least 1e-12; a task without a label in the batch counts with its last loss.
    """

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        return Update(1 / signals.losses.clamp(min=SMALLEST)), state
