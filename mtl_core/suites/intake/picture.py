"""Pictures: drawn by hand, or given as numbers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown
from mtl_core.suites.intake.intake import Given, Intake, Taken
from mtl_core.suites.suite import Suite

SIDES = (8, 256)
"""Rows and columns of a drawing, from and to."""

FAINT = 0.1
"""What is darker than this share of the brightest is no part of what was drawn."""

Shades = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pad:
    """A square to draw one thing on, light on dark.

    Args:
        name: what is drawn on it.
        side: pixels of what the suite makes of it.
        inner: what was drawn is brought to so many pixels at its longer side; None where size and place are left as drawn.
        centre: what is brought to the middle: of the ``box`` around it, or of its ``mass``, as MNIST's digits are.
        upright: whether slanted strokes are set upright first, rows moved along each other until place and height have no
            covariance.
        widest: columns, at most; what is wider is narrowed.
    """

    name: str
    side: int
    inner: int | None = None
    centre: str = "box"
    upright: bool = False
    widest: int | None = None

    def read(self, drawing: Any) -> Shades:
        """What was drawn, ``(side, side)`` from 0 to 1, of ``drawing``, rows of whole numbers from 0, dark, to 255.

        Raises:
            DataError: it is no square of such numbers, or nothing was drawn.
        """
        drawn = _numbers(drawing)
        low, high = SIDES
        if drawn.ndim != 2 or drawn.shape[0] != drawn.shape[1] or not low <= len(drawn) <= high:
            raise DataError(
                f"a drawing must be {low} to {high} rows of as many numbers, found {shown(drawing)}; draw on a square."
            )
        if not (drawn.min() >= 0 and drawn.max() <= 255):  # neither holds for NaN
            raise DataError("a drawing must have shades from 0, dark, to 255, found others; scale them.")
        if drawn.max() == 0:
            raise DataError(f"something must be drawn for {self.name}, found nothing; draw it, light on dark.")
        drawn /= drawn.max()
        return resized(drawn, self.side, self.side) if self.inner is None else self._fitted(drawn, self.inner)

    def _fitted(self, drawn: Shades, inner: int) -> Shades:
        if self.upright:
            drawn = _upright(drawn)
        rows, columns = (np.flatnonzero((drawn > FAINT).any(axis=axis)) for axis in (1, 0))
        part = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height, width = (max(1, round(inner * size / max(part.shape))) for size in part.shape)
        part = resized(part, height, min(width, self.widest or width))
        part = part / part.max()
        middle = np.array(part.shape) / 2
        if self.centre == "mass":
            middle = np.array([(np.arange(size) + 0.5) @ part.sum(axis=1 - axis) for axis, size in enumerate(part.shape)])
            middle /= part.sum()
        top, left = (
            int(min(max(0, np.floor(self.side / 2 - at) + (self.centre == "mass")), self.side - size))
            for at, size in zip(middle, part.shape, strict=True)
        )
        found = np.zeros((self.side, self.side))
        found[top : top + part.shape[0], left : left + part.shape[1]] = part
        return found


def resized(picture: Shades, height: int, width: int) -> Shades:
    """A picture ``(..., H, W)`` in another size, each pixel the mean of the area that it stands for."""

    def weights(size: int, wanted: int) -> Shades:
        edges = np.arange(wanted + 1) * size / wanted
        low, high = np.maximum(edges[:-1, None], np.arange(size)), np.minimum(edges[1:, None], np.arange(1, size + 1))
        return np.asarray(np.maximum(0, high - low) * wanted / size)

    return np.asarray(weights(picture.shape[-2], height) @ picture @ weights(picture.shape[-1], width).T)


def _numbers(lists: Any) -> Shades:
    """Lists within lists as an array; one without numbers for what is none, or is larger than any that is read."""

    def small(each: Any, deep: int) -> bool:
        return not isinstance(each, list) or (deep > 0 and len(each) <= SIDES[1] and all(small(one, deep - 1) for one in each))

    try:
        return np.array(lists if small(lists, 3) else [], dtype=np.float64)
    except (TypeError, ValueError):
        return np.zeros(0)


def _upright(drawn: Shades) -> Shades:
    """A square picture without slant, on a canvas that is wide enough for what moves."""
    size, place = len(drawn), np.arange(len(drawn))
    weight = drawn.sum(axis=1)
    middle = place @ weight / weight.sum()
    height, across = place - middle, place - drawn.sum(axis=0) @ place / drawn.sum()
    spread = float(weight @ height**2)
    slant = float(height @ drawn @ across) / spread if spread > 0 else 0.0
    wide = np.arange(3 * size) - size
    return np.stack([np.interp(wide + slant * up, place, row, left=0, right=0) for up, row in zip(height, drawn, strict=True)])


def alone(pads: Sequence[Shades]) -> Shades:
    """The one picture that was drawn."""
    return pads[0]


class PictureIntake(Intake):
    """Takes ``picture``: ``(height, width)`` or ``(channels, height, width)`` shades from 0 to 255 in the suite's own size; and
    where there are pads, ``drawings``, one for each.

    Args:
        suite: of pictures.
        centre, scale: of each channel, or of all, what shades from 0, dark, to 1 were standardised by.
        pads: what can be drawn on; none where nobody draws such pictures.
        compose: from what was drawn to the picture's shades ``(height, width)``, from 0 to 1.
        told: what else a program must know to do the same, added to ``tell``.
    """

    kind = "picture"

    def __init__(
        self,
        suite: Suite,
        centre: Sequence[float] = (0.0,),
        scale: Sequence[float] = (1.0,),
        pads: Sequence[Pad] = (),
        compose: Callable[[Sequence[Shades]], Shades] = alone,
        **told: Any,
    ) -> None:
        super().__init__(suite)
        self.centre, self.scale, self.pads, self._compose, self._told = tuple(centre), tuple(scale), tuple(pads), compose, told

    def read(self, given: Given) -> Taken:
        """See ``Intake.read``."""
        if "picture" in given:
            return self._standardised(self._shades(given["picture"]))
        drawings = given.get("drawings")
        if not self.pads or not isinstance(drawings, list) or len(drawings) != len(self.pads):
            wanted = f"{len(self.pads)} drawing{'s' if len(self.pads) > 1 else ''}" if self.pads else "a picture"
            raise DataError(f"{wanted} or an example's number was expected, found {shown(drawings)}; give that.")
        shades = self._compose([pad.read(each) for pad, each in zip(self.pads, drawings, strict=True)])
        return self._standardised(shades[None])

    def tell(self) -> dict[str, Any]:
        """And ``centre`` and ``scale`` of the channels, whose shades from 0, dark, to 1 are ``(shade - centre) / scale``; and
        ``pads``, what can be drawn, each as ``Pad`` has it."""
        pads = [asdict(pad) for pad in self.pads]
        return super().tell() | {"centre": list(self.centre), "scale": list(self.scale), "pads": pads} | self._told

    def _shades(self, picture: Any) -> Shades:
        shape = self.suite.train.inputs.shape[1:]
        found = _numbers(picture)
        if found.ndim == 2:
            found = found[None]
        elif found.ndim == 3 and found.shape != shape and found.shape[2] in (1, 3):
            found = found.transpose(2, 0, 1)
        if found.shape != shape:
            raise DataError(
                f"a picture must have {' x '.join(map(str, shape))} shades (channels, rows, columns), found {found.shape}; "
                "resize it."
            )
        if not (found.min() >= 0 and found.max() <= 255):
            raise DataError("a picture must have shades from 0, dark, to 255, found others; scale them.")
        return found / 255

    def _standardised(self, shades: Shades) -> Taken:
        centre, scale = (np.array(each)[:, None, None] for each in (self.centre, self.scale))
        return self.one((shades - centre) / scale)
