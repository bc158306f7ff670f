"""Optimizers over R runs' parameters as one flat tensor, with a learning rate for each run and explicit state."""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from mtl_core.spec.choice import Choice

State = dict[str, Tensor]


class Optimizer(Protocol):
    """An update rule. ``parameters`` and ``state`` are changed in place, for they are the largest tensors there are."""

    @property
    def moments(self) -> int:
        """Tensors the size of the parameters that are kept or needed while stepping."""
        ...

    def init(self, parameters: Tensor) -> State:
        """The state before the first step, each tensor ``(R, P)`` like the parameters."""
        ...

    def step(self, parameters: Tensor, gradient: Tensor, state: State, rate: Tensor, count: int) -> None:
        """One update of ``parameters`` ``(R, P)`` along ``gradient`` ``(R, P)``, which may be overwritten.

        Args:
            rate: ``(R, 1)`` learning rates; a run whose rate is zero stays where it is.
            count: this update's number, from 1.
        """
        ...


@dataclass(frozen=True)
class Sgd:
    """``v = μ v + g + λ p``; ``p -= η v`` (PyTorch's convention: the rate is outside the velocity)."""

    momentum: float
    weight_decay: float
    moments: int = 1

    def init(self, parameters: Tensor) -> State:
        return {"velocity": torch.zeros_like(parameters)}

    def step(self, parameters: Tensor, gradient: Tensor, state: State, rate: Tensor, count: int) -> None:  # noqa: ARG002 - no bias
        if self.weight_decay:
            gradient.add_(parameters, alpha=self.weight_decay)
        velocity = state["velocity"].mul_(self.momentum).add_(gradient)
        parameters.addcmul_(velocity, rate, value=-1)


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1) and, with ``decoupled``, AdamW (Loshchilov & Hutter 2019, algorithm 2).

    ``m = β1 m + (1-β1) g``; ``v = β2 v + (1-β2) g²``; ``p -= η m̂ / (sqrt(v̂) + ε)``.
    """

    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    decoupled: bool = False
    moments: int = 3

    def init(self, parameters: Tensor) -> State:
        return {"mean": torch.zeros_like(parameters), "square": torch.zeros_like(parameters)}

    def step(self, parameters: Tensor, gradient: Tensor, state: State, rate: Tensor, count: int) -> None:
        if self.weight_decay and self.decoupled:
            parameters.mul_(1 - rate * self.weight_decay)
        elif self.weight_decay:
            gradient.add_(parameters, alpha=self.weight_decay)
        # PyTorch's fused kernel passes over memory once where single operations take nine passes, but knows one rate alone: so
        # it moves zeros at rate 1, and what they became is each run's direction.
        direction = torch.zeros_like(parameters)
        number = torch.full((), float(count), device=gradient.device)
        torch._fused_adam_(
            [direction], [gradient], [state["mean"]], [state["square"]], [], [number],
            lr=1.0, beta1=self.beta1, beta2=self.beta2, weight_decay=0.0, eps=self.epsilon, amsgrad=False, maximize=False,
        )  # fmt: skip
        parameters.addcmul_(direction, rate)


def build(choice: Choice) -> Optimizer:
    """The optimizer that a study chose."""
    options = choice.options
    match choice.name:
        case "sgd":
            return Sgd(**options)
        case name:
            return Adam(**options, decoupled=name == "adamw")


def schedule(step: int, steps: int, warmup: int, kind: str) -> float:
    """The factor on the learning rate at ``step`` (from 0): linear warm-up, then constant or half a cosine to zero.

    >>> [round(schedule(step, 4, 2, "cosine"), 3) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    if step < warmup:
        return (step + 1) / warmup
    if kind == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
