"""FairGrad: task gains divided as alpha-fairness asks."""

from mtl_core.balancing.method import Signals, State, Stateless, Update
from mtl_core.balancing.numerics import at_most, fit, gramian_of
from mtl_core.balancing.solvers.nash import bargain


class FairGrad(Stateless):
    """The weights ``a > 0`` with ``G a = a^(-1 / alpha)``: the update of greatest alpha-fair utility of the tasks' gains.

    ``alpha = 1`` is Nash-MTL; small values care for the sum of gains, large ones for the smallest gain. The weights have no
    fixed sum: they shrink as gradients grow. With ``alpha > 1`` a solved task, whose gradient vanishes, takes the update over:
    alone it has length ``|g|^((1 - alpha) / (1 + alpha))``, for ``alpha = 2`` 10,000 where the gradient is 1e-12. The paper
    bounds neither; ``max_norm`` bounds the update.

    Args:
        alpha: how fair; above 0.
        max_norm: longest update; a longer one is shortened. 0 for no limit.

    Source: Ban & Ji 2024, section 4, equation 8.
    Deviations: solved exactly, not by a bounded number of least-squares steps. ``max_norm`` is not in the paper; its public
    code (OptMN-Lab/fairgrad) shortens updates to 1. A task with a zero gradient, as one without a label in the batch has, gets
    weight 0.
    """

    def __init__(self, alpha: float = 2.0, max_norm: float = 0.0) -> None:
        self._power = 1 / alpha
        self._max_norm = max_norm

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """The weights of this step."""
        gramian = gramian_of(signals)
        return Update(at_most(fit(bargain(gramian, self._power), gramian), gramian, self._max_norm)), state
