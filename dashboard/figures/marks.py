"""A method's mark as a small picture for places that have no plot: cards and tables."""

import base64
from functools import cache

import numpy as np

from dashboard.figures.frame import Floats
from dashboard.figures.palette import TaskStyle


def _star(corners: int, inner: float) -> Floats:
    """``(2 corners, 2)`` a star with its first tip up; ``inner``: where its inner corners lie, on the way from the middle."""
    angles = np.pi * np.arange(2 * corners) / corners
    far = np.where(np.arange(2 * corners) % 2, inner, 1.0)
    return np.column_stack([far * np.sin(angles), -far * np.cos(angles)])


def _turned(shape: Floats) -> Floats:
    return np.column_stack([-shape[:, 1], shape[:, 0]])


_UP = np.array([[0.0, -0.9], [0.95, 0.7], [-0.95, 0.7]])
_TALL = np.array([[0.0, -1.0], [0.55, 0.0], [0.0, 1.0], [-0.55, 0.0]])
_GLASS = np.array([[-0.8, -0.9], [0.8, -0.9], [-0.8, 0.9], [0.8, 0.9]])
_ARM = 0.3  # half as wide as an arm of a cross is
_CROSS = np.array(
    [
        *[(-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM)],
        *[(_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM)],
    ]
)

SHAPES: dict[str, Floats] = {
    "star": _star(5, 0.382),
    "diamond-tall": _TALL,
    "x": _CROSS @ (np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)),
    "hourglass": _GLASS,
    "triangle-down": -_UP,
    "cross": _CROSS,
    "hexagram": _star(6, 0.577),
    "bowtie": _turned(_GLASS),
    "pentagon": _star(5, 0.809),
    "triangle-up": _UP,
    "triangle-right": _turned(_UP),
    "star-diamond": _star(4, 0.5),
    "diamond-wide": _turned(_TALL),
}
"""The outlines of the markers of methods, in a square from -1 to 1, down being positive."""


@cache
def mark(style: TaskStyle) -> str:
    """The address of a picture of a style's marker, the picture itself in it."""
    name, hollow = style.marker.removesuffix("-dot").removesuffix("-open"), "-open" in style.marker
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in SHAPES[name])
    fill = "none" if hollow else style.color
    dot = f'<circle r="0.25" fill="{style.color if hollow else "#FFFFFF"}"/>' if style.marker.endswith("-dot") else ""
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1.2 -1.2 2.4 2.4" width="16" height="16">'
        f'<polygon points="{points}" fill="{fill}" stroke="{style.color}" stroke-width="0.2" stroke-linejoin="round"/>'
        f"{dot}</svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
