"""Columns with a learned unit after each stage, which says what every task takes from every column."""

from collections.abc import Mapping

from torch import Tensor

from mtl_core.layers.stage import Stage
from mtl_core.models.columns import Columns
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Setting
from mtl_core.records.sharing import Trace


class Coupled(Columns):
    """T columns and a unit a stage, ``h <- unit(h)``: the family of cross-stitch units. All columns and units are trunk, for
    every task's loss reaches them.

    Args:
        setting: what it is built for.
        units: one a stage: each a layer with a ``weight``.
        unit_rate: learning rate of the units as a multiple of the run's.
    """

    coupled = True

    def __init__(self, setting: Setting, units: tuple[Stage, ...], unit_rate: float) -> None:
        super().__init__(setting)
        self.units, self._rate = units, unit_rate

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        units = (
            Part(f"unit.{place}.", unit, self.tasks, stage.name, start="other", rate=self._rate, structure=True)
            for place, (unit, stage) in enumerate(zip(self.units, self.stages, strict=True))
        )
        return (*super().parts, *units)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``: the usage by size of what flows, and the units with their signs."""
        axes, labels = ("task", "module"), (self.names, self.names)
        return tuple(
            Trace(f"{kind}.{stage.name}", axes, labels, title)
            for stage in self.stages
            for kind, title in (("usage", "how much of what a task reads comes from each network"), ("unit", "mixing weights"))
        )

    def told(self, weight: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """How large a unit's weights between columns are, ``(R, T, T)``, and what is told of them by name."""
        mean = weight if weight.dim() == 3 else weight.mean(3)
        return mean.abs(), {"unit": mean}

    def couple(self, place: int, parameters: Mapping[str, Tensor], x: Tensor, seen: Seen) -> Tensor:
        """See ``Columns.couple``."""
        mixed = self.units[place](parameters, x, f"unit.{place}.")
        if seen.wanted:
            size, traces = self.told(parameters[f"unit.{place}.0.weight"])
            flow = size * x.flatten(2).square().mean(2).sqrt().unsqueeze(1)
            seen.row(self.stages[place].name, mixed, flow / flow.sum(2, keepdim=True).clamp(min=1e-12), **traces)
        return mixed


def own_weight(setting: Setting, same: float) -> float:
    """First weight of a task's own column: one where there is no other."""
    return same if len(setting.heads) > 1 else 1.0
