"""The multilayer perceptron."""

from math import prod

from mtl_core.layers.layers import Flatten, Layer, Linear, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage


def mlp(shape: tuple[int, ...], width: int, depth: int, normalise: bool) -> Backbone:
    """``depth`` stages of linear layer, optional layer normalisation and rectifier.

    Args:
        shape: of one example, vector or image (flattened).
        width: neurons of each stage.
        depth: number of stages.
        normalise: layer normalisation before the rectifier.
    """
    stages = []
    inputs = prod(shape)
    for number in range(1, depth + 1):
        layers: tuple[Layer, ...] = (Linear(inputs, width), *((Normalisation(width),) if normalise else ()), Relu())
        stages.append(Stage(f"layer {number}", (Flatten(), *layers) if number == 1 else layers))
        inputs = width
    return Backbone(tuple(stages), width)
