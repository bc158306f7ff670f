"""A mixture of few experts: selectors that settle on one expert each, by numbers that become exactly zero and one."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.experts import Experts
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import side_by_side
from mtl_core.random import Streams

_WEIGHTS = 0.05
"""The weights of selectors start within so much of zero."""

_RAMP = 0.5
"""The entropy penalty has its full size from this part of the run on."""

_LEAST = 1e-3
"""What the share of a selector that falls on experts counts at least, where the penalty divides by it."""


def smooth_step(z: Tensor, gamma: float) -> Tensor:
    """``S(z)``: 0 below ``-gamma/2``, 1 above ``gamma/2``, ``-2 z³/γ³ + 3 z/(2 γ) + 1/2`` between; exact at both ends, where
    its slope is zero."""
    u = (z / gamma).clamp(-0.5, 0.5)
    return (1.5 - 2 * u * u) * u + 0.5


@dataclass(frozen=True)
class Scores(Layer):
    """For each selector ``bits`` numbers that tell its expert, and one that tells its weight: constants, or linear in the
    example where there are ``inputs``. They start near zero, where every expert counts alike."""

    selectors: int
    bits: int
    gamma: float
    inputs: int = 0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        count = self.selectors * (self.bits + 1)
        return ({"weight": (self.inputs, count)} if self.inputs else {}) | {"bias": (count,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        bounds = torch.full((self.selectors, self.bits + 1), self.gamma / 100, device=streams.keys.device)
        bounds[:, -1] = _WEIGHTS
        return {
            name: (streams.at(place).uniform(*shape) * 2 - 1) * bounds.flatten()
            for place, (name, shape) in enumerate(self.shapes.items())
        }

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        bias = parameters["bias"].unsqueeze(1)
        y = torch.baddbmm(bias, x, parameters["weight"]) if self.inputs else bias
        apart: Tensor = y.unflatten(2, (self.selectors, self.bits + 1))  # (R, B or 1, k, m + 1)
        return apart


class FewExperts(Experts):
    """``f_t = sum_e g_te f_e(x)`` with ``g_te = sum_s softmax(w_t)_s r_ts(e)`` and ``r_ts(e) = prod_i S(z_tsi)`` where bit i of
    e is one, ``1 - S(z_tsi)`` where it is not (Hazimeh et al. 2021).

    A selector that has settled is a one-hot vector, exactly: at most k experts are left to a task. Where it has settled ``S``
    has no slope, and the choice is final.

    Penalties, of all tasks' selectors: ``entropy``, ``c sum r log(1/(r + 1e-6))``, which drives them to settle, with c rising
    from zero over the first half of a run; and, where E is no power of two, ``codes``, ``sum 1 / sum_e r(e)``, which keeps them
    off the codes that name no expert. Mean over examples where gates read them.

    Experts are trunk, selectors their tasks' own.

    Args:
        setting: what it is built for.
        experts: E; with powers of two every code names an expert.
        selectors: k, at most E.
        gamma: γ, the width of the smooth step.
        entropy: c.
        per_example: whether selectors read the example or are constants of the task.

    Deviations: the schedule of c is a ramp of our own. Cost: E backbones, once for all tasks; after settling, k for a task
    asked alone.
    """

    def __init__(self, setting: Setting, experts: int, selectors: int, gamma: float, entropy: float, per_example: bool) -> None:
        super().__init__(setting, experts, 0)
        self._selectors, self._gamma, self._entropy, self._reading = selectors, gamma, entropy, per_example
        self._bits = (experts - 1).bit_length()

    def gate(self, level: int, choices: int) -> Stage:
        """See ``Experts.gate``."""
        reader, inputs = self.reader(self._groups[level][0]) if self._reading else ((), 0)
        return Stage("gate", (*reader, Scores(self._selectors, self._bits, self._gamma, inputs)))

    def weigh(
        self, level: int, parameters: Mapping[str, Tensor], x: Tensor, at: Pass
    ) -> tuple[Tensor | None, dict[str, Tensor]]:
        """See ``Experts.weigh``."""
        seen = self.looked_at(self._groups[level][0], x)
        scores = side_by_side(self.gate(level, self._count), parameters, seen, f"gate.{level}.")  # (R, T, B, k, m + 1)
        step = smooth_step(scores[..., :-1], self._gamma).unsqueeze(-2)  # (R, T, B, k, 1, m)
        codes = torch.arange(self._count, device=x.device)
        chosen = x.new_ones(())
        for bit in range(self._bits):
            one = step[..., bit]
            chosen = chosen * torch.where((codes >> bit & 1).bool(), one, 1 - one)  # (R, T, B, k, E)
        weights = (torch.softmax(scores[..., -1], dim=3).unsqueeze(4) * chosen).sum(3).transpose(2, 3)
        return weights, self._penalties(chosen, at)

    def _penalties(self, chosen: Tensor, at: Pass) -> dict[str, Tensor]:
        """From ``(R, T, B, k, E)``."""
        ramp = min(1.0, at.step / (_RAMP * self.setting.steps))
        entropy = -(chosen * (chosen + 1e-6).log()).sum((3, 4)).mean(2).sum(1)
        found = {"entropy": self._entropy * ramp * entropy}
        if self._count & (self._count - 1):
            found["codes"] = (1 / chosen.sum(4).clamp(min=_LEAST)).sum(3).mean(2).sum(1)
        return found


def dselect_k(setting: Setting, experts: int, selectors: int, gamma: float, entropy: float, per_example: bool) -> FewExperts:
    """The mixture of few experts; see ``FewExperts``."""
    return FewExperts(setting, experts, selectors, gamma, entropy, per_example)
