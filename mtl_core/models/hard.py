"""Hard sharing: one backbone for all tasks, a head for each."""

from collections.abc import Mapping

from torch import Tensor

from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import together
from mtl_core.records.sharing import Row


class HardSharing(Composed):
    """All stages are trunk; a task owns its head alone (Caruana 1997). Cost: one backbone's parameters and FLOPs."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        return tuple(Part(f"trunk.{place}.", stage, self.tasks, stage.name) for place, stage in enumerate(self.stages))

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        return tuple(
            Row(stage.name, ("shared",), (self.tasks,), ((0,),) if place else ((),)) for place, stage in enumerate(self.stages)
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        whole = self.setting.backbone.whole
        if whole is not None and not seen.wanted:
            values = [{n: parameters[f"trunk.{place}.{n}"] for n in each.shapes} for place, each in enumerate(self.stages)]
            return together(lambda _values, stream, _prefix: whole(self.stages, values, stream), parameters, x, ""), {}
        for place, stage in enumerate(self.stages):
            x = together(stage, parameters, x, f"trunk.{place}.")
            seen.row(stage.name, x)
        return x, {}


def hard(setting: Setting) -> HardSharing:
    """The model in which all tasks share the backbone."""
    return HardSharing(setting)
