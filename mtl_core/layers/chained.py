"""Layers that are made of layers."""

from abc import abstractmethod

from torch import Tensor

from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.random import Streams


class Chained(Layer):
    """A layer whose parameters are those of a chain, which it walks in a way of its own."""

    @property
    @abstractmethod
    def chain(self) -> Stage:
        """The layers that it has."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self.chain.shapes

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return self.chain.initialise(streams)

    def own(self, parameters: Parameters) -> list[dict[str, Tensor]]:
        """The parameters of each layer of the chain, by its own names."""
        return [{name: parameters[f"{place}.{name}"] for name in layer.shapes} for place, layer in enumerate(self.chain.layers)]
