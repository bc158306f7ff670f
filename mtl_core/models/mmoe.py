"""Mixtures of experts: copies of the backbone, weighed for every example by a gate of each task or one gate for all."""

from mtl_core.models.experts import Experts, Gate
from mtl_core.models.model import Setting


class MixtureOfExperts(Experts):
    """``f_t = sum_e softmax(W_t x)_e f_e(x)`` with E experts, each a copy of all stages (Ma et al. 2018, equations 5 and 6).

    A gate reads the raw example, pooled over positions to its C channels. Experts are trunk; gates are their tasks' own. One
    expert is hard sharing.

    Deviations: gates have a bias unless told otherwise. Cost: E backbones' parameters and FLOPs, once for all tasks.
    """


class OneGate(MixtureOfExperts):
    """``f = sum_e softmax(W x)_e f_e(x)``: all tasks read the same mixture (Ma et al. 2018; there OMoE).

    Experts and the gate are trunk. It is ``MixtureOfExperts`` with tied gates. Cost: E backbones, once for all tasks.
    """

    tied = True

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: all see the same, unless their inputs differ."""
        return super().differing if self.setting.per_task else ()


def mmoe(setting: Setting, experts: int, temperature: float, gate_hidden: int, gate_bias: bool) -> MixtureOfExperts:
    """The multi-gate mixture of experts; see ``MixtureOfExperts``."""
    return MixtureOfExperts(setting, experts, 0, gate=Gate(temperature, gate_hidden, gate_bias))


def omoe(setting: Setting, experts: int, temperature: float, gate_hidden: int, gate_bias: bool) -> OneGate:
    """The mixture of experts with one gate; see ``OneGate``."""
    return OneGate(setting, experts, 0, gate=Gate(temperature, gate_hidden, gate_bias))
