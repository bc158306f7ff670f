"""Recon: the stages where tasks conflict most become private."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import side_by_side, together
from mtl_core.models.searching import Searching, Structure
from mtl_core.random import Streams
from mtl_core.records.sharing import Row, Trace


class Recon(Searching):
    """Hard sharing for a share of the steps; then each task gets a copy of its own of the ``private`` stages at which gradients
    of tasks were opposed most often, and all train anew (Shi et al. 2023, algorithm 1).

    A stage's score is the share of recorded steps and pairs of tasks with ``cos(g_t, g_u) < 0`` on the stage's parameters; of
    equal scores the earlier stage goes first. ``p_l = choice_l * own_l + (1 - choice_l) * shared_l`` are the parameters that a
    task reads, with a choice of zero or one: what is not chosen has a zero gradient. No private stage is hard sharing trained
    anew, all of them are a network for each task.

    Args:
        setting: what it is built for.
        search: see ``Searching``.
        private: how many stages become private, the paper's K.

    Raises:
        SpecError: fewer stages than should become private.

    Deviations: stages of the backbone rather than single layers; the threshold of a conflict is 0 where the paper chooses it by
    data set (-0.1, 0, -0.02). Conflict is counted on the steps that are recorded (``conflict_every``).
    Cost: memory of one backbone and one a task; FLOPs of one backbone in the search, then of one a task.
    """

    def __init__(self, setting: Setting, search: float, private: int) -> None:
        super().__init__(setting, search)
        if private > len(self.stages):
            raise SpecError(
                f"recon.private must be at most the backbone's {len(self.stages)} stages, found {private}; choose fewer or a "
                "larger backbone.depth."
            )
        self._private = private

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        count = len(self.tasks)
        choice = Stage("choice", (Structure((0.0,)),))
        return tuple(
            part
            for place, stage in enumerate(self.stages)
            for part in (
                Part(f"shared.{place}.", stage, self.tasks, stage.name),
                Part(f"own.{place}.", stage, self.tasks, stage.name, count, each=True),
                Part(f"choice.{place}.", choice, (), stage.name, start="other", rate=0, structure=True),
            )
        )

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        count = len(self.tasks)
        below = (tuple(range(count + 1)), *((0, task + 1) for task in self.tasks))
        return tuple(
            Row(
                stage.name,
                ("shared", *self.names),
                (self.tasks, *((task,) for task in self.tasks)),
                below if place else ((),) * (count + 1),
            )
            for place, stage in enumerate(self.stages)
        )

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        labels = (self.names, ("shared", *self.names))
        title = "which copy of the stage a task uses"
        return tuple(Trace(f"usage.{stage.name}", ("task", "module"), labels, title) for stage in self.stages)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        choices = [parameters[f"choice.{place}.0.value"].detach() for place in range(len(self.stages))]  # each (R, 1)
        # In training the step says it, for asking the numbers would hold up a device; a graph that leaves cannot ask them.
        asks = at.noise is None and not torch.compiler.is_compiling()
        apart = bool(torch.stack(choices).any()) if asks else at.noise is None or at.step >= self.found
        for place, (stage, choice) in enumerate(zip(self.stages, choices, strict=True)):
            if apart:
                x = side_by_side(stage, self._chosen(place, parameters, choice), x, "")
            else:
                x = together(stage, parameters, x, f"shared.{place}.")
            if seen.wanted:
                own = choice.unsqueeze(2) * torch.eye(len(self.tasks), device=x.device)
                usage = torch.cat([(1 - choice).unsqueeze(2).expand(-1, len(self.tasks), 1), own], dim=2)
                seen.row(stage.name, x.expand(-1, len(self.tasks), *x.shape[2:]), usage)
        return x, {}

    def _chosen(self, place: int, parameters: Mapping[str, Tensor], choice: Tensor) -> dict[str, Tensor]:
        """``(R, T, *shape)`` by the stage's own names: the parameters that each task reads."""
        found = {}
        for name in self.stages[place].shapes:
            own, shared = parameters[f"own.{place}.{name}"], parameters[f"shared.{place}.{name}"].unsqueeze(1)
            part = choice.view(-1, *(1,) * (own.dim() - 1))
            found[name] = part * own + (1 - part) * shared
        return found

    def turn(self, step: int, parameters: Mapping[str, Tensor], streams: Streams, conflicts: Tensor) -> None:
        """See ``Model.turn``."""
        scores = conflicts.sum(2)  # (R, L)
        worst = scores.argsort(dim=1, descending=True, stable=True)[:, : self._private]
        private = torch.zeros_like(scores).scatter_(1, worst, 1.0)
        self.restart(parameters, streams)
        for place, chosen in enumerate(private.unbind(1)):
            parameters[f"choice.{place}.0.value"].copy_(chosen.unsqueeze(1))
            self.prune(parameters, f"shared.{place}.", 1 - chosen)
            self.prune(parameters, f"own.{place}.", chosen)


def recon(setting: Setting, search: float, private: int) -> Recon:
    """The model that gives tasks copies of the stages where they conflict; see ``Recon``."""
    return Recon(setting, search, private)
