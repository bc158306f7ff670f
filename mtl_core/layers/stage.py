"""A stage: a named chain of layers, the unit in which backbones are cut and shared."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mtl_core.layers.layers import Layer, Linear, Relu
from mtl_core.random import Streams


@dataclass(frozen=True)
class Stage:
    """Layers applied one after another.

    Args:
        name: what conflict records and figures call it, such as ``layer 1``.
        layers: the chain; a parameter's name is its layer's place and its local name, such as ``0.weight``.
    """

    name: str
    layers: tuple[Layer, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters of one run, by name."""
        return {f"{place}.{name}": shape for place, layer in enumerate(self.layers) for name, shape in layer.shapes.items()}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        """First values ``(R, *shape)`` of every parameter, by name."""
        return {
            f"{place}.{name}": value
            for place, layer in enumerate(self.layers)
            for name, value in layer.initialise(streams.at(place)).items()
        }

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, prefix: str = "") -> Tensor:
        """``(R, B, ...) -> (R, B, ...)``, reading its parameters under ``prefix``."""
        for place, layer in enumerate(self.layers):
            if isinstance(layer, Relu) and place and isinstance(self.layers[place - 1], Linear):
                x = x.relu_()  # in place: nobody else sees a linear layer's result, and its gradient does not need it
            else:
                x = layer({name: parameters[f"{prefix}{place}.{name}"] for name in layer.shapes}, x)
        return x


@dataclass(frozen=True)
class Backbone:
    """The stages of a backbone and the length of the vector that comes out of the last."""

    stages: tuple[Stage, ...]
    features: int
