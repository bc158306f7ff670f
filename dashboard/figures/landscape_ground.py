"""What a walk goes over: a picture of the losses, and the places that can be clicked to start from.

Plotly takes contours away while it animates lines and marks, so the ground is an image that lies behind them.
"""

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, key
from dashboard.figures.palette import NEUTRAL, task_style
from dashboard.words import _

FIRST, SECOND, SUM = "L1", "L2", "sum"
CHOICES = (FIRST, SECOND, SUM)

PLACES = 45
"""Places a side that can be clicked; plotly reports clicks on points only."""

LINES = 22
"""Contour lines of each loss."""

FINER = 5
"""Pixels a side for each square of the grid of losses."""

_SHADE, _LINE = 0.42, {FIRST: 0.9, SECOND: 0.9, SUM: 0.55}

Arrays = dict[str, np.ndarray[Any, Any]]


def ground_image(picture: Arrays, shown: Sequence[str]) -> dict[str, Any]:
    """The contours of the chosen losses, and where the sum is chosen its height as a shade, the lower the paler.

    Returns:
        an entry of ``layout.images``: a PNG that is transparent but for lines and shade, for light and dark themes.
    """
    across, up = picture["across"], picture["up"]
    ground = picture["ground"].astype(np.float64)
    values = {FIRST: ground[..., 0], SECOND: ground[..., 1], SUM: ground.sum(-1)}
    colors = {FIRST: task_style(0).color, SECOND: task_style(1).color, SUM: NEUTRAL}
    side = FINER * (len(across) - 1) + 1
    pixels = np.zeros((side, side, 4))
    for name in (SUM, FIRST, SECOND):  # the shade lies below all lines
        if name in shown:
            height = _height(_finer(values[name]))
            if name == SUM:
                _paint(pixels, colors[name], _SHADE * height)
            _paint(pixels, colors[name], _LINE[name] * _edges(np.floor(LINES * height)))
    return {
        "source": "data:image/png;base64," + base64.b64encode(png((255 * pixels[::-1]).round().astype(np.uint8))).decode(),
        "xref": "x",
        "yref": "y",
        "x": float(across[0]),
        "y": float(up[-1]),
        "sizex": float(across[-1] - across[0]),
        "sizey": float(up[-1] - up[0]),
        "sizing": "stretch",
        "layer": "below",
    }


def ground_keys(shown: Sequence[str]) -> list[go.Scatter]:
    """Legend entries for the contours of single tasks."""
    names = {FIRST: _("loss of task 1"), SECOND: _("loss of task 2")}
    return [
        key(words, "line-ew-open", task_style(task).color) for task, (name, words) in enumerate(names.items()) if name in shown
    ]


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """An image ``(height, width, 4)`` of red, green, blue and opacity as a PNG file (ISO/IEC 15948)."""
    height, width, _channels = pixels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = np.zeros((height, 1 + 4 * width), dtype=np.uint8)  # each row begins with its filter, none
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b"")


def _finer(values: Floats) -> Floats:
    """Bilinear interpolation, first along one side and then along the other."""
    places = np.arange(FINER * (len(values) - 1) + 1) / FINER
    low = np.minimum(places.astype(int), len(values) - 2)
    part = (places - low)[:, None]
    for _side in range(2):
        values = ((1 - part) * values[low] + part * values[low + 1]).T
    return values


def _height(values: Floats) -> Floats:
    """From 0 to 1, without the few values far below all others, which would take all the lines."""
    low, high = float(np.quantile(values, 0.002)), float(values.max())
    return np.clip((values - low) / max(high - low, 1e-12), 0, 1)


def _edges(steps: Floats) -> Floats:
    """1 where the step is another one than at the next pixel."""
    edges = np.zeros_like(steps)
    edges[:-1] = steps[:-1] != steps[1:]
    edges[:, :-1] = np.maximum(edges[:, :-1], steps[:, :-1] != steps[:, 1:])
    return edges


def _paint(pixels: Floats, color: str, opacity: Floats) -> None:
    """Lay a colour over the pixels, in place."""
    ink = np.array([int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    over = opacity + pixels[..., 3] * (1 - opacity)
    below = (pixels[..., 3] * (1 - opacity))[..., None] * pixels[..., :3]
    pixels[..., :3] = (opacity[..., None] * ink + below) / np.maximum(over, 1e-9)[..., None]
    pixels[..., 3] = over


def starting_places(picture: Arrays, axes: tuple[str, str]) -> go.Scatter:
    """Unseen points over the whole plane: a click on one starts there.

    Plotly tells of clicks on marks only, never on the empty ground.

    Args:
        picture: ``across`` and ``up``, the coordinates of the plane's columns and rows; its border is left out.
        axes: what the two coordinates are called when the pointer is over one.

    Returns:
        ``(PLACES - 2)²`` marks, coordinates rounded to hundredths as the page writes starts.
    """
    across, up = picture["across"], picture["up"]
    x, y = np.meshgrid(*(np.linspace(float(side[0]), float(side[-1]), PLACES)[1:-1] for side in (across, up)))
    hover = _("Click to start here") + f"<br>{axes[0]} %{{x:.2f}}<br>{axes[1]} %{{y:.2f}}<extra></extra>"
    return go.Scatter(
        x=np.round(x.ravel(), 2),
        y=np.round(y.ravel(), 2),
        mode="markers",
        marker={"size": 14, "opacity": 0, "color": NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        name="start here",
        hovertemplate=hover,
        showlegend=False,
    )
