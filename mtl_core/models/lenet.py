"""The network of the MultiMNIST papers."""

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Convolution, Flatten, Layer, Linear, MaxPool, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage, units

KERNEL = 5
"""The side of the filters after the first."""

DENSE = 5
"""How many times as many neurons the dense layer has as the first stage has filters."""


def lenet(
    shape: tuple[int, ...], width: float, depth: int, kernel: int, normalise: bool, more: tuple[int, ...] = ()
) -> Backbone:
    """``depth - 1`` stages of convolution without padding, largest of each 2x2 block and rectifier, whose filters double
    each stage, then a dense layer with a rectifier.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of the first stage, a fifth of the dense layer's neurons; between whole numbers, part of the stages
            are wider (``units``).
        depth: number of stages, the dense layer among them.
        kernel: side of the first filters; of the others it is 5.
        normalise: group normalisation (one group) before each rectifier, of neurons layer normalisation; the papers have none.
        more: units added to the first stages (``units``), where parameters are to match a number.

    Raises:
        SpecError: the image is too small for the stages.

    Source: with width 10 and depth 3 the shared layers of Sener & Koltun 2018 (10 filters 5x5, 20 filters 5x5, 50 neurons;
    28x28 pixels) and, with kernel 9, those of Lin et al. 2019 (36x36 pixels). Deviations: no dropout of channels before the
    second stage is pooled, and as everywhere heads are one linear layer, where Sener & Koltun put 50 neurons with dropout
    between.
    """
    channels, *sides = shape
    stages, given = [], "x".join(map(str, sides))
    for number in range(1, depth):
        side = kernel if number == 1 else KERNEL
        sides = [(each - side + 1) // 2 for each in sides]
        if min(sides) < 1:
            raise SpecError(
                f"lenet cuts the border off and halves the image at each convolution, and {given} is too small for {depth - 1} "
                f"of them, the first with filters of {kernel}x{kernel}; choose a smaller depth or kernel, or larger pictures."
            )
        filters = units(width * 2 ** (number - 1), number - 1, depth, more)
        half: tuple[Layer, ...] = (Convolution(channels, filters, side, padded=False), MaxPool())
        half += (Normalisation(filters),) if normalise else ()
        last: tuple[Layer, ...] = (Flatten(),) if number == depth - 1 else ()
        stages.append(Stage(f"stage {number}", (*half, Relu(), *last), len(half), number > 1))
        channels = filters
    neurons = units(DENSE * width, depth - 1, depth, more)
    dense = (Linear(channels * sides[0] * sides[1], neurons), *((Normalisation(neurons),) if normalise else ()))
    stages.append(Stage(f"layer {depth}", (*dense, Relu()), len(dense), skippable=True))
    return Backbone.of(tuple(stages), shape)
