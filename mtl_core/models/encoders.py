"""An encoder for each part of the input, and what they see read together."""

from math import prod

from mtl_core.errors import SpecError
from mtl_core.layers.beside import Beside
from mtl_core.layers.layers import Convolution, Flatten, Halve, Layer, Linear, Normalisation, Relu
from mtl_core.layers.stage import Backbone, Stage, units

FUSED = 2
"""The most stages that read all parts together: two, so that what is seen in one can be compared with what is in another."""


def encoders(
    shape: tuple[int, ...],
    width: float,
    depth: int,
    encoder: str,
    normalise: bool,
    more: tuple[int, ...] = (),
    parts: tuple[tuple[int, ...], ...] = (),
) -> Backbone:
    """Stages in which every part of the input has layers of its own, then two (of two stages one) that read all parts
    together, each a linear layer with a rectifier.

    An encoder's stage is a linear layer with a rectifier, or of a picture 3x3 filters with a rectifier, then halving; filters
    double each stage.

    Args:
        shape: of one example: a vector in which its parts lie one after another.
        width: neurons of each encoder and of the fused stages; of filters the first stage has a quarter. Between whole numbers,
            part of the stages are wider (``units``).
        depth: number of stages, two or more.
        encoder: ``dense`` or ``convolutional``.
        normalise: layer normalisation before each rectifier, of pictures group normalisation (one group).
        more: units added to the first stages (``units``), where parameters are to match a number.
        parts: the shapes of the parts; without any the example is the one part.

    Raises:
        SpecError: a picture is too small to be halved so often.
    """
    own = parts or (shape,)
    fused = min(FUSED, depth - 1)
    stages: list[Stage] = []
    for number in range(1, depth - fused + 1):
        neurons = units(width, number - 1, depth, more)
        filters = units(width * 2 ** (number - 3), number - 1, depth, more)
        begins: tuple[Layer, ...] = () if parts or number > 1 else (Flatten(),)
        branches = tuple(_branch(part, neurons, filters if encoder == "convolutional" else 0, normalise) for part in own)
        beside = Beside(own, branches)
        own = beside.parts_out
        stages.append(Stage(f"encoders {number}", (*begins, beside), len(begins), number > 1))
    inputs = sum(map(prod, own))
    for number in range(depth - fused + 1, depth + 1):
        neurons = units(width, number - 1, depth, more)
        half = (Linear(inputs, neurons), *_normal(neurons, normalise))
        stages.append(Stage(f"fused {number}", (*half, Relu()), len(half), True))
        inputs = neurons
    return Backbone.of(tuple(stages), shape)


def _normal(features: int, normalise: bool) -> tuple[Layer, ...]:
    return (Normalisation(features),) if normalise else ()


def _branch(part: tuple[int, ...], neurons: int, filters: int, normalise: bool) -> tuple[Layer, ...]:
    """One stage of one encoder."""
    if not filters or len(part) == 1:
        flat: tuple[Layer, ...] = (Flatten(),) if len(part) > 1 else ()
        return (*flat, Linear(prod(part), neurons), *_normal(neurons, normalise), Relu())
    if min(part[1:]) < 2:
        raise SpecError(
            f"encoders.depth halves pictures at each stage of an encoder, and {part[1]}x{part[2]} cannot be halved; choose a "
            "smaller one."
        )
    return (Convolution(part[0], filters), *_normal(filters, normalise), Relu(), Halve())
