"""Layers that serve R runs in one call.

Written over batched products rather than mapped with ``torch.func.vmap``: at R = 64 this is a third faster, and at R = 1 it
costs what an ordinary module costs. An ordinary ``nn.Module`` joins through ``mtl_core.layers.mapped``.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.fused import FirstConvolution, ReadoutProduct
from mtl_core.random import Streams

THIN = 3
"""Up to so many channels an input that needs no gradient is unfolded instead of convolved, but on a processor."""

Parameters = Mapping[str, Tensor]
"""A layer's parameters by their local names, each ``(R, *shape)``."""


class Layer(ABC):
    """One differentiable piece of a model, for R runs at once. Holds sizes, never parameters."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters of one run by local name; empty for most layers."""
        return {}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:  # noqa: ARG002 - a layer without parameters
        """First values ``(R, *shape)`` of every parameter, drawn from the runs' own streams."""
        if self.shapes:
            raise TypeError(f"{type(self).__name__} has parameters and must say how they start")
        return {}

    @property
    def closing(self) -> bool:
        """Whether it only turns what a stage computed into one vector, so that a shortcut around the stage takes it too."""
        return False

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one example after the layer, from that before it."""
        return shape

    def flops(self, shape: tuple[int, ...]) -> int:  # noqa: ARG002 - a layer without products
        """Floating-point operations of one example of this shape: two for each multiplication in a product of matrices, and
        none for what is done number by number."""
        return 0

    def around(self, x: Tensor) -> Tensor | None:  # noqa: ARG002 - most have nothing to say
        """What stands for it where its stage is skipped, without parameters; None for most, of which ``x`` is resized."""
        return None

    @abstractmethod
    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        """``(R, B, ...) -> (R, B, ...)``."""


def uniform(streams: Streams, shape: tuple[int, ...], fan_in: int) -> Tensor:
    """``(R, *shape)`` from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's own start for linear and convolution layers."""
    return (streams.uniform(*shape) * 2 - 1) / math.sqrt(fan_in)


@dataclass(frozen=True)
class Linear(Layer):
    """``y = x W + b`` with ``W`` of shape ``(inputs, outputs)``: the product that batched BLAS and its gradient like best.

    Without ``biased`` there is no b.
    """

    inputs: int
    outputs: int
    biased: bool = True

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.inputs, self.outputs)} | ({"bias": (self.outputs,)} if self.biased else {})

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {name: uniform(streams.at(place), shape, self.inputs) for place, (name, shape) in enumerate(self.shapes.items())}

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape[:-1], self.outputs)

    def flops(self, shape: tuple[int, ...]) -> int:
        return 2 * math.prod(shape) * self.outputs

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        rows = x if x.dim() == 3 else x.flatten(1, -2)  # the positions of a sequence are rows like examples
        weight = parameters["weight"]  # (R, B, I) @ (R, I, O) -> (R, B, O)
        y = torch.baddbmm(parameters["bias"].unsqueeze(1), rows, weight) if self.biased else torch.bmm(rows, weight)
        # Of vectors the product itself, no view of it: what rectifies a view in place pays for it with copies in backward.
        return y if x.dim() == 3 else y.view(*x.shape[:-1], self.outputs)


@dataclass(frozen=True)
class Readout(Layer):
    """A linear layer whose result ``(R, B, C)`` lies in memory as ``(R, C, B)``.

    Softmax over a middle axis runs along vectors of examples: with ten classes the loss and its gradient cost a quarter.
    """

    inputs: int
    outputs: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.outputs, self.inputs), "bias": (self.outputs,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {
            "weight": uniform(streams.at(0), (self.outputs, self.inputs), self.inputs),
            "bias": uniform(streams.at(1), (self.outputs,), self.inputs),
        }

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*shape[:-1], self.outputs)

    def flops(self, shape: tuple[int, ...]) -> int:
        return 2 * math.prod(shape) * self.outputs

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        # (R, C, I) @ (R, I, B) -> (R, C, B), seen as (R, B, C)
        y: Tensor = ReadoutProduct.apply(x, parameters["weight"], parameters["bias"])  # type: ignore[no-untyped-call]
        return y.transpose(1, 2)


@dataclass(frozen=True)
class Convolution(Layer):
    """A square convolution that keeps height and width, or without padding has only windows that lie within the image; with a
    stride only every so many windows in each direction.

    Runs become the groups of one grouped convolution. Its result ``(R, B, F, H, W)`` lies in memory as ``(B, R, F, H, W)``, on
    a processor as ``(B, H, W, R, F)``, the orders that the grouped convolution likes; the other layers of images keep them, so
    that nothing is copied between two convolutions.
    """

    channels: int
    filters: int
    kernel: int = 3
    padded: bool = True
    stride: int = 1

    @property
    def _padding(self) -> int:
        return self.kernel // 2 if self.padded else 0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.filters, self.channels, self.kernel, self.kernel), "bias": (self.filters,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        fan_in = self.channels * self.kernel**2
        return {
            "weight": uniform(streams.at(0), self.shapes["weight"], fan_in),
            "bias": uniform(streams.at(1), self.shapes["bias"], fan_in),
        }

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        lost = self.kernel - 1 - 2 * self._padding
        return (self.filters, *((side - lost - 1) // self.stride + 1 for side in shape[1:]))

    def flops(self, shape: tuple[int, ...]) -> int:
        return 2 * math.prod(self.shape_out(shape)) * self.channels * self.kernel**2

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        runs, batch, _, height, width = x.shape
        stacked = x.transpose(0, 1).reshape(batch, -1, height, width)  # (B, R C, H, W), a copy for a first layer alone
        if x.device.type == "cpu":
            # With channels last in memory, convolutions of many groups and pools take down to two fifths of the time.
            stacked = stacked.contiguous(memory_format=torch.channels_last)
        elif not x.requires_grad and self.channels <= THIN and self.stride == 1:
            return self.of_thin(parameters, x)
        weight = parameters["weight"].reshape(-1, self.channels, self.kernel, self.kernel)
        y = F.conv2d(stacked, weight, parameters["bias"].reshape(-1), self.stride, self._padding, groups=runs)
        apart: Tensor = y.unflatten(1, (runs, self.filters))
        return apart.transpose(0, 1)

    def of_thin(self, parameters: Parameters, x: Tensor) -> Tensor:
        """The same of inputs that need no gradient, as a product over unfolded images; without strides."""
        runs, batch = x.shape[:2]
        columns = unfolded(x.transpose(0, 1).flatten(0, 1), self.kernel, self._padding)
        y: Tensor = FirstConvolution.apply(columns, parameters["weight"].flatten(2), parameters["bias"])  # type: ignore[no-untyped-call]
        return y.reshape(batch, runs, *self.shape_out(tuple(x.shape[2:]))).transpose(0, 1)


def unfolded(images: Tensor, kernel: int, padding: int) -> Tensor:
    """``F.unfold``, ``(N, C, H, W) -> (N, C k k, windows)``.

    All images in one copy; PyTorch's own walks them one by one, which for small ones takes several times as long.
    """
    padded = F.pad(images, (padding,) * 4) if padding else images
    windows = padded.unfold(2, kernel, 1).unfold(3, kernel, 1)  # (N, C, H, W, k, k)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(len(images), images.shape[1] * kernel**2, -1)


@dataclass(frozen=True)
class Normalisation(Layer):
    """Layer normalisation of vectors and of each position of a sequence, group normalisation (one group) of images:
    each example by itself, then scale and shift.

    No batch statistics, so that what a run computes for an example depends on nothing else in the batch.
    """

    features: int
    epsilon: float = field(default=1e-5)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"scale": (self.features,), "shift": (self.features,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        ones = torch.ones(len(streams.keys), self.features, device=streams.keys.device)
        return {"scale": ones, "shift": torch.zeros_like(ones)}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        if x.dim() < 5:  # vectors, or each position of a sequence
            rows = x.flatten(1, -2)
            normal = F.layer_norm(rows, rows.shape[2:], eps=self.epsilon)
            return torch.addcmul(parameters["shift"].unsqueeze(1), normal, parameters["scale"].unsqueeze(1)).view(x.shape)
        images = x.transpose(0, 1)  # the order that convolutions leave: (B, R, C, ...)
        runs, scale, shift = len(x), parameters["scale"].reshape(-1), parameters["shift"].reshape(-1)
        y: Tensor = F.group_norm(images.flatten(1, 2), runs, scale, shift, self.epsilon)  # a group a run
        return y.reshape(images.shape).transpose(0, 1)


@dataclass(frozen=True)
class Relu(Layer):
    """``max(x, 0)``."""

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        return torch.relu(x)


@dataclass(frozen=True)
class Halve(Layer):
    """Average of each 2x2 block of an image; an odd last row or column is dropped."""

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], shape[1] // 2, shape[2] // 2)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        images = x.transpose(0, 1)  # the order that convolutions leave: (B, R, C, H, W)
        halved: Tensor = F.avg_pool2d(images.flatten(1, 2), 2)
        return halved.reshape(*images.shape[:3], *halved.shape[2:]).transpose(0, 1)


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest of each 2x2 block of an image; an odd last row or column is dropped."""

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], shape[1] // 2, shape[2] // 2)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        images = x.transpose(0, 1)  # the order that convolutions leave: (B, R, C, H, W)
        pooled: Tensor = F.max_pool2d(images.flatten(1, 2), 2)
        return pooled.reshape(*images.shape[:3], *pooled.shape[2:]).transpose(0, 1)


@dataclass(frozen=True)
class Flatten(Layer):
    """Each example as one vector."""

    @property
    def closing(self) -> bool:
        return True

    def shape_out(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (math.prod(shape),)

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:  # noqa: ARG002 - a layer without parameters
        return x.flatten(2)
