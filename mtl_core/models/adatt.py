"""Adaptive task-to-task fusion: every task hears every task's experts, and its own besides without a gate."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part
from mtl_core.models.experts import Experts
from mtl_core.models.model import Pass, Setting
from mtl_core.random import Streams


@dataclass(frozen=True)
class Shares(Layer):
    """``(count,)`` numbers, equal and one in sum at first."""

    count: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.count,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"weight": torch.full((len(streams.keys), self.count), 1 / self.count, device=streams.keys.device)}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return x * parameters["weight"].unsqueeze(1)


class TaskToTask(Experts):
    """``x_t <- (1 - ρ) sum_k softmax(W_t x_t)_k f_k(x_k) + ρ sum_i v_ti f_ti(x_t)``: a gate over the experts of all tasks,
    and the task's own without a gate (Li et al. 2023). With one own expert ``v`` is 1, with more it is learned.

    Experts are trunk, and so are gates below the last level; those of the last are their tasks' own. With ρ = 1 nothing is
    shared: it is ``single_task``.

    Args:
        setting: what it is built for.
        per_task: experts of each task.
        levels: groups of stages; see ``Experts``.
        residual: ρ, how much of what a task reads comes from its own experts past the gate.

    Deviations: the paper adds both parts, so that activations about double at every level; here their weights are one in sum,
    which at ρ = 1/2 is the paper's sum by halves. ``v`` starts equal instead of drawn from U(-1/√m, 1/√m), whose signs are
    chance. Gates have a bias. Cost: ``T per_task`` backbones, each expert once.
    """

    def __init__(self, setting: Setting, per_task: int, levels: int, residual: float) -> None:
        self.everything, self._residual = residual < 1, residual
        super().__init__(setting, 0, per_task, levels)

    def gated(self, level: int) -> bool:
        """See ``Experts.gated``."""
        return self.everything and super().gated(level)

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        if self._own == 1 or not self._residual:
            return super().parts
        stage = Stage("residual", (Shares(self._own),))
        residuals = (
            Part(
                f"residual.{level}.",
                stage,
                self.tasks,
                self.stages[places[-1]].name,
                len(self.tasks),
                self.private(level),
                start="other",
                structure=True,
            )
            for level, places in enumerate(self._groups)
        )
        return (*super().parts, *residuals)

    def weigh(
        self, level: int, parameters: Mapping[str, Tensor], x: Tensor, at: Pass
    ) -> tuple[Tensor | None, dict[str, Tensor]]:
        """See ``Experts.weigh``."""
        gates, _ = super().weigh(level, parameters, x, at)
        tasks = len(self.tasks)
        learned = parameters.get(f"residual.{level}.0.weight")
        if not self.everything:  # a task sees its own alone
            return (None if learned is None else learned.unsqueeze(3)), {}
        if gates is None or not self._residual:
            return gates, {}
        own = x.new_ones(1, tasks, 1) if learned is None else learned
        among = torch.eye(tasks, device=x.device)[:, :, None] * own.unsqueeze(2)  # (R, T, T, m): zero but for a task's own
        return (1 - self._residual) * gates + self._residual * among.flatten(2).unsqueeze(3), {}


def adatt(setting: Setting, per_task: int, levels: int, residual: float) -> TaskToTask:
    """Adaptive task-to-task fusion; see ``TaskToTask``."""
    return TaskToTask(setting, per_task, levels, residual)
