"""The convolutional network with which tutorials read CIFAR-10."""

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Convolution, Flatten, Layer, Linear, MaxPool, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage, units

KERNEL = 3


def tutorial_cnn(shape: tuple[int, ...], width: float, depth: int, normalise: bool, more: tuple[int, ...] = ()) -> Backbone:
    """``depth - 1`` stages of 3x3 convolution without padding, largest of each 2x2 block (in all but the last) and rectifier,
    then a dense layer with a rectifier. The first has ``width`` filters, the others and the dense layer twice as many.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of the first stage; between whole numbers, part of the stages are wider (``units``).
        depth: number of stages, the dense layer among them.
        normalise: group normalisation (one group) before each rectifier, of neurons layer normalisation; the source has none.
        more: units added to the first stages (``units``), where parameters are to match a number.

    Raises:
        SpecError: the image is too small for the stages.

    Source: with width 32 and depth 4 the network of TensorFlow's tutorial "Convolutional Neural Network (CNN)": on 32x32 pixels
    in three colours 32, 64 and 64 filters, 1,024 numbers, 64 neurons; 122,570 parameters with one head of ten classes.
    """
    channels, *sides = shape
    stages, given = [], "x".join(map(str, sides))
    for number in range(1, depth):
        final = number == depth - 1
        sides = [(side - KERNEL + 1) // (1 if final else 2) for side in sides]
        if min(sides) < 1:
            raise SpecError(
                f"tutorial_cnn cuts the border off at each convolution and halves the image after all but the last, and "
                f"{given} is too small for {depth - 1} of them; choose a smaller depth, or larger pictures."
            )
        filters = units((1 if number == 1 else 2) * width, number - 1, depth, more)
        half: tuple[Layer, ...] = (Convolution(channels, filters, KERNEL, padded=False),)
        # The largest of a block first: the rectifier, which keeps the order, then has a quarter of the numbers.
        half += () if final else (MaxPool(),)
        half += (Normalisation(filters),) if normalise else ()
        last: tuple[Layer, ...] = (Flatten(),) if final else ()
        stages.append(Stage(f"stage {number}", (*half, Relu(), *last), len(half), number > 1))
        channels = filters
    neurons = units(2 * width, depth - 1, depth, more)
    dense = (Linear(channels * sides[0] * sides[1], neurons), *((Normalisation(neurons),) if normalise else ()))
    stages.append(Stage(f"layer {depth}", (*dense, Relu()), len(dense), skippable=True))
    return Backbone.of(tuple(stages), shape)
