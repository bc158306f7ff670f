"""Tasks at different depths of one network."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.attention import real
from mtl_core.layers.layers import Layer, Parameters
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Composed, Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import channels, together
from mtl_core.random import Streams
from mtl_core.records.sharing import Row
from mtl_core.spec.strategies_patterns import taps


@dataclass(frozen=True)
class Embedding(Layer):
    """``y = Σ_j p_j e_j``: answers ``(R, B, J)`` as vectors ``(R, B, C)``, all zero at first."""

    answers: int
    channels: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.answers, self.channels)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"weight": torch.zeros(len(streams.keys), self.answers, self.channels, device=streams.keys.device)}

    def flops(self, shape: tuple[int, ...]) -> int:
        return 2 * prod(shape) * self.channels

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.bmm(x, parameters["weight"])


class Hierarchical(Composed):
    """Task t's head reads stage ``l_t`` of one network (Søgaard & Goldberg 2016): stages above it are passed by as a residual
    network passes them, ``Stage.shortcut``, so that every head reads features of one size without parameters of its own.

    With ``labels`` each stage above reads what the tasks below answered, ``h_l <- h_l + Σ_u Σ_j p_u(j) e_ulj`` for
    ``l_u < l`` (Hashimoto et al. 2017): p are a head's probabilities, or its one number. ``stopped`` keeps the
    losses above from training the answers; ``trained`` lets them, and such a head is trunk. Embeddings start at zero, so
    that labels change no first answer. A stage is trunk where two tasks or more read it or one above it. All at the last
    stage is hard sharing.

    Args:
        setting: what it is built for.
        depths: see ``taps``, also for what it raises.
        labels: ``none``, ``stopped`` or ``trained``.

    Deviations: label embeddings are added to the features of a stage rather than put beside them; the input itself is not
    read again at each stage; all tasks train at every step. The paper trains tasks one after another in each epoch, and its
    successive regularisation holds a task near the shared values that the task before it left: with joint steps there
    are no such values, so it is not offered.
    Cost: one backbone's parameters and FLOPs, and of labels ``J_u C_l`` for each task and each stage above it.
    """

    def __init__(self, setting: Setting, depths: Mapping[str, str], labels: str) -> None:
        super().__init__(setting)
        self._depths = taps(dict(depths), len(self.stages), self.names)
        self._labels, self._stopped = labels != "none", labels == "stopped"
        if self._labels and any(len(head.shape_out(self.shapes[-1])) > 1 for head in self.heads):
            raise SpecError(
                "hierarchical.labels gives stages what a head answers of a whole example, and found a task that answers for "
                "each word or pixel; choose 'none'."
            )
        self._answers = [prod(head.shape_out(self.shapes[-1])) for head in self.heads]

    def _above(self, depth: int) -> tuple[int, ...]:
        """The tasks that read a later stage."""
        return tuple(task for task in self.tasks if self._depths[task] > depth)

    def _read_at(self, place: int) -> tuple[int, ...]:
        """The tasks whose answers a stage reads."""
        return tuple(task for task in self.tasks if self._labels and self._depths[task] <= place)

    def _embedding(self, task: int, place: int) -> Stage:
        return Stage(f"answers of {self.names[task]}", (Embedding(self._answers[task], channels(self.shapes[place])),))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        found = []
        for place, stage in enumerate(self.stages):
            users = self._above(place)
            found.append(Part(f"trunk.{place}.", stage, users, stage.name))
            found += [
                Part(f"label.{place}.{task}.", self._embedding(task, place), users, stage.name, start="other")
                for task in self._read_at(place)
            ]
        return tuple(found)

    def head_reached(self, task: int) -> tuple[tuple[int, ...], str]:
        """See ``Composed.head_reached``."""
        depth = self._depths[task]
        above = self._above(depth) if self._labels and not self._stopped else ()
        return tuple(sorted((task, *above))), self.stages[depth - 1].name

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``: past its own stage a task is drawn as one that passes stages by."""
        found: list[Row] = []
        for place, stage in enumerate(self.stages):
            users = self._above(place)
            past = tuple(task for task in self.tasks if task not in users)
            name = "shared" if len(users) > 1 else self.names[users[0]]
            below = tuple(range(len(found[-1].modules))) if found else ()
            if past:
                found.append(Row(stage.name, (name, "skipped"), (users, past), (below[:1], below), True))
            else:
                found.append(Row(stage.name, (name,), (users,), (below,)))
        return tuple(found)

    @property
    def flops_of(self) -> tuple[int, ...]:
        """See ``Model.flops_of``: of the stages below a task's head, and of the answers that they read."""
        found = []
        for task, depth in enumerate(self._depths):
            total = sum(stage.flops(shape) for stage, shape in zip(self.stages[:depth], self.shapes, strict=False))
            read = {other for place in range(depth) for other in self._read_at(place)}
            total += sum(self.heads[head].flops(self.shapes[-1]) for head in (task, *read))
            total += sum(
                self._embedding(other, place).flops((self._answers[other],))
                for place in range(depth)
                for other in self._read_at(place)
            )
            found.append(total)
        return tuple(found)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        past: dict[int, Tensor] = {}  # what tasks read that are past their stage, in the shape of the stage that x is after
        answers: dict[int, Tensor] = {}
        for place, stage in enumerate(self.stages):
            for task in self._read_at(place):
                x = _added(x, together(self._embedding(task, place), parameters, answers[task], f"label.{place}.{task}."))
            x = together(stage, parameters, x, f"trunk.{place}.")
            past = {task: _passed(stage, read) for task, read in past.items()}
            here = [task for task in self.tasks if self._depths[task] == place + 1 < len(self.stages)]
            past |= dict.fromkeys(here, x)
            if self._labels:
                answers |= {task: self._answered(task, place, parameters, x) for task in here}
            if seen.wanted:
                seen.row(stage.name, self._of_tasks(x, {t: read for t, read in past.items() if t not in here}))
        return self._of_tasks(x, past), {}

    def _answered(self, task: int, place: int, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor:
        """``(R, S, B, J)`` a task's answers to every stream from its stage."""
        for stage in self.stages[place + 1 :]:
            x = _passed(stage, x)
        logits = together(self.heads[task], parameters, x, f"head.{task}.")
        found = torch.softmax(logits, dim=3) if self._answers[task] > 1 else logits
        return found.detach() if self._stopped else found

    def _of_tasks(self, x: Tensor, past: Mapping[int, Tensor]) -> Tensor:
        """``(R, T, B, ...)`` what each task reads; one stream where all read ``x``."""
        if not past:
            return x
        found = [past.get(task, x) for task in self.tasks]
        return torch.stack([read[:, task if read.shape[1] > 1 else 0] for task, read in enumerate(found)], dim=1)


def _passed(stage: Stage, x: Tensor) -> Tensor:
    """``(R, S, B, ...)`` past a stage."""
    passed: Tensor = stage.shortcut(x.flatten(1, 2)).unflatten(1, x.shape[1:3])
    return passed


def _added(x: Tensor, vectors: Tensor) -> Tensor:
    """``(R, S, B, C)`` added at every position of ``(R, S, B, ...)``; padding stays zero."""
    if x.dim() == 6:
        return x + vectors[..., None, None]
    if x.dim() == 4:
        return x + vectors
    return torch.where(real(x), x + vectors.unsqueeze(3), 0)


def hierarchical(setting: Setting, depths: Mapping[str, str], labels: str) -> Hierarchical:
    """The model whose tasks read different stages; see ``Hierarchical``."""
    return Hierarchical(setting, depths, labels)
