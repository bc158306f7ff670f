"""One network for all, whose units every task changes in its own way: feature-wise modulation and fixed masks."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.attention import real
from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channels, side_by_side, together
from mtl_core.random import Streams
from mtl_core.records.sharing import Trace


class Modulated(HardSharing):
    """``h_t <- rest_l(change_lt(begin_l(h_t)))``: each stage is cut before its last nonlinearity (``Stage.bend``), and there
    every task changes the channels. A change after it, above the last stage, would be taken over by a linear head.

    Args:
        setting: what it is built for.

    Cost: one backbone's parameters, and T numbers or two a channel; FLOPs of T backbones above the first cut.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._widths = []
        for stage, before in zip(self.stages, self.shapes[:-1], strict=True):
            cut = Stage(stage.name, stage.layers[: stage.bend])
            self._widths.append(channels(cut.shape_out(before)))

    @abstractmethod
    def change(self, place: int) -> Layer:
        """What one task does at a stage, ``(R, B, ...) -> (R, B, ...)``."""

    @abstractmethod
    def part(self, place: int, change: Stage) -> Part:
        """The tasks' copies of a stage's change, under ``change.{place}.``."""

    @abstractmethod
    def told(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The traces of a stage from its changes' parameters ``(R, T, C)`` by name: ``agreement`` and ``channel``."""

    titles = ("", "")
    """What ``agreement`` and ``channel`` mean, in words."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        return (*super().parts, *(self.part(place, self._change(place)) for place in range(len(self.stages))))

    def _change(self, place: int) -> Stage:
        return Stage(f"change {self.stages[place].name}", (self.change(place),))

    @property
    def differing(self) -> tuple[str, ...]:
        """See ``Model.differing``: the very first stage is changed."""
        return tuple(stage.name for stage in self.stages)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        agreement, channel = self.titles
        found = []
        for stage, width in zip(self.stages, self._widths, strict=True):
            numbers = tuple(str(number) for number in range(1, width + 1))
            found.append(Trace(f"agreement.{stage.name}", ("task", "task"), (self.names, self.names), agreement))
            found.append(Trace(f"channel.{stage.name}", ("task", "channel"), (self.names, numbers), channel))
        return tuple(found)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        for place, stage in enumerate(self.stages):
            prefix = f"trunk.{place}."
            x = together(partial(stage.part, start=0, end=stage.bend), parameters, x, prefix)
            own = {name: value for name, value in parameters.items() if name.startswith(f"change.{place}.")}
            x = side_by_side(self._change(place), self.raw(own), x, f"change.{place}.")
            x = together(partial(stage.part, start=stage.bend, end=len(stage.layers)), parameters, x, prefix)
            if seen.wanted:
                seen.row(stage.name, x, **self.told({name.rsplit(".", 1)[1]: value for name, value in own.items()}))
        return x, {}

    def raw(self, own: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The parameters of a change as the pass uses them."""
        return own


def over_channels(values: Tensor, x: Tensor) -> Tensor:
    """``(R, C)`` in the shape in which they lie over ``(R, B, ...)``: channels are second of images, else last."""
    runs, width = values.shape
    return values.view(runs, 1, width, 1, 1) if x.dim() == 5 else values.view(runs, *(1,) * (x.dim() - 2), width)


@dataclass(frozen=True)
class Modulation(Layer):
    """``y = (1 + scale) x + shift`` channel by channel, both zero at first; padding stays zero.

    Stored as a difference from one, so that weight decay draws towards no change at all (public ports that store the factor
    itself let decay switch units off).
    """

    channels: int
    shifts: bool

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        names = ("scale", "shift") if self.shifts else ("scale",)
        return dict.fromkeys(names, (self.channels,))

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {n: torch.zeros(len(streams.keys), *shape, device=streams.keys.device) for n, shape in self.shapes.items()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        y = x * (1 + over_channels(parameters["scale"], x))
        if not self.shifts:
            return y
        y = y + over_channels(parameters["shift"], x)
        return torch.where(real(x), y, 0) if x.dim() == 4 else y


class Film(Modulated):
    """``h_t <- γ_lt ⊙ h_t + β_lt`` before each stage's last nonlinearity, with ``γ = 1 + scale`` (Perez et al. 2018, equation
    2, conditioned on the task alone). It starts as hard sharing.

    Args:
        setting: what it is built for.
        scale_only: whether β stays zero.
        own_rate: learning rate of γ and β as a multiple of the run's.

    Deviations: γ and β are parameters of each task rather than made by a network from the condition.
    Cost: see ``Modulated``.
    """

    titles = ("cosine of two tasks' factors", "by how much a task multiplies each channel")

    def __init__(self, setting: Setting, scale_only: bool, own_rate: float) -> None:
        super().__init__(setting)
        self._shifts, self._rate = not scale_only, own_rate

    def change(self, place: int) -> Layer:
        """See ``Modulated.change``."""
        return Modulation(self._widths[place], self._shifts)

    def part(self, place: int, change: Stage) -> Part:
        """See ``Modulated.part``."""
        row, count = self.stages[place].name, len(self.tasks)
        return Part(
            f"change.{place}.", change, self.tasks, row, count, each=True, start="other", rate=self._rate, structure=True
        )

    def told(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """See ``Modulated.told``."""
        factors = 1 + values["scale"]
        along = F.normalize(factors, dim=2)
        return {"agreement": (along @ along.mT).abs(), "channel": factors}


@dataclass(frozen=True)
class Mask(Layer):
    """``y = m x / sqrt(share)`` with a fixed random mask m of zeros and ones and the share of ones in it."""

    channels: int
    keep: float

    @property
    def kept(self) -> int:
        """How many channels are kept; at least one."""
        return max(1, round(self.keep * self.channels))

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"mask": (self.channels,)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"mask": (streams.permutations(self.channels) < self.kept).float()}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return x * over_channels(parameters["mask"] * (self.channels / self.kept) ** 0.5, x)


class RoutingMask(Modulated):
    """``h_t <- m_lt ⊙ h_t / sqrt(keep)`` with a fixed mask for each task and stage that keeps a share of the channels
    (Strezoski et al. 2019). ``keep=1`` is hard sharing.

    A mask keeps exactly ``keep`` times the channels, one at least. Tasks share what both keep; a unit that no task keeps
    is never trained.

    Args:
        setting: what it is built for.
        keep: the share of channels that a task uses. The paper's sharing ratio σ; its public code takes σ for what is left out.

    Deviations: kept channels are divided by ``sqrt(keep)``, so that features of deep networks do not fade; all tasks train at
    every step, through masks within the graph (the public code trains one random task a step and multiplies values outside it).
    Cost: see ``Modulated``; masks are no trained parameters.
    """

    titles = ("share of channels that two tasks both use among those that either uses", "which channels a task uses")

    def __init__(self, setting: Setting, keep: float) -> None:
        super().__init__(setting)
        self._keep = keep

    def change(self, place: int) -> Layer:
        """See ``Modulated.change``."""
        return Mask(self._widths[place], self._keep)

    def part(self, place: int, change: Stage) -> Part:
        """See ``Modulated.part``."""
        row = self.stages[place].name
        return Part(f"change.{place}.", change, (), row, len(self.tasks), start="other", rate=0, structure=True)

    def raw(self, own: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See ``Modulated.read``: a mask takes no gradient."""
        return {name: value.detach() for name, value in own.items()}

    def told(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """See ``Modulated.told``: the Jaccard index of two masks."""
        mask = values["mask"]
        both, sizes = mask @ mask.mT, mask.sum(2)
        either = sizes.unsqueeze(2) + sizes.unsqueeze(1) - both
        return {"agreement": both / either, "channel": mask}


def film(setting: Setting, scale_only: bool, own_rate: float) -> Film:
    """The model whose units tasks stretch and shift; see ``Film``."""
    return Film(setting, scale_only, own_rate)


def routing_mask(setting: Setting, keep: float) -> RoutingMask:
    """The model of which every task uses a fixed random part; see ``RoutingMask``."""
    return RoutingMask(setting, keep)
