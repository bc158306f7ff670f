"""A whole backbone for each task: columns side by side, the ground of all strategies that couple them."""

from collections.abc import Mapping

from torch import Tensor

from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass
from mtl_core.models.primitives import side_by_side
from mtl_core.records.sharing import Row


class Columns(Composed):
    """T copies of every stage, all starting as the seed's plain trunk; ``couple`` is what happens between two stages.

    Without coupling nothing is shared, and every task trains as its baseline does. Cost: T backbones' parameters and FLOPs.
    """

    coupled = False
    """Whether every task's loss reaches every column: then the columns are trunk."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        return tuple(
            Part(f"column.{place}.", stage, self.tasks, stage.name, len(self.tasks), each=not self.reached_after(place))
            for place, stage in enumerate(self.stages)
        )

    def reached_after(self, place: int) -> bool:
        """Whether a stage's column is read by other tasks further up."""
        return self.coupled

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        return tuple(
            Row(
                stage.name,
                self.names,
                tuple(self.tasks if self.reached_after(place) else (task,) for task in self.tasks),
                tuple(() if place == 0 else self.tasks if self.coupled else (task,) for task in self.tasks),
            )
            for place, stage in enumerate(self.stages)
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        for place, stage in enumerate(self.stages):
            x = self.couple(place, parameters, side_by_side(stage, parameters, x, f"column.{place}."), seen)
        return x, {}

    def couple(self, place: int, parameters: Mapping[str, Tensor], x: Tensor, seen: Seen) -> Tensor:
        """``(R, T, B, ...)`` after a stage: what the next stage's columns read."""
        seen.row(self.stages[place].name, x)
        return x
