"""The transformer."""

from math import floor

from mtl_core.errors import SpecError
from mtl_core.layers.attention import (
    Attention,
    Embedding,
    FeedForward,
    Mean,
    NumberTokens,
    PaddedLinear,
    PaddedNormalisation,
    Patches,
    Positions,
)
from mtl_core.layers.layers import Layer, Linear, Normalisation
from mtl_core.layers.stage import Backbone, Stage, units


def transformer(
    shape: tuple[int, ...], width: float, depth: int, heads: int, patch: int, more: tuple[int, ...] = (), words: int = 0
) -> Backbone:
    """``depth`` stages of attention and feed-forward (twice as wide), normalised before each; ends with a normalisation and
    the mean over positions. Positions are the numbers of a vector, the patches of an image, the words of a text or vectors that
    stand for them, whose padding changes nothing.

    Args:
        shape: of one example, vector, image, text, or sequence of vectors ``(S, D)``, where one of zeros is padding.
        width: numbers of each position, a multiple of ``heads``. What a float has beyond one widens the feed-forward layers,
            up to the parameters that the next multiple would have.
        depth: number of stages.
        heads: of attention.
        patch: side of an image's patches.
        more: units added to the first stages (``units``), where parameters are to match a number.
        words: how many there are where an example is a text of their numbers; 0 for others.

    Raises:
        SpecError: a whole width that heads do not divide, or patches larger than the image.

    Source: Vaswani et al. 2017; normalised first as Xiong et al. 2020, patches as Dosovitskiy et al. 2021.
    """
    inner = heads * floor(width / heads + 1e-9)
    if inner < heads or (isinstance(width, int) and inner != width):
        raise SpecError(f"transformer.heads must divide transformer.width, found {heads} heads and width {width}.")
    layers: tuple[Layer, ...]
    if words:
        layers = (Embedding(words, inner), Positions(shape[0], inner, padded=True))
    elif len(shape) == 2:
        layers = (PaddedLinear(shape[1], inner), Positions(shape[0], inner, padded=True))
    elif len(shape) == 1:
        layers = (NumberTokens(shape[0], inner),)
    else:
        if patch > min(shape[1:]):
            raise SpecError(f"transformer.patch must be at most the image, {shape[1]}x{shape[2]}, found {patch}.")
        cut = Patches(patch)
        positions, numbers = cut.shape_out(shape)
        layers = (cut, Linear(numbers, inner), Positions(positions, inner))
    # Per stage 4 D^2 + 2 D hidden; hidden grows from 2 D to where that is what D + heads would have.
    step = 4 * ((inner + heads) ** 2 - inner**2) / inner
    stages, padded = [], words > 0 or len(shape) == 2
    for number in range(1, depth + 1):
        hidden = units(2 * inner + step * max(0.0, width - inner) / heads, number - 1, depth, more)
        half = (*(layers if number == 1 else ()), Attention(inner, heads, padded))
        ending = (PaddedNormalisation(inner) if padded else Normalisation(inner), Mean(padded))
        block = (*half, FeedForward(inner, hidden, padded), *(ending if number == depth else ()))
        stages.append(Stage(f"block {number}", block, len(half), number > 1))
    return Backbone.of(tuple(stages), shape, words)
