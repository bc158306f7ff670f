"""Sequences: turning examples into positions, attention between them, and their mean.

Activations are ``(R, B, S, D)``: S positions of D numbers. **Padding: a position whose numbers are all zero is padding.**
Every layer of a sequence with ``padded`` leaves such positions exactly zero, gives them no attention and no part in the mean;
whatever else changes a sequence between stages has to keep them zero. Without ``padded`` every position counts.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.chained import Chained
from mtl_core.layers.layers import Layer, Linear, Normalisation, Parameters, uniform
from mtl_core.layers.stage import Stage
from mtl_core.random import Streams

NOWHERE = -1e9
"""The score of a position that must not be chosen."""


def real(x: Tensor) -> Tensor:
    """``(R, B, S, D) -> (R, B, S, 1)`` bool: which positions are not padding."""
    return x.detach().abs().sum(-1, keepdim=True) != 0  # four times as fast as asking each number whether it is zero


@dataclass(frozen=True)
class NumberTokens(Layer):
    """Each number of a vector as a position: ``token_i = x_i w_i + b_i``, so that no other word of its place is needed."""

    numbers: int
    width: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.numbers, self.width), "bias": (self.numbers, self.width)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {name: uniform(streams.at(place), shape, 1) for place, (name, shape) in enumerate(self.shapes.items())}

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape, self.width)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.addcmul(parameters["bias"].unsqueeze(1), x.unsqueeze(3), parameters["weight"].unsqueeze(1))


@dataclass(frozen=True)
class Embedding(Layer):
    """Each word of a text as a vector, ``(R, B, S) -> (R, B, S, D)``, from whole numbers below ``words``; 0 is padding."""

    words: int
    width: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"word": (self.words, self.width)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"word": uniform(streams.at(0), self.shapes["word"], self.width)}

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape, self.width)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        table = parameters["word"]
        # The tables of all runs are one, in which a run's words follow those of the run before.
        first = torch.arange(0, table.shape[0] * self.words, self.words, device=x.device).view(-1, 1, 1)
        return F.embedding(x + first, table.flatten(0, 1)) * (x != 0).unsqueeze(3)


@dataclass(frozen=True)
class Patches(Layer):
    """An image as its square patches, ``(R, B, C, H, W) -> (R, B, S, C p p)``; rows and columns that fill none are dropped."""

    patch: int

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return ((shape[1] // self.patch) * (shape[2] // self.patch), shape[0] * self.patch**2)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        windows = x.unfold(3, self.patch, self.patch).unfold(4, self.patch, self.patch)  # (R, B, C, h, w, p, p)
        return windows.permute(0, 1, 3, 4, 2, 5, 6).flatten(4).flatten(2, 3)


@dataclass(frozen=True)
class Positions(Layer):
    """Adds to each position a learned vector of its place."""

    positions: int
    width: int
    padded: bool = False

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"place": (self.positions, self.width)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"place": uniform(streams.at(0), self.shapes["place"], self.width)}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        y = x + parameters["place"].unsqueeze(1)
        return torch.where(real(x), y, 0) if self.padded else y


@dataclass(frozen=True)
class PaddedLinear(Linear):
    """A linear map of each position, after which padding is still zero."""

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.where(real(x), super().__call__(parameters, x), 0)


@dataclass(frozen=True)
class PaddedNormalisation(Normalisation):
    """Normalisation of each position, after which padding is still zero."""

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.where(real(x), super().__call__(parameters, x), 0)


@dataclass(frozen=True)
class Attention(Chained):
    """``y = x + W_o attention(normal(x))``, several heads, in which no position attends to padding (Vaswani et al. 2017)."""

    width: int
    heads: int
    padded: bool = False

    @property
    def chain(self) -> Stage:
        return Stage(
            "attention", (Normalisation(self.width), Linear(self.width, 3 * self.width), Linear(self.width, self.width))
        )

    def flops(self, shape: tuple[int, ...]) -> int:
        length, width = shape
        return 8 * length * width**2 + 4 * length**2 * width  # four projections; queries by keys, and weights by values

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        runs, batch, length, width = x.shape
        normal, mixed, back = self.chain.layers
        own = self.own(parameters)
        three = mixed(own[1], normal(own[0], x)).view(runs * batch, length, 3, self.heads, width // self.heads)
        query, key, value = three.permute(2, 0, 3, 1, 4)  # each (R B, heads, S, D / heads)
        there = real(x) if self.padded else None
        mask = None
        if there is not None:
            seen = there.view(runs * batch, 1, 1, length)
            mask = seen | ~seen.any(-1, keepdim=True)  # of padding alone: attended to, then left out, so that nothing is 0 / 0
        y = F.scaled_dot_product_attention(query, key, value, mask)
        y = back(own[2], y.transpose(1, 2).reshape(runs, batch, length, width))
        return x + (y if there is None else torch.where(there, y, 0))


@dataclass(frozen=True)
class FeedForward(Chained):
    """``y = x + W_2 relu(W_1 normal(x))`` at each position by itself."""

    width: int
    hidden: int
    padded: bool = False

    @property
    def chain(self) -> Stage:
        layers = (Normalisation(self.width), Linear(self.width, self.hidden), Linear(self.hidden, self.width))
        return Stage("feed-forward", layers)

    def flops(self, shape: tuple[int, ...]) -> int:
        return 4 * shape[0] * self.width * self.hidden

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        normal, wide, back = self.chain.layers
        own = self.own(parameters)
        y = back(own[2], torch.relu(wide(own[1], normal(own[0], x))))
        return x + (torch.where(real(x), y, 0) if self.padded else y)


@dataclass(frozen=True)
class Pointer(Linear):
    """A linear map of each position to scores that padding never wins: ``NOWHERE`` there."""

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.where(real(x), super().__call__(parameters, x), NOWHERE)


@dataclass(frozen=True)
class Mean(Layer):
    """The mean over the positions that are not padding, ``(R, B, S, D) -> (R, B, D)``; zero where all are."""

    padded: bool = False

    @property
    def closing(self) -> bool:
        return True

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape[1:]

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        return x.sum(2) / real(x).sum(2).clamp(min=1) if self.padded else x.mean(2)
