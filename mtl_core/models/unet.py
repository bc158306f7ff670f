"""The U-Net: down to a coarse map and up again, with what was seen on the way down beside it."""

from dataclasses import replace

from mtl_core.errors import SpecError
from mtl_core.layers.ends import Ends, Shown
from mtl_core.layers.layers import Convolution, Layer, Normalisation, Relu
from mtl_core.layers.skips import Ascend, Carrying, Descend, Level, at_once
from mtl_core.layers.stage import Backbone, Stage, units


def unet(shape: tuple[int, ...], width: float, depth: int, normalise: bool, more: tuple[int, ...] = ()) -> Backbone:
    """Convolutions of 3x3 with a rectifier, the image's size halved by those after the first; with an even depth one more at
    the bottom; then back up, where each reads the map below, every pixel twice as high and wide, beside the map of its own size
    from the way down.

    Heads of maps read the last map, pixel by pixel. Heads that read a vector get the deepest map in 4x4 parts, and the mean of
    the last map: so every stage is used by every task.

    Args:
        shape: ``(channels, height, width)`` of one example.
        width: filters of the first stage, doubled each time the image is halved; on the way up as many as on the way down, and
            twice the width at least. Between whole numbers, part of the stages are wider (``units``).
        depth: number of stages: one, two for each halving, and one more where it is even.
        normalise: group normalisation (one group) before each rectifier.
        more: units added to the first stages (``units``), where parameters are to match a number.

    Raises:
        SpecError: the image cannot be halved so often.

    Source: Ronneberger, Fischer & Brox 2015. Deviations: one convolution at each place instead of two, halving by strides
    instead of pooling, and larger by repeating pixels instead of a transposed convolution.
    """
    levels, channels = (depth - 1) // 2, shape[0]
    if any(side % (1 << levels) for side in shape[1:]):
        raise SpecError(
            f"unet.depth {depth} halves the image {levels} times, and {shape[1]}x{shape[2]} cannot be halved so often without "
            "a rest; choose a smaller depth, or pictures of another size."
        )
    stages: list[Stage] = []

    def block(filters: float, inputs: int, stride: int = 1) -> tuple[tuple[Layer, ...], int]:
        """The convolution of the next stage and its filters."""
        count = units(filters, len(stages), depth, more)
        return (Convolution(inputs, count, stride=stride), *((Normalisation(count),) if normalise else ())), count

    def add(name: str, changed: Carrying) -> None:
        stages.append(Stage(name, (changed,), 1, True))

    layers, own = block(width, channels)
    stages.append(Stage("down 1", (*layers, Relu()), len(layers)))
    skips = []
    for level in range(1, levels + 1):
        skips.append(own)
        layers, filters = block(width * 2**level, own, stride=2)
        add(f"down {level + 1}", Descend(layers, own))
        own = filters
    if depth % 2 == 0:
        layers, filters = block(width * 2**levels, own)
        add("bottom", Level(layers, own))
        own = filters
    deep, padded = own, -(-own // 4**levels) * 4**levels
    for level, skip in reversed(list(enumerate(skips))):
        layers, filters = block(max(2.0, 2**level) * width, own + skip)
        spread = 0 if level + 1 == levels else padded // 4 ** (levels - 1 - level)
        add(f"up {level + 1}", Ascend(layers, own, skip, spread, 0 if spread else padded - deep))
        own = filters
    total = own + padded // 4**levels
    stages[-1] = replace(stages[-1], layers=(*stages[-1].layers, Ends(own, total, deep, levels)))
    return replace(Backbone.of(tuple(stages), shape), showing=(Shown(own, total),), whole=at_once)
