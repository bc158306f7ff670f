"""What is told of answers that are maps, one for every pixel or cell, and of boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.suite import UNLABELLED

COLOURS = (
    *((86, 180, 233), (0, 158, 115), (90, 90, 90), (240, 228, 66), (213, 94, 0), (204, 121, 167), (0, 114, 178), (230, 159, 0)),
)
"""Of classes on a picture, those of Okabe and Ito with a grey; a ninth class has the first one's again."""

ARROWS = {"up": "↑", "right": "→", "down": "↓", "left": "←"}
WALL = "■"

REACH = 2.0
"""A depth so many standard deviations nearer than the mean is white, one as much farther black."""

Array = npt.NDArray[Any]
Picture = tuple[tuple[tuple[int, ...], ...], ...]


def classes(ids: Array, names: Sequence[str]) -> tuple[Picture, str]:
    """A picture ``(3, H, W)`` of classes ``(H, W)`` in their colours, black without any; and what share each has, in words."""
    known = ids != UNLABELLED
    colours = np.array(COLOURS)[np.where(known, ids, 0) % len(COLOURS)] * known[..., None]
    shares = np.bincount(ids[known], minlength=len(names)) / max(1, int(known.sum()))
    found = [place for place in np.argsort(-shares, kind="stable").tolist() if shares[place] >= 0.005]
    return _picture(colours.transpose(2, 0, 1)), ", ".join(f"{names[place]} {shares[place]:.0%}" for place in found)


def depths(values: Array) -> Picture:
    """A grey picture ``(1, H, W)`` of depths; see ``grey``."""
    return _picture(grey(values)[None])


def grey(values: Array) -> Array:
    """Shades of standardised depths ``(H, W)``, from 0 to 255: near is bright, and what was not measured black."""
    shades = 255 * np.clip((REACH - values) / (2 * REACH), 0, 1)
    return np.where(values == UNLABELLED, 0, shades)


def directions(vectors: Array) -> Picture:
    """A picture of directions; see ``turned``."""
    return _picture(turned(vectors))


def turned(vectors: Array) -> Array:
    """Colours of which way surfaces face, ``(3, H, W)`` from 0 to 255: red to the right, green up, blue towards the eye."""
    length = np.linalg.norm(vectors, axis=0, keepdims=True)
    return np.where(length > 0, 127.5 * (1 + vectors / np.maximum(length, 1e-6)), 0)


def box(sides: Array) -> str:
    """Left, top, right and bottom, as parts of the picture, in words."""
    left, top, right, bottom = (f"{100 * side:.0f}" for side in np.clip(sides, 0, 1).tolist())
    return f"{left}–{right} % across, {top}–{bottom} % down"


def ways(moves: Array, names: Sequence[str], walls: Array | None) -> tuple[str, ...]:
    """The rows of a maze with an arrow in each cell ``(H, W)``, walls filled."""
    return tuple(
        " ".join(
            WALL if walls is not None and walls[row, column] > 0 else ARROWS.get(names[move], names[move][:1])
            for column, move in enumerate(line)
        )
        for row, line in enumerate(moves.tolist())
    )


def _picture(shades: Array) -> Picture:
    return tuple(tuple(tuple(line) for line in channel) for channel in np.rint(shades).astype(int).tolist())
