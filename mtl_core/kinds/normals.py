"""Normals: which way the surface at every pixel faces."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.pixels import counts, example_mean, labelled, pixel_sum
from mtl_core.layers.layers import Convolution
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task

WITHIN = (11.25, 22.5, 30.0)
"""Degrees within which answers are counted."""

BINS = 3600
"""Parts of 180 degrees in which angles are counted for their median."""

_SMALL = 1e-6
"""A vector that is shorter has no direction."""


class Normals(Kind):
    """``1 - cosine`` of ``(R, B, 3, H, W)`` and unit vectors of that shape, for an example the mean over its pixels; a pixel of
    the vector zero counts nowhere.

    Over the pixels of the whole split: the mean angle in degrees, its median, to a twentieth of a degree from counts, and the
    shares of pixels that are within ``WITHIN``.

    Source: Fouhey, Gupta & Hebert 2013.
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """Three values at every pixel."""
        return Stage(task.name, (Convolution(features, 3, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over an example's pixels of ``1 - output target / |output|``; 0 for one without any."""
        return example_mean(1 - _cosine(output, target), _known(target))

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - a normal has no classes
        """The mean direction, everywhere."""
        return F.normalize(target.sum((0, 2, 3)), dim=0)[:, None, None].expand(-1, *target.shape[2:])

    def init(self, task: Task, like: Tensor) -> Sums:  # noqa: ARG002 - a normal has no classes
        """``(R,)`` sums over pixels, and ``(R, BINS)`` how often each angle occurs."""
        names = ("angles", "pixels", *(f"within {limit:g}" for limit in WITHIN))
        return dict.fromkeys(names, torch.zeros_like(like)) | {"histogram": like.new_zeros(len(like), BINS)}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Add the batch's angles."""
        known, like = labelled(_known(target), observed), sums["pixels"]
        angle = torch.rad2deg(torch.acos(_cosine(output, target).clamp(-1, 1)))
        places = (angle.nan_to_num() * (BINS / 180)).long().clamp(max=BINS - 1)
        found = {
            "angles": pixel_sum(angle, known, like),
            "pixels": known.sum((1, 2, 3), dtype=like.dtype),
            "histogram": counts(places, known, BINS, like),
        }
        found |= {f"within {limit:g}": (known & (angle < limit)).sum((1, 2, 3), dtype=like.dtype) for limit in WITHIN}
        return {name: sums[name] + each for name, each in found.items()}

    def result(self, sums: Sums) -> Tensor:
        """Mean and median angle, and the shares within limits; NaN where no pixel is known."""
        pixels, up_to = sums["pixels"], sums["histogram"].cumsum(1)
        place = (up_to < pixels.unsqueeze(1) / 2).sum(1).clamp(max=BINS - 1)  # where half of the pixels are reached
        there = sums["histogram"].gather(1, place.unsqueeze(1)).squeeze(1)
        before = up_to.gather(1, place.unsqueeze(1)).squeeze(1) - there
        median = (place + (pixels / 2 - before) / there) * (180 / BINS)
        shares = [sums[f"within {limit:g}"] / pixels for limit in WITHIN]
        return torch.stack((sums["angles"] / pixels, median, *shares), dim=1)


def _cosine(output: Tensor, target: Tensor) -> Tensor:
    """``(R, B, 3, H, W) -> (R, B, H, W)``, with a target of length one."""
    # Three planes, each in one order in memory: sums over an axis of three cost several times as much.
    (x, y, z), (a, b, c) = output.contiguous().unbind(2), target.unbind(2)
    size = torch.addcmul(torch.addcmul(x.square(), y, y), z, z)
    return torch.addcmul(torch.addcmul(x * a, y, b), z, c) * size.clamp(min=_SMALL**2).rsqrt()


def _known(target: Tensor) -> Tensor:
    """``(R, B, 3, H, W) -> (R, B, H, W)`` bool."""
    x, y, z = target.unbind(2)
    return (x != 0) | (y != 0) | (z != 0)
