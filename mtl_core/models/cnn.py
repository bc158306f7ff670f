"""The convolutional network."""

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Convolution, Flatten, Halve, Layer, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage, units


def cnn(shape: tuple[int, ...], width: float, depth: int, normalise: bool, more: tuple[int, ...] = ()) -> Backbone:
    """``depth`` stages of 3x3 convolution, optional group normalisation, rectifier and halving; filters double each stage.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of the first stage; between whole numbers, part of the stages are wider (``units``).
        depth: number of stages.
        normalise: group normalisation (one group) before the rectifier.
        more: units added to the first stages (``units``), where parameters are to match a number.

    Raises:
        SpecError: the image is too small to be halved ``depth`` times.
    """
    channels, height, breadth = shape
    if min(height, breadth) >> depth < 1:
        raise SpecError(
            f"cnn.depth halves the image at each stage and {height}x{breadth} cannot be halved {depth} times; choose fewer."
        )
    stages = []
    for number in range(1, depth + 1):
        filters = units(width * 2 ** (number - 1), number - 1, depth, more)
        normal: tuple[Layer, ...] = (Normalisation(filters),) if normalise else ()
        last: tuple[Layer, ...] = (Flatten(),) if number == depth else ()
        block = (Convolution(channels, filters), *normal, Relu())
        stages.append(Stage(f"stage {number}", (*block, Halve(), *last), len(block), number > 1))
        channels = filters
    return Backbone.of(tuple(stages), shape)
