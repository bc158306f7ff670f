"""Neural discriminative dimensionality reduction: a network for each task, projected together after each stage."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.layers.attention import real
from mtl_core.layers.layers import Layer, Normalisation, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.coupled import Coupled, own_weight
from mtl_core.models.model import Setting
from mtl_core.models.primitives import channels, project, side_by_side
from mtl_core.random import Streams


@dataclass(frozen=True)
class Projection(Layer):
    """A matrix from all columns' channels to each column's, ``(T, C, T, C)``: ``same`` on the diagonal of a column's own block,
    the rest of one shared by those of the others, zero elsewhere."""

    tasks: int
    same: float
    channels: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.tasks, self.channels, self.tasks, self.channels)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        device = streams.keys.device
        eye = torch.eye(self.tasks, device=device)
        blocks = self.same * eye + (1 - self.same) / max(1, self.tasks - 1) * (1 - eye)
        first = torch.einsum("tu,cd->tcud", blocks, torch.eye(self.channels, device=device))
        return {"weight": first.expand(len(streams.keys), *first.shape).clone()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return project(parameters["weight"], x)


class Nddr(Coupled):
    """``h_t <- W_l,t [h_1; ...; h_T]`` at every position, and if asked a normalisation (Gao et al. 2019, equation 4).

    A cross-stitch unit whose weights reach from every channel to every channel: diagonal blocks are cross-stitch a channel.
    With ``same=1`` and units that stand still it is a network for each task.

    Args:
        setting: what it is built for.
        same: first weight of a task's own column; with one task it is 1.
        normalise: normalise what was projected, each example by itself.
        unit_rate: learning rate of the projections as a multiple of the run's.

    Deviations: columns start from the same values instead of from networks trained singly, and projections learn at a tenth of
    the run's rate, not at a hundred times it: Adam moves each of the T C numbers that are summed alike, and at the run's rate
    it over-mixes (``subspace``, 4 seeds: Δ -18 % against -3 % where tasks share nothing, 0 against +3 % where all do).
    Normalisation is of each example instead of the batch, and off where not asked for, so that the start stays the size of
    plain sharing; projections have no decay of their own.
    Cost: T backbones, ``T² C²`` parameters a stage and as many products a position: the dearest of its family at width.
    """

    def __init__(self, setting: Setting, same: float, normalise: bool, unit_rate: float) -> None:
        kept = own_weight(setting, same)
        self._widths = tuple(channels(shape) for shape in setting.backbone.shapes[1:])
        units = tuple(
            Stage(f"unit {stage.name}", (Projection(len(setting.heads), kept, width),))
            for stage, width in zip(setting.backbone.stages, self._widths, strict=True)
        )
        super().__init__(setting, units, unit_rate)
        self._normal = tuple(Stage(unit.name, (Normalisation(w),)) for unit, w in zip(units, self._widths, strict=True))
        self._normalise = normalise

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``: a normalisation is its column's, and what a column holds other tasks read further up."""
        last = len(self.stages) - 1
        normal = (
            Part(f"normal.{place}.", self._normal[place], self.tasks, stage.name, len(self.tasks), each=place == last)
            for place, stage in enumerate(self.stages)
        )
        return (*super().parts, *(normal if self._normalise else ()))

    def told(self, weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Coupled.told``: the norm of a block by its channels', and the mean weight of channels with themselves."""
        size = weight.square().sum((2, 4)).sqrt() / weight.shape[2] ** 0.5
        return size, {"unit": weight.diagonal(dim1=2, dim2=4).mean(3)}

    def couple(self, place: int, parameters: Mapping[str, Tensor], x: Tensor, seen: Seen) -> Tensor:
        """See ``Columns.couple``."""
        mixed = super().couple(place, parameters, x, seen)
        if not self._normalise:
            return mixed
        normal = side_by_side(self._normal[place], parameters, mixed, f"normal.{place}.")
        return torch.where(real(mixed), normal, 0) if mixed.dim() == 5 else normal  # padding of sequences stays zero


def nddr(setting: Setting, same: float, normalise: bool, unit_rate: float) -> Nddr:
    """The model of projections after each stage; see ``Nddr``."""
    return Nddr(setting, same, normalise, unit_rate)
