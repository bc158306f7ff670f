"""Adversarial sharing: a shared network from whose features nobody can tell which task an example came from."""

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channels, pooled, together
from mtl_core.models.shared_private import SharedPrivate
from mtl_core.records.sharing import Trace


class Reversed(torch.autograd.Function):
    """``x`` as it is; its gradient times ``-scale`` (Ganin & Lempitsky 2015)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.scale * gradient, None


class Adversarial(SharedPrivate):
    """``SharedPrivate`` whose shared features, of a map their mean, a discriminator ``softmax(U s + b)`` reads, to say which
    task an example came from; the shared network gets the discriminator's gradient reversed (Liu, Qiu & Huang 2017, equations 8
    and 9).

    The discriminator is auxiliary: its cross-entropy, mean over tasks and examples, is a penalty of weight one for itself. For
    the shared network that penalty counts ``-adversary ramp``, ``ramp = 2 / (1 + exp(-10 step / steps)) - 1`` (Ganin &
    Lempitsky 2015), and for nothing else. With ``adversary=0`` and ``penalty=0`` it is ``SharedPrivate`` without penalty,
    its shared network kept. Unlabelled examples count too: which task they are of is known.

    Args:
        setting: what it is built for.
        adversary: λ.
        penalty: see ``SharedPrivate``.

    Raises:
        SpecError: tasks that have one input in common: its features are the same for all, so that the best discriminator
            guesses and its gradient vanishes.

    Cost: besides, ``T (F + 1)`` parameters.
    """

    def __init__(self, setting: Setting, adversary: float, penalty: float) -> None:
        if not setting.per_task:
            raise SpecError(
                "strategy 'adversarial' needs inputs for each task, found one for all; choose another suite or strategy."
            )
        super().__init__(setting, penalty)
        self._adversary = adversary
        self._discriminator = Stage("discriminator", (Linear(channels(self.shapes[-1]), len(self.tasks)),))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        return (*super().parts, Part("discriminator.", self._discriminator, (), "", start="other"))

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        told = Trace(
            f"told.{self.stages[-1].name}",
            ("task",),
            (self.names,),
            "share of a task's examples whose task the discriminator tells; one by the number of tasks is a guess",
        )
        return (*super().traces, told)

    def adversary(self, parameters: Mapping[str, Tensor], shared: Tensor, at: Pass, seen: Seen) -> dict[str, Tensor]:
        """See ``SharedPrivate.adversary``."""
        ramp = 2 / (1 + math.exp(-10 * at.step / self.setting.steps)) - 1
        heard: Tensor = Reversed.apply(pooled(shared), self._adversary * ramp)  # type: ignore[no-untyped-call]
        logits = together(self._discriminator, parameters, heard, "discriminator.")  # (R, T, B, T)
        if seen.wanted:
            truth = torch.arange(len(self.tasks), device=logits.device).view(-1, 1)
            seen.traces[f"told.{self.stages[-1].name}"] = (logits.argmax(3) == truth).float().mean(2)
        each = -F.log_softmax(logits, dim=3).diagonal(dim1=1, dim2=3)  # (R, B, T)
        return {"discriminator": each.mean((1, 2))}


def adversarial(setting: Setting, adversary: float, penalty: float) -> Adversarial:
    """The model of a shared network that tells no task apart; see ``Adversarial``."""
    return Adversarial(setting, adversary, penalty)
