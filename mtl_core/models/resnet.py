"""Residual networks: the usual one, and one that keeps the image's size."""

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Convolution, Halve, Layer, Normalisation, Relu
from mtl_core.layers.residual import Average, Residual
from mtl_core.layers.stage import Backbone, Stage, units


def resnet(shape: tuple[int, ...], width: float, depth: int, blocks: int, more: tuple[int, ...] = ()) -> Backbone:
    """A 3x3 convolution, then ``depth`` stages of basic blocks, halved between stages; filters double each stage. Ends with
    the mean over the image.

    A basic block is ``relu(x + normal(conv(relu(normal(conv(x))))))``. A stage is cut in two after its first block, which
    with one block is before that block's last rectifier.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of the first stage; between whole numbers, part of the stages are wider (``units``).
        depth: number of stages.
        blocks: basic blocks of each stage.
        more: units added to the first stages (``units``), where parameters are to match a number.

    Raises:
        SpecError: the image is too small to be halved between all stages.

    Source: He et al. 2016, shortcut option A. Deviations: group normalisation (one group) for batch normalisation, and the
    image is halved by averaging before a stage rather than by strides within it.
    """
    channels, height, breadth = shape
    if min(height, breadth) >> (depth - 1) < 1:
        raise SpecError(
            f"resnet.depth halves the image between stages and {height}x{breadth} cannot be halved {depth - 1} times; "
            "choose fewer."
        )
    stages = []
    for number in range(1, depth + 1):
        filters = units(width * 2 ** (number - 1), number - 1, depth, more)
        stem = (Convolution(channels, filters), Normalisation(filters), Relu())
        layers: tuple[Layer, ...] = stem if number == 1 else (Halve(),)
        if number == 1:
            channels = filters
        halves = len(layers) + (1 if blocks == 1 else 2)
        for _ in range(blocks):
            first = (Convolution(channels, filters), Normalisation(filters), Relu())
            layers += (Residual((*first, Convolution(filters, filters), Normalisation(filters))), Relu())
            channels = filters
        last: tuple[Layer, ...] = (Average(),) if number == depth else ()
        stages.append(Stage(f"stage {number}", (*layers, *last), halves, number > 1))
    return Backbone.of(tuple(stages), shape)


def fullsize(shape: tuple[int, ...], width: float, depth: int, more: tuple[int, ...] = ()) -> Backbone:
    """``depth`` stages of two 3x3 convolutions that keep the image's size and number of filters, the first stage's a plain
    one each and of the others a basic block (``resnet``); ends with the mean over the image.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of every stage; between whole numbers, part of the stages are wider (``units``).
        depth: number of stages.
        more: units added to the first stages (``units``), where parameters are to match a number.
    """
    channels = shape[0]
    stages = []
    for number in range(1, depth + 1):
        filters = units(width, number - 1, depth, more)
        first = (Convolution(channels, filters), Normalisation(filters), Relu())
        second = (Convolution(filters, filters), Normalisation(filters))
        layers: tuple[Layer, ...] = (*first, *second) if number == 1 else (Residual((*first, *second)),)
        halves = len(first) if number == 1 else 1
        last: tuple[Layer, ...] = (Average(),) if number == depth else ()
        stages.append(Stage(f"stage {number}", (*layers, Relu(), *last), halves, number > 1))
        channels = filters
    return Backbone.of(tuple(stages), shape)
