"""FairGrad: task gains divided as alpha-fairness asks."""

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import fit, gramian_of
from mtl_core.balancing.solvers.nash import bargain


class FairGrad(Stateless):
    """The weights ``a > 0`` with ``G a = a^(-1 / alpha)``: the update of greatest alpha-fair utility of the tasks' gains.

    ``alpha = 1`` is Nash-MTL; small values care for the sum of gains, large ones for the smallest gain. The weights have no
    fixed sum: they shrink as gradients grow.

    Args:
        alpha: how fair; above 0.

    Source: Ban & Ji 2024, section 4, equation 8.
    Deviations: solved exactly, not by a bounded number of least-squares steps. A task with a zero gradient, as one without a
    label in the batch has, gets weight 0.
    """

    def __init__(self, alpha: float = 2.0) -> None:
        self._power = 1 / alpha

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(fit(bargain(gramian, self._power), gramian)), state
